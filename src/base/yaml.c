/* Reading YAML: libyaml's events, built into JSON values by recursive descent. */
#include "base/yaml.h"

#include "base/encoding.h"
#include "base/json_index.h"
#include "base/number.h"
#include "base/yaml_scalar.h"

#include <bsd/sys/tree.h>
#include <math.h>
#include <yaml.h>

#define TAG(name) "tag:yaml.org,2002:" name

/* "&name value": what an alias stands for. */
struct anchor {
    RB_ENTRY(anchor) entry;
    const char *name;
    struct json value;
    bool is_complete; /* false while the value is being read: it must not contain itself */
};
RB_HEAD(yaml_anchors, anchor);

static int anchor_compare(const struct anchor *a, const struct anchor *b) {
    return strcmp(a->name, b->name);
}
RB_PROTOTYPE(yaml_anchors, anchor, entry, anchor_compare);
RB_GENERATE(yaml_anchors, anchor, entry, anchor_compare)

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the one being looked at */
    struct arena *arena;
    struct yaml_anchors anchors;
    size_t expanded; /* values made from aliases */
    struct error *err;
};

/* Members of a mapping as they are read, with where each key stands. */
struct mapping {
    struct buffer members;
    struct buffer marks;
    struct buffer merged; /* from "<<": members that give way to all others */
};

static void mapping_clear(struct mapping *mapping) {
    buffer_clear(&mapping->members);
    buffer_clear(&mapping->marks);
    buffer_clear(&mapping->merged);
}

static bool fail(struct reader *reader, yaml_mark_t mark, const char *problem) {
    return error_set(reader->err, ERROR_INVALID, "YAML, line %zu, column %zu: %s", mark.line + 1,
                     mark.column + 1, problem);
}

static bool next_event(struct reader *reader) {
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event))
        return true;
    const char *problem = reader->parser.problem ? reader->parser.problem : "cannot be read";
    if (reader->parser.error == YAML_READER_ERROR)
        return error_set(reader->err, ERROR_INVALID, "YAML, byte %zu: %s", reader->parser.problem_offset,
                         problem);
    return fail(reader, reader->parser.problem_mark, problem);
}

static struct text scalar_text(const yaml_event_t *event) {
    return (struct text){ (const char *)event->data.scalar.value, event->data.scalar.length };
}

/* ---- scalars ---- */

static void set_string(struct reader *reader, struct text text, struct json *out_value) {
    *out_value = (struct json){
        .type = JSON_STRING,
        .string = arena_strndup(reader->arena, text.data, text.length),
        .length = (uint32_t)text.length,
    };
}

static bool set_binary(struct reader *reader, struct json *out_value) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };

    if (!base64_decode(&bytes, scalar_text(&reader->event)))
        return fail(reader, reader->event.start_mark, "!!binary is not followed by base64");
    set_string(reader, buffer_text(&bytes), out_value);
    return true;
}

/* Whether a resolved value may carry the tag; a whole number may be tagged as a float. */
static bool fits_tag(const struct json *value, const char *tag) {
    if (str_equal(tag, YAML_INT_TAG))
        return value->type == JSON_INTEGER || (value->type == JSON_DOUBLE && value->number >= 0x1p63);
    if (str_equal(tag, YAML_FLOAT_TAG))
        return json_is_number(value);
    if (str_equal(tag, YAML_BOOL_TAG))
        return value->type == JSON_TRUE || value->type == JSON_FALSE;
    return value->type == JSON_NULL;
}

static bool is_resolved_tag(const char *tag) {
    return str_equal(tag, YAML_INT_TAG) || str_equal(tag, YAML_FLOAT_TAG) || str_equal(tag, YAML_BOOL_TAG) ||
           str_equal(tag, YAML_NULL_TAG);
}

static bool read_scalar(struct reader *reader, struct json *out_value) {
    const yaml_event_t *event = &reader->event;
    const char *tag = (const char *)event->data.scalar.tag;
    struct text text = scalar_text(event);
    bool is_plain = !tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    if (str_equal(tag, TAG("binary")))
        return set_binary(reader, out_value);
    if (is_resolved_tag(tag)) {
        if (!yaml_resolve(text, out_value) || !fits_tag(out_value, tag))
            return fail(reader, event->start_mark, "the value does not fit its tag");
    } else if (!is_plain || !yaml_resolve(text, out_value)) {
        set_string(reader, text, out_value);
    }
    if (out_value->type == JSON_DOUBLE && !isfinite(out_value->number))
        return fail(reader, event->start_mark, "infinity and not-a-number have no form in JSON");
    return true;
}

/* ---- anchors and aliases ---- */

static struct anchor *find_anchor(struct reader *reader, const char *name) {
    struct anchor wanted = { .name = name };

    return RB_FIND(yaml_anchors, &reader->anchors, &wanted);
}

