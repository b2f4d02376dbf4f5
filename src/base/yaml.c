/* Reading YAML: libyaml's events, built into JSON values by recursive descent. */
#include "base/yaml.h"

#include "base/json_index.h"
#include "base/number.h"
#include "base/yaml_scalar.h"

#include <bsd/sys/tree.h>
#include <yaml.h>

#define MERGE_TAG "tag:yaml.org,2002:merge"

/* "&name value": what an alias stands for. */
struct anchor {
    RB_ENTRY(anchor) entry;
    const char *name;
    struct json value;
    struct yaml_place place;
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
    struct text text;
    struct arena *arena;
    struct yaml_anchors anchors;
    size_t expanded; /* values made from aliases */
    bool has_places; /* whether places of children are kept */
    struct yaml_mark problem;
    struct yaml_mark behind; /* the end of what was last read that has a length */
    struct error *err;
};

/* Members of a mapping as they are read. Each has its place, which tells where a key is that comes twice. */
struct mapping {
    struct buffer members;
    struct buffer places;
    struct buffer merged; /* from "<<": members that give way to all others */
    struct buffer merged_places;
};

static void mapping_clear(struct mapping *mapping) {
    buffer_clear(&mapping->members);
    buffer_clear(&mapping->places);
    buffer_clear(&mapping->merged);
    buffer_clear(&mapping->merged_places);
}

static struct yaml_mark mark_of(yaml_mark_t mark) {
    return (struct yaml_mark){ (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
}

static bool PRINTF_LIKE(3, 4)
    fail_at(struct reader *reader, struct yaml_mark mark, const char *problem_format, ...) {
    va_list arguments;

    va_start(arguments, problem_format);
    const char *problem = arena_vprintf(reader->arena, problem_format, arguments);
    va_end(arguments);
    reader->problem = mark;
    if (reader->has_places)
        return error_set(reader->err, ERROR_INVALID, "%s", problem);
    return error_set(reader->err, ERROR_INVALID, "YAML, line %u, column %u: %s", mark.line, mark.column,
                     problem);
}

static bool fail(struct reader *reader, yaml_mark_t mark, const char *problem) {
    return fail_at(reader, mark_of(mark), "%s", problem);
}

/* libyaml tells only the byte where it finds that text is none. */
static bool fail_at_byte(struct reader *reader, size_t offset, const char *problem) {
    struct yaml_mark mark = { .line = 1, .column = 1 };

    if (!reader->has_places)
        return error_set(reader->err, ERROR_INVALID, "YAML, byte %zu: %s", offset, problem);
    for (size_t i = 0; i < offset && i < reader->text.length; i++) {
        unsigned char byte = (unsigned char)reader->text.data[i];
        if (byte == '\n')
            mark = (struct yaml_mark){ .line = mark.line + 1, .column = 1 };
        else if ((byte & 0xC0) != 0x80)
            mark.column++;
    }
    return fail_at(reader, mark, "byte %zu: %s", offset, problem);
}

static bool next_event(struct reader *reader) {
    if (reader->event.end_mark.index > reader->event.start_mark.index)
        reader->behind = mark_of(reader->event.end_mark);
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event))
        return true;
    const char *problem = reader->parser.problem ? reader->parser.problem : "cannot be read";
    if (reader->parser.error == YAML_READER_ERROR)
        return fail_at_byte(reader, reader->parser.problem_offset, problem);
    return fail(reader, reader->parser.problem_mark, problem);
}

static struct text scalar_text(const yaml_event_t *event) {
    return (struct text){ (const char *)event->data.scalar.value, event->data.scalar.length };
}

