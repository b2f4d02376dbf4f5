#include "sim/protobuf.h"

#include "base/encoding.h"
#include "base/time.h"
#include "sim/protobuf_tables.h"

/* ---- the wire ---- */

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct item {
    unsigned number;
    enum wire wire;
    uint64_t value;
    struct text bytes;
};

static bool take_varint(struct text *rest, uint64_t *out) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && rest->length; shift += 7) {
        uint8_t byte = (uint8_t)*rest->data;
        rest->data++;
        rest->length--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct text *rest, uint64_t length, struct text *out) {
    if (length > rest->length)
        return false;
    *out = (struct text){ rest->data, (size_t)length };
    rest->data += length;
    rest->length -= (size_t)length;
    return true;
}

static bool take_item(struct text *rest, struct item *out) {
    uint64_t tag, length = 0;

    *out = (struct item){ 0 };
    if (!take_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
        return false;
    out->number = (unsigned)(tag >> 3);
    out->wire = (enum wire)(tag & 7);
    switch (out->wire) {
    case WIRE_VARINT:
        return take_varint(rest, &out->value);
    case WIRE_BYTES:
        return take_varint(rest, &length) && take_bytes(rest, length, &out->bytes);
    case WIRE_FIXED64:
        return take_bytes(rest, 8, &out->bytes);
    case WIRE_FIXED32:
        return take_bytes(rest, 4, &out->bytes);
    }
    return false;
}

/* ---- messages ---- */

struct reader {
    struct arena *arena;
    unsigned depth;
};

static bool read_message(struct reader *reader, const struct protobuf_message *message, struct text bytes,
                         struct json *out);

/* Bytes that are no UTF-8 become U+FFFD, as in all of our JSON. */
static struct text sound_text(struct arena *arena, struct text bytes) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct text rest = bytes;

    if (text_is_utf8(bytes))
        return (struct text){ arena_strndup(arena, bytes.data ? bytes.data : "", bytes.length),
                              bytes.length };
    while (rest.length) {
        size_t length = utf8_character(rest);
        if (length)
            buffer_add(&out, rest.data, length);
        else
            buffer_add_string(&out, "\xef\xbf\xbd");
        rest.data += length ? length : 1;
        rest.length -= length ? length : 1;
    }
    return (struct text){ arena_strndup(arena, out.data, out.length), out.length };
}

static struct json string_of(struct arena *arena, struct text bytes) {
    struct text text = sound_text(arena, bytes);
    struct json value = *json_new_string(arena, "");
    value.string = (char *)(uintptr_t)text.data;
    value.length = (uint32_t)text.length;
    return value;
}

static struct json base64_of(struct arena *arena, struct text bytes) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    base64_encode(&out, bytes.data, bytes.length);
    return *json_new_string(arena, buffer_string(&out));
}

/* The first item of that number; zero when there is none. */
static struct item find_item(struct text bytes, unsigned number) {
    struct item item;
    while (bytes.length && take_item(&bytes, &item))
        if (item.number == number)
            return item;
    return (struct item){ 0 };
}

static struct json time_of(struct arena *arena, struct text bytes, bool is_micro) {
    int64_t seconds = (int64_t)find_item(bytes, 1).value, nanos = (int64_t)find_item(bytes, 2).value, wall;
    if (!bytes.length || __builtin_mul_overflow(seconds, INT64_C(1000000000), &wall) ||
        __builtin_add_overflow(wall, nanos, &wall))
        return *json_new_null(arena);
    return *json_new_string(arena, is_micro ? time_format_micro(arena, wall) : time_format(arena, wall));
}

static struct json int_or_string_of(struct arena *arena, struct text bytes) {
    if (find_item(bytes, 1).value == 0)
        return *json_new_integer(arena, (int32_t)find_item(bytes, 2).value);
    return string_of(arena, find_item(bytes, 3).bytes);
}

static struct json raw_of(struct arena *arena, struct text bytes) {
    struct json *value = NULL;
    return json_parse(arena, find_item(bytes, 1).bytes, NULL, &value, NULL) ? *value : *json_new_null(arena);
}

static struct json items_of(struct arena *arena, struct text bytes) {
    struct json *array = json_new_array(arena);
    struct item item;
    while (bytes.length && take_item(&bytes, &item))
        if (item.number == 1) {
            struct json string = string_of(arena, item.bytes);
            json_append(arena, array, &string);
        }
    return *array;
}

static bool value_of_message(struct reader *reader, const struct protobuf_message *message, struct text bytes,
                             struct json *out) {
    switch (message->form) {
    case PROTOBUF_PLAIN:
        *out = *json_new_object(reader->arena);
        return read_message(reader, message, bytes, out);
    case PROTOBUF_TIME:
    case PROTOBUF_MICRO_TIME:
        *out = time_of(reader->arena, bytes, message->form == PROTOBUF_MICRO_TIME);
        return true;
    case PROTOBUF_QUANTITY:
        *out = string_of(reader->arena, find_item(bytes, 1).bytes);
        return true;
    case PROTOBUF_INT_OR_STRING:
        *out = int_or_string_of(reader->arena, bytes);
        return true;
    case PROTOBUF_RAW:
        *out = raw_of(reader->arena, bytes);
        return true;
    case PROTOBUF_ITEMS:
        *out = items_of(reader->arena, bytes);
        return true;
    }
    return false;
}