/* NULL when the node has no anchor. A name may be given again: it then stands for the later value. */
static struct anchor *begin_anchor(struct reader *reader, const yaml_char_t *name) {
    if (!name)
        return NULL;
    struct anchor *anchor = find_anchor(reader, (const char *)name);
    if (!anchor) {
        anchor = ARENA_NEW(reader->arena, struct anchor);
        anchor->name = arena_strdup(reader->arena, (const char *)name);
        RB_INSERT(yaml_anchors, &reader->anchors, anchor);
    }
    anchor->is_complete = false;
    return anchor;
}

/* A copy that can be changed without changing the original; only strings, which nobody changes, are shared.
 * What aliases make of a small text is counted: it can grow exponentially. */
static bool expand(struct reader *reader, const struct json *value, unsigned levels, struct json *out_value) {
    if (levels == 0)
        return fail(reader, reader->event.start_mark, "too many levels");
    if (++reader->expanded > YAML_ALIAS_EXPANSION_MAX)
        return fail(reader, reader->event.start_mark, "aliases expand to too many values");
    *out_value = *value;
    if (value->type == JSON_ARRAY && value->length) {
        out_value->items = ARENA_ARRAY(reader->arena, struct json, value->length);
        for (uint32_t i = 0; i < value->length; i++)
            if (!expand(reader, &value->items[i], levels - 1, &out_value->items[i]))
                return false;
    } else if (value->type == JSON_OBJECT && value->length) {
        out_value->members = ARENA_ARRAY(reader->arena, struct json_member, value->length);
        for (uint32_t i = 0; i < value->length; i++) {
            out_value->members[i] = value->members[i];
            if (!expand(reader, &value->members[i].value, levels - 1, &out_value->members[i].value))
                return false;
        }
    }
    return true;
}

static bool read_alias(struct reader *reader, unsigned levels, struct json *out_value) {
    const struct anchor *anchor = find_anchor(reader, (const char *)reader->event.data.alias.anchor);

    if (!anchor)
        return fail(reader, reader->event.start_mark, "unknown anchor");
    if (!anchor->is_complete)
        return fail(reader, reader->event.start_mark, "the anchor's value contains itself");
    return expand(reader, &anchor->value, levels, out_value);
}

/* ---- sequences and mappings ---- */

static bool read_node(struct reader *reader, unsigned levels, struct json *out_value);

static void *to_arena(struct reader *reader, const struct buffer *children) {
    if (children->length == 0)
        return NULL;
    return memcpy(arena_alloc_unset(reader->arena, children->length), children->data, children->length);
}

static bool read_sequence(struct reader *reader, unsigned levels, struct json *out_value) {
    CLEANUP_BUFFER struct buffer items = { 0 };

    for (;;) {
        struct json item;
        if (!next_event(reader))
            return false;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        if (!read_node(reader, levels, &item))
            return false;
        buffer_add(&items, &item, sizeof(item));
    }
    *out_value = (struct json){
        .type = JSON_ARRAY,
        .items = to_arena(reader, &items),
        .length = (uint32_t)(items.length / sizeof(struct json)),
    };
    return true;
}

/* A key that is no string becomes one, as in sigs.k8s.io/yaml. */
static bool read_key(struct reader *reader, unsigned levels, struct json_member *out_member) {
    yaml_mark_t mark = reader->event.start_mark;
    char number[NUMBER_BYTES_MAX];
    struct json key;

    if (!read_node(reader, levels, &key))
        return false;
    switch (key.type) {
    case JSON_STRING:
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        set_string(reader, text_from(key.type == JSON_TRUE ? "true" : "false"), &key);
        break;
    case JSON_INTEGER:
        set_string(reader, (struct text){ number, number_format_integer(number, key.integer) }, &key);
        break;
    case JSON_DOUBLE:
        set_string(reader, (struct text){ number, number_format_double(number, key.number) }, &key);
        break;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        return fail(reader, mark, "a key must be a string, a number or a boolean");
    }
    *out_member = (struct json_member){ .key = key.string, .key_length = key.length };
    return true;
}

static bool merge(struct reader *reader, struct mapping *mapping, const struct json *value,
                  yaml_mark_t mark) {
    bool is_list = json_is(value, JSON_ARRAY);

    JSON_FOR_EACH_ITEM (item, value) {
        if (!json_is(item, JSON_OBJECT))
            return fail(reader, mark, "\"<<\" takes a mapping or a list of mappings");
        buffer_add(&mapping->merged, item->members, item->length * sizeof(*item->members));
    }
    if (!is_list && !json_is(value, JSON_OBJECT))
        return fail(reader, mark, "\"<<\" takes a mapping or a list of mappings");
    if (!is_list)
        buffer_add(&mapping->merged, value->members, value->length * sizeof(*value->members));
    return true;
}

/* Only plain: a quoted "<<" is a key like others. */
static bool is_merge_key(const yaml_event_t *event) {
    return event->type == YAML_SCALAR_EVENT && text_is(scalar_text(event), "<<") &&
           (str_equal((const char *)event->data.scalar.tag, TAG("merge")) ||
            (!event->data.scalar.tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE));
}

