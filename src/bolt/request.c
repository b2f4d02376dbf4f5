/* Requests as a server reads them: the shape of each is one row of a table. */
#include "bolt/message.h"

enum { FIELDS_MAX = 3 };

struct request_shape {
    enum bolt_message_tag tag;
    size_t fields;
    enum bolt_type types[FIELDS_MAX];
    uint8_t since_major; /* Bolt version that brought the message; 0: always there */
    uint8_t since_minor;
};

static const struct request_shape shapes[] = {
    { BOLT_HELLO, 1, { BOLT_MAP }, 0, 0 },         { BOLT_LOGON, 1, { BOLT_MAP }, 5, 1 },
    { BOLT_LOGOFF, 0, { BOLT_NULL }, 5, 1 },       { BOLT_GOODBYE, 0, { BOLT_NULL }, 0, 0 },
    { BOLT_RESET, 0, { BOLT_NULL }, 0, 0 },        { BOLT_RUN, 3, { BOLT_STRING, BOLT_MAP, BOLT_MAP }, 0, 0 },
    { BOLT_BEGIN, 1, { BOLT_MAP }, 0, 0 },         { BOLT_COMMIT, 0, { BOLT_NULL }, 0, 0 },
    { BOLT_ROLLBACK, 0, { BOLT_NULL }, 0, 0 },     { BOLT_PULL, 1, { BOLT_MAP }, 0, 0 },
    { BOLT_DISCARD, 1, { BOLT_MAP }, 0, 0 },       { BOLT_ROUTE, 3, { BOLT_MAP, BOLT_LIST, BOLT_MAP }, 4, 4 },
    { BOLT_TELEMETRY, 1, { BOLT_INTEGER }, 5, 4 },
};

static const struct request_shape *find_shape(uint8_t tag, struct bolt_version version) {
    for (size_t i = 0; i < ARRAY_LENGTH(shapes); i++)
        if (shapes[i].tag == tag &&
            bolt_version_at_least(version, shapes[i].since_major, shapes[i].since_minor))
            return &shapes[i];
    return NULL;
}

static bool check_shape(const struct bolt_value *message, const struct request_shape *shape,
                        struct error *err) {
    const char *name = bolt_message_name(message->tag);

    if (message->length != shape->fields)
        return error_set(err, ERROR_PROTOCOL, "%s has %u fields instead of %zu", name, message->length,
                         shape->fields);
    for (size_t i = 0; i < shape->fields; i++)
        if (message->items[i].type != shape->types[i])
            return error_set(err, ERROR_PROTOCOL, "field %zu of %s has the wrong type", i + 1, name);
    return true;
}

/* n is required, -1 or more than 0; qid may be left out. */
static bool read_fetch(const struct bolt_value *map, struct bolt_request *request, struct error *err) {
    const struct bolt_value *rows = bolt_get(map, "n");
    const struct bolt_value *query_id = bolt_get(map, "qid");

    if (!bolt_is(rows, BOLT_INTEGER) || rows->integer < BOLT_FETCH_ALL || rows->integer == 0)
        return error_set(err, ERROR_PROTOCOL, "n of %s must be -1 or a positive number",
                         bolt_message_name((uint8_t)request->tag));
    if (query_id && !bolt_is(query_id, BOLT_INTEGER))
        return error_set(err, ERROR_PROTOCOL, "qid of %s must be a number",
                         bolt_message_name((uint8_t)request->tag));
    request->rows = rows->integer;
    request->query_id = bolt_integer(query_id, BOLT_LAST_QUERY);
    return true;
}

bool bolt_request_read(const struct bolt_value *message, struct bolt_version version,
                       struct bolt_request *out_request, struct error *err) {
    const struct request_shape *shape = find_shape(message->tag, version);
    struct bolt_request request = { 0 };

    if (!shape)
        return error_set(err, ERROR_PROTOCOL, "message %02X is unknown in Bolt %u.%u", message->tag,
                         version.major, version.minor);
    if (!check_shape(message, shape, err))
        return false;
    request.tag = shape->tag;
    if (request.tag == BOLT_RUN) {
        request.query = message->items[0].string;
        request.parameters = &message->items[1];
        request.extra = &message->items[2];
    } else if (request.tag == BOLT_ROUTE) {
        request.routing = &message->items[0];
        request.bookmarks = &message->items[1];
        request.extra = &message->items[2];
    } else if (request.tag == BOLT_TELEMETRY) {
        request.telemetry = message->items[0].integer;
    } else if (request.tag == BOLT_PULL || request.tag == BOLT_DISCARD) {
        if (!read_fetch(&message->items[0], &request, err))
            return false;
    } else if (shape->fields == 1) {
        request.extra = &message->items[0];
    }
    *out_request = request;
    return true;
}