static bool value_of(struct reader *reader, const struct protobuf_field *field, const struct item *item,
                     struct json *out) {
    bool is_bytes =
        field->type == PROTOBUF_STRING || field->type == PROTOBUF_BYTES || field->type == PROTOBUF_MESSAGE;
    double number = 0;

    if (is_bytes != (item->wire == WIRE_BYTES) && field->type != PROTOBUF_DOUBLE)
        return false;
    switch (field->type) {
    case PROTOBUF_STRING:
        *out = string_of(reader->arena, item->bytes);
        return true;
    case PROTOBUF_BYTES:
        *out = base64_of(reader->arena, item->bytes);
        return true;
    case PROTOBUF_BOOL:
        *out = *json_new_bool(reader->arena, item->value != 0);
        return true;
    case PROTOBUF_INT32:
    case PROTOBUF_INT64:
        *out = *json_new_integer(reader->arena, (int64_t)item->value);
        return true;
    case PROTOBUF_DOUBLE:
        if (item->wire != WIRE_FIXED64)
            return false;
        memcpy(&number, item->bytes.data, sizeof(number));
        *out = *json_new_number(reader->arena, number);
        return true;
    case PROTOBUF_MESSAGE:
        return value_of_message(reader, &protobuf_messages[field->message], item->bytes, out);
    }
    return false;
}

/* An entry {1: key, 2: value} of a map. */
static bool add_entry(struct reader *reader, const struct protobuf_field *field, struct text entry,
                      struct json *object) {
    struct text key = find_item(entry, 1).bytes;
    struct item item = find_item(entry, 2);
    struct json value;

    if (!item.number)
        item = (struct item){ .number = 2, .wire = WIRE_BYTES };
    if (!value_of(reader, field, &item, &value))
        return false;
    json_set(reader->arena, json_ensure_object(reader->arena, object, field->name),
             sound_text(reader->arena, key).data, &value);
    return true;
}

static bool add_field(struct reader *reader, const struct protobuf_field *field, const struct item *item,
                      struct json *object) {
    struct json value;

    if (field->is_map)
        return item->wire == WIRE_BYTES && add_entry(reader, field, item->bytes, object);
    if (field->is_inline)
        return item->wire == WIRE_BYTES &&
               read_message(reader, &protobuf_messages[field->message], item->bytes, object);
    if (!value_of(reader, field, item, &value))
        return false;
    if (!field->is_list) {
        json_set(reader->arena, object, field->name, &value);
        return true;
    }
    struct json *array = json_get(object, field->name);
    if (!array)
        array = json_set_array(reader->arena, object, field->name);
    json_append(reader->arena, array, &value);
    return true;
}

static const struct protobuf_field *find_field(const struct protobuf_message *message, unsigned number) {
    for (const struct protobuf_field *field = message->fields; field->number; field++)
        if (field->number == number)
            return field;
    return NULL;
}

/* Adds the message's fields to the object out. */
static bool read_message(struct reader *reader, const struct protobuf_message *message, struct text bytes,
                         struct json *out) {
    struct item item;

    if (reader->depth == PROTOBUF_DEPTH_MAX)
        return false;
    reader->depth++;
    while (bytes.length) {
        const struct protobuf_field *field;
        if (!take_item(&bytes, &item))
            return false;
        field = find_field(message, item.number);
        if (field && !add_field(reader, field, &item, out))
            return false;
    }
    reader->depth--;
    return true;
}

/* ---- bodies ---- */

static int compare_name(const void *name, const void *message) {
    return strcmp(name, ((const struct protobuf_message *)message)->name);
}

/* "rbac.authorization.k8s.io/v1", "Role" -> rbac.v1.Role; "v1", "Pod" -> core.v1.Pod */
static const struct protobuf_message *find_message(struct arena *arena, struct text api_version,
                                                   const char *kind) {
    struct text version = api_version, group = TEXT("core");
    const char *name;

    if (str_equal(kind, "DeleteOptions")) {
        name = "meta.v1.DeleteOptions";
    } else {
        struct text before = text_cut(&version, '/');
        if (version.data)
            group = text_cut(&before, '.');
        else
            version = before;
        name = arena_printf(arena, "%.*s.%.*s.%s", TEXT_ARGS(group), TEXT_ARGS(version), kind);
    }
    return bsearch(name, protobuf_messages, protobuf_message_count, sizeof(protobuf_messages[0]),
                   compare_name);
}

bool protobuf_read(struct arena *arena, struct text bytes, struct json **out_object, struct error *err) {
    static const char magic[4] = { 'k', '8', 's', 0 };
    struct reader reader = { .arena = arena };
    struct json *object = json_new_object(arena);

    if (bytes.length < sizeof(magic) || memcmp(bytes.data, magic, sizeof(magic)) != 0)
        return error_set(err, ERROR_INVALID,
                         "provided data does not appear to be a protobuf message, expected prefix "
                         "[107 56 115 0]");
    struct text envelope = { bytes.data + sizeof(magic), bytes.length - sizeof(magic) };
    struct text type = find_item(envelope, 1).bytes;
    struct json version = string_of(arena, find_item(type, 1).bytes),
                kind = string_of(arena, find_item(type, 2).bytes);
    const struct protobuf_message *message =
        find_message(arena, (struct text){ version.string, version.length }, kind.string);
    if (!message)
        return error_set(err, ERROR_NOT_FOUND, "no kind \"%s\" is registered for version \"%s\"", kind.string,
                         version.string);
    if (!read_message(&reader, message, find_item(envelope, 2).bytes, object))
        return error_set(err, ERROR_INVALID, "the protobuf message of kind \"%s\" is malformed", kind.string);
    json_set(arena, object, "apiVersion", &version);
    json_set(arena, object, "kind", &kind);
    *out_object = object;
    return true;
}