static bool read_member(struct reader *reader, unsigned levels, struct mapping *mapping) {
    yaml_mark_t mark = reader->event.start_mark;
    bool is_merge = is_merge_key(&reader->event);
    struct json_member member = { 0 };

    if (!is_merge && !read_key(reader, levels, &member))
        return false;
    if (!next_event(reader) || !read_node(reader, levels, &member.value))
        return false;
    if (is_merge)
        return merge(reader, mapping, &member.value, mark);
    buffer_add(&mapping->members, &member, sizeof(member));
    buffer_add(&mapping->marks, &mark, sizeof(mark));
    return true;
}

static bool report_duplicate(struct reader *reader, const struct mapping *mapping,
                             const struct json_member *member, size_t place) {
    const yaml_mark_t *marks = (const yaml_mark_t *)(const void *)mapping->marks.data;

    return error_set(reader->err, ERROR_INVALID,
                     "YAML, line %zu, column %zu: the key \"%.200s\" is already set", marks[place].line + 1,
                     marks[place].column + 1, member->key);
}

/* A key that is written twice is an error; one that "<<" brings gives way to one that is there, whether that
 * was written before or after it. *count is the number of members that are left. */
static bool settle_members(struct reader *reader, const struct mapping *mapping, struct json_member *members,
                           size_t *count) {
    CLEANUP_FREE const struct json_member **index = json_index_new(members, *count);
    size_t written = mapping->members.length / sizeof(*members), kept = 0, duplicate = written;

    for (size_t i = 1, first = 0; i < *count; i++) {
        size_t place = (size_t)(index[i] - members);
        if (json_compare_keys(index[first], index[i]) != 0)
            first = i;
        else if (place >= written)
            members[place].key = NULL;
        else if (place < duplicate)
            duplicate = place;
    }
    if (duplicate < written)
        return report_duplicate(reader, mapping, &members[duplicate], duplicate);
    for (size_t i = 0; i < *count; i++)
        if (members[i].key)
            members[kept++] = members[i];
    *count = kept;
    return true;
}

static bool read_mapping(struct reader *reader, unsigned levels, struct json *out_value) {
    CLEANUP(mapping_clear) struct mapping mapping = { 0 };
    CLEANUP_BUFFER struct buffer all = { 0 };

    for (;;) {
        if (!next_event(reader))
            return false;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (!read_member(reader, levels, &mapping))
            return false;
    }
    buffer_add_text(&all, buffer_text(&mapping.members));
    buffer_add_text(&all, buffer_text(&mapping.merged));
    struct json_member *members = to_arena(reader, &all);
    size_t count = all.length / sizeof(*members);
    if (count > 1 && !settle_members(reader, &mapping, members, &count))
        return false;
    *out_value = (struct json){ .type = JSON_OBJECT, .members = members, .length = (uint32_t)count };
    return true;
}

static const yaml_char_t *anchor_name(const yaml_event_t *event) {
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor;
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor : NULL;
}

/* Reads the node whose first event is the current one; its last event is the current one afterwards. */
static bool read_node(struct reader *reader, unsigned levels, struct json *out_value) {
    struct anchor *anchor = begin_anchor(reader, anchor_name(&reader->event));
    bool is_read;

    if (levels == 0)
        return fail(reader, reader->event.start_mark, "too many levels");
    if (reader->event.type == YAML_ALIAS_EVENT)
        return read_alias(reader, levels, out_value);
    if (reader->event.type == YAML_SCALAR_EVENT)
        is_read = read_scalar(reader, out_value);
    else if (reader->event.type == YAML_SEQUENCE_START_EVENT)
        is_read = read_sequence(reader, levels - 1, out_value);
    else
        is_read = read_mapping(reader, levels - 1, out_value);
    if (is_read && anchor) {
        anchor->value = *out_value;
        anchor->is_complete = true;
    }
    return is_read;
}

/* ---- documents ---- */

static bool read_document(struct reader *reader, struct json *documents) {
    yaml_mark_t mark = reader->event.start_mark;
    struct json value;

    RB_INIT(&reader->anchors);
    if (!next_event(reader) || !read_node(reader, JSON_DEPTH_MAX, &value))
        return false;
    if (value.type != JSON_NULL)
        (void)json_append(reader->arena, documents, &value);
    if (json_length(documents) > YAML_DOCUMENTS_MAX)
        return fail(reader, mark, "too many documents");
    return next_event(reader); /* the end of the document */
}

static bool read_stream(struct reader *reader, struct json *documents) {
    do {
        if (!next_event(reader))
            return false;
        if (reader->event.type == YAML_DOCUMENT_START_EVENT && !read_document(reader, documents))
            return false;
    } while (reader->event.type != YAML_STREAM_END_EVENT);
    return true;
}

bool yaml_parse(struct arena *arena, struct text text, struct json **out_documents, struct error *err) {
    struct reader reader = { .arena = arena, .err = err };
    struct json *documents = json_new_array(arena);

    if (text.length > YAML_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "YAML of %zu bytes; at most %d are read", text.length,
                         YAML_BYTES_MAX);
    ensure(yaml_parser_initialize(&reader.parser));
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.length ? text.data : ""),
                                 text.length);
    bool is_read = read_stream(&reader, documents);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    if (is_read)
        *out_documents = documents;
    return is_read;
}