static bool read_scalar(struct reader *reader, struct json *out_value) {
    const yaml_event_t *event = &reader->event;
    const char *tag = (const char *)event->data.scalar.tag;
    bool is_plain = !tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const char *problem = yaml_scalar_read(reader->arena, scalar_text(event), tag, is_plain, out_value);

    return !problem || fail(reader, event->start_mark, problem);
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

static bool read_alias(struct reader *reader, unsigned levels, struct json *out_value,
                       struct yaml_place *out_place) {
    const struct anchor *anchor = find_anchor(reader, (const char *)reader->event.data.alias.anchor);

    if (!anchor)
        return fail(reader, reader->event.start_mark, "unknown anchor");
    if (!anchor->is_complete)
        return fail(reader, reader->event.start_mark, "the anchor's value contains itself");
    out_place->children = anchor->place.children;
    return expand(reader, &anchor->value, levels, out_value);
}

/* ---- sequences and mappings ---- */

static bool read_node(struct reader *reader, unsigned levels, struct json *out_value,
                      struct yaml_place *out_place);

static void *to_arena(struct reader *reader, const struct buffer *children) {
    if (children->length == 0)
        return NULL;
    return memcpy(arena_alloc_unset(reader->arena, children->length), children->data, children->length);
}

static bool read_sequence(struct reader *reader, unsigned levels, struct json *out_value,
                          struct yaml_place *out_place) {
    CLEANUP_BUFFER struct buffer items = { 0 };
    CLEANUP_BUFFER struct buffer places = { 0 };

    for (;;) {
        struct json item;
        struct yaml_place place;
        if (!next_event(reader))
            return false;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        if (!read_node(reader, levels, &item, &place))
            return false;
        buffer_add(&items, &item, sizeof(item));
        if (reader->has_places)
            buffer_add(&places, &place, sizeof(place));
    }
    out_place->children = to_arena(reader, &places);
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
    struct yaml_place place;
    struct json key;

    if (!read_node(reader, levels, &key, &place))
        return false;
    switch (key.type) {
    case JSON_STRING:
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        yaml_scalar_set(reader->arena, text_from(key.type == JSON_TRUE ? "true" : "false"), &key);
        break;
    case JSON_INTEGER:
        yaml_scalar_set(reader->arena, (struct text){ number, number_format_integer(number, key.integer) },
                        &key);
        break;
    case JSON_DOUBLE:
        yaml_scalar_set(reader->arena, (struct text){ number, number_format_double(number, key.number) },
                        &key);
        break;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        return fail(reader, mark, "a key must be a string, a number or a boolean");
    }
    *out_member = (struct json_member){ .key = key.string, .key_length = key.length };
    return true;
}

static bool merge_one(struct reader *reader, struct mapping *mapping, const struct json *value,
                      const struct yaml_place *place, struct yaml_mark mark) {
    if (!json_is(value, JSON_OBJECT))
        return fail_at(reader, mark, "\"<<\" takes a mapping or a list of mappings");
    buffer_add(&mapping->merged, value->members, value->length * sizeof(*value->members));
    if (reader->has_places)
        buffer_add(&mapping->merged_places, place->children, value->length * sizeof(*place));
    return true;
}

static bool merge(struct reader *reader, struct mapping *mapping, const struct json *value,
                  const struct yaml_place *place) {
    if (!json_is(value, JSON_ARRAY))
        return merge_one(reader, mapping, value, place, place->key);
    for (uint32_t i = 0; i < value->length; i++)
        if (!merge_one(reader, mapping, &value->items[i], reader->has_places ? &place->children[i] : NULL,
                       place->key))
            return false;
    return true;
}

/* Only plain: a quoted "<<" is a key like others. */
static bool is_merge_key(const yaml_event_t *event) {
    return event->type == YAML_SCALAR_EVENT && text_is(scalar_text(event), "<<") &&
           (str_equal((const char *)event->data.scalar.tag, MERGE_TAG) ||
            (!event->data.scalar.tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE));
}

static bool read_member(struct reader *reader, unsigned levels, struct mapping *mapping) {
    struct yaml_mark mark = mark_of(reader->event.start_mark);
    bool is_merge = is_merge_key(&reader->event);
    struct json_member member = { 0 };
    struct yaml_place place;

    if (!is_merge && !read_key(reader, levels, &member))
        return false;
    if (!next_event(reader) || !read_node(reader, levels, &member.value, &place))
        return false;
    place.key = mark;
    if (is_merge)
        return merge(reader, mapping, &member.value, &place);
    buffer_add(&mapping->members, &member, sizeof(member));
    buffer_add(&mapping->places, &place, sizeof(place));
    return true;
}

/* A key that is written twice is an error; one that "<<" brings gives way to one that is there, whether that
 * was written before or after it. places has those of the members that are written, and of the others when
 * places are kept. *count is the number of members that are left. */
static bool settle_members(struct reader *reader, size_t written, struct json_member *members,
                           struct yaml_place *places, size_t *count) {
    CLEANUP_FREE const struct json_member **index = json_index_new(members, *count);
    size_t kept = 0, duplicate = written;

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
        return fail_at(reader, places[duplicate].key, "the key \"%.200s\" is already set",
                       members[duplicate].key);
    for (size_t i = 0; i < *count; i++) {
        if (!members[i].key)
            continue;
        if (reader->has_places)
            places[kept] = places[i];
        members[kept++] = members[i];
    }
    *count = kept;
    return true;
}

/* The members that are written, and behind them those that are merged. */
static bool finish_mapping(struct reader *reader, struct mapping *mapping, struct json *out_value,
                           struct yaml_place *out_place) {
    size_t written = mapping->members.length / sizeof(struct json_member);

    buffer_add_text(&mapping->members, buffer_text(&mapping->merged));
    buffer_add_text(&mapping->places, buffer_text(&mapping->merged_places));
    struct json_member *members = to_arena(reader, &mapping->members);
    struct yaml_place *places = (struct yaml_place *)(void *)mapping->places.data;
    size_t count = mapping->members.length / sizeof(*members);
    if (count > 1 && !settle_members(reader, written, members, places, &count))
        return false;
    if (reader->has_places)
        out_place->children = to_arena(reader, &mapping->places);
    *out_value = (struct json){ .type = JSON_OBJECT, .members = members, .length = (uint32_t)count };
    return true;
}

static bool read_mapping(struct reader *reader, unsigned levels, struct json *out_value,
                         struct yaml_place *out_place) {
    CLEANUP(mapping_clear) struct mapping mapping = { 0 };

    for (;;) {
        if (!next_event(reader))
            return false;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return finish_mapping(reader, &mapping, out_value, out_place);
        if (!read_member(reader, levels, &mapping))
            return false;
    }
}

static const yaml_char_t *anchor_name(const yaml_event_t *event) {
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor;
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor : NULL;
}

/* Where the current event stands. A value that is left out may be said to stand where the next line begins,
 * which at the end of the text is not there: it stands behind what comes before it. */
static struct yaml_mark node_mark(const struct reader *reader) {
    const yaml_event_t *event = &reader->event;
    struct yaml_mark mark = mark_of(event->start_mark);
    bool is_left_out = event->type == YAML_SCALAR_EVENT && event->end_mark.index == event->start_mark.index;

    return is_left_out && mark.column == 1 && mark.line > reader->behind.line ? reader->behind : mark;
}

/* Reads the node whose first event is the current one; its last event is the current one afterwards. */
static bool read_node(struct reader *reader, unsigned levels, struct json *out_value,
                      struct yaml_place *out_place) {
    struct anchor *anchor = begin_anchor(reader, anchor_name(&reader->event));
    struct yaml_mark mark = node_mark(reader);
    bool is_read;

    *out_place = (struct yaml_place){ .key = mark, .value = mark };
    if (levels == 0)
        return fail(reader, reader->event.start_mark, "too many levels");
    if (reader->event.type == YAML_ALIAS_EVENT)
        return read_alias(reader, levels, out_value, out_place);
    if (reader->event.type == YAML_SCALAR_EVENT)
        is_read = read_scalar(reader, out_value);
    else if (reader->event.type == YAML_SEQUENCE_START_EVENT)
        is_read = read_sequence(reader, levels - 1, out_value, out_place);
    else
        is_read = read_mapping(reader, levels - 1, out_value, out_place);
    if (is_read && anchor) {
        anchor->value = *out_value;
        anchor->place = *out_place;
        anchor->is_complete = true;
    }
    return is_read;
}

/* ---- documents ---- */

static bool read_document(struct reader *reader, struct json *documents, struct buffer *places) {
    yaml_mark_t mark = reader->event.start_mark;
    struct yaml_place place;
    struct json value;

    RB_INIT(&reader->anchors);
    if (!next_event(reader) || !read_node(reader, JSON_DEPTH_MAX, &value, &place))
        return false;
    if (value.type != JSON_NULL) {
        (void)json_append(reader->arena, documents, &value);
        buffer_add(places, &place, sizeof(place));
    }
    if (json_length(documents) > YAML_DOCUMENTS_MAX)
        return fail(reader, mark, "too many documents");
    return next_event(reader); /* the end of the document */
}

static bool read_stream(struct reader *reader, struct json *documents, struct buffer *places) {
    do {
        if (!next_event(reader))
            return false;
        if (reader->event.type == YAML_DOCUMENT_START_EVENT && !read_document(reader, documents, places))
            return false;
    } while (reader->event.type != YAML_STREAM_END_EVENT);
    return true;
}

/* *out_places: of the documents, in arena. */
static bool read_text(struct reader *reader, struct json **out_documents,
                      const struct yaml_place **out_places) {
    struct json *documents = json_new_array(reader->arena);
    CLEANUP_BUFFER struct buffer places = { 0 };

    if (reader->text.length > YAML_BYTES_MAX)
        return error_set(reader->err, ERROR_INVALID, "YAML of %zu bytes; at most %d are read",
                         reader->text.length, YAML_BYTES_MAX);
    ensure(yaml_parser_initialize(&reader->parser));
    yaml_parser_set_input_string(&reader->parser,
                                 (const unsigned char *)(reader->text.length ? reader->text.data : ""),
                                 reader->text.length);
    bool is_read = read_stream(reader, documents, &places);
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
    if (!is_read)
        return false;
    *out_documents = documents;
    *out_places = to_arena(reader, &places);
    return true;
}

bool yaml_parse(struct arena *arena, struct text text, struct json **out_documents, struct error *err) {
    struct reader reader = { .arena = arena, .text = text, .behind = { 1, 1 }, .err = err };
    const struct yaml_place *places;

    return read_text(&reader, out_documents, &places);
}

bool yaml_parse_with_places(struct arena *arena, struct text text, struct json **out_documents,
                            struct yaml_places *out_places, struct error *err) {
    struct reader reader = {
        .arena = arena, .text = text, .has_places = true, .behind = { 1, 1 }, .err = err
    };

    *out_places = (struct yaml_places){ 0 };
    if (read_text(&reader, out_documents, &out_places->documents))
        return true;
    out_places->problem = reader.problem;
    return false;
}
