#include "sim/api_openapi.h"

/* OpenAPI v2: one document of all groups, which clients ask for what version 3 does not tell them.
 *
 * kubectl looks a kind up here that no group of version 3 has, in the protobuf form only, before it says that
 * there is no such kind. It gets every path with its operations; the schemas are in version 3 alone, which
 * every kubectl since 1.27 asks first. After: github.com/google/gnostic, openapiv2/OpenAPIv2.proto. */

static const char protobuf_accepted[] = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
static const char protobuf_type[] = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/* ---- protobuf ---- */

/* Numbers of fields, by message. */
enum { NAMED_NAME = 1, NAMED_VALUE = 2 };
enum { DOCUMENT_SWAGGER = 1, DOCUMENT_INFO = 2, DOCUMENT_PATHS = 8, DOCUMENT_DEFINITIONS = 9 };
enum { INFO_TITLE = 1, INFO_VERSION = 2 };
enum { PATHS_PATH = 2 };
enum { OPERATION_PARAMETERS = 8, OPERATION_RESPONSES = 9, OPERATION_EXTENSION = 13 };
enum { PARAMETERS_PARAMETER = 1, PARAMETER_NON_BODY = 2, NON_BODY_QUERY = 3 };
enum { QUERY_IN = 2, QUERY_NAME = 4, QUERY_TYPE = 6 };
enum { RESPONSES_CODE = 1, RESPONSE_VALUE_RESPONSE = 1, RESPONSE_DESCRIPTION = 1 };
enum { ANY_YAML = 2 };

enum { WIRE_BYTES = 2, VARINT_BITS = 7, VARINT_MORE = 0x80 };

static void put_varint(struct buffer *out, uint64_t number) {
    for (; number >= VARINT_MORE; number >>= VARINT_BITS)
        buffer_add_char(out, (char)(VARINT_MORE | (number & (VARINT_MORE - 1))));
    buffer_add_char(out, (char)number);
}

static void put_text(struct buffer *out, unsigned field, struct text text) {
    put_varint(out, field << 3 | WIRE_BYTES);
    put_varint(out, text.length);
    buffer_add_text(out, text);
}

static void put_message(struct buffer *out, unsigned field, const struct buffer *message) {
    put_text(out, field, buffer_text(message));
}

static void put_member(struct buffer *out, unsigned field, const struct json *object, const char *member) {
    put_text(out, field, text_from(json_string(json_get(object, member), "")));
}

/* A message in one field of a message, and so on: the last of the fields is the outermost. */
static void put_nested(struct buffer *out, const unsigned *fields, size_t count,
                       const struct buffer *message) {
    CLEANUP_BUFFER struct buffer outer = { 0 };
    if (count == 1) {
        put_message(out, fields[0], message);
        return;
    }
    put_message(&outer, fields[0], message);
    put_nested(out, fields + 1, count - 1, &outer);
}

static void put_named(struct buffer *out, unsigned field, const char *name, const struct buffer *value) {
    CLEANUP_BUFFER struct buffer named = { 0 };
    put_text(&named, NAMED_NAME, text_from(name));
    put_message(&named, NAMED_VALUE, value);
    put_message(out, field, &named);
}

static void put_parameter(struct buffer *out, const struct json *parameter) {
    static const unsigned around[] = { NON_BODY_QUERY, PARAMETER_NON_BODY, PARAMETERS_PARAMETER,
                                       OPERATION_PARAMETERS };
    CLEANUP_BUFFER struct buffer query = { 0 };
    put_member(&query, QUERY_IN, parameter, "in");
    put_member(&query, QUERY_NAME, parameter, "name");
    put_member(&query, QUERY_TYPE, parameter, "type");
    put_nested(out, around, ARRAY_LENGTH(around), &query);
}

static void put_responses(struct buffer *out, const struct json *responses) {
    CLEANUP_BUFFER struct buffer all = { 0 };
    JSON_FOR_EACH_MEMBER (code, responses) {
        CLEANUP_BUFFER struct buffer response = { 0 };
        CLEANUP_BUFFER struct buffer value = { 0 };
        put_member(&response, RESPONSE_DESCRIPTION, &code->value, "description");
        put_message(&value, RESPONSE_VALUE_RESPONSE, &response);
        put_named(&all, RESPONSES_CODE, code->key, &value);
    }
    put_message(out, OPERATION_RESPONSES, &all);
}

/* Its value is YAML, of which JSON is a part. */
static void put_extension(struct buffer *out, struct arena *arena, const char *name,
                          const struct json *value) {
    CLEANUP_BUFFER struct buffer any = { 0 };
    put_text(&any, ANY_YAML, text_from(json_print(arena, value)));
    put_named(out, OPERATION_EXTENSION, name, &any);
}

static void put_operation(struct buffer *out, struct arena *arena, unsigned field,
                          const struct json *operation) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    JSON_FOR_EACH_ITEM (parameter, json_get(operation, "parameters"))
        put_parameter(&message, parameter);
    put_responses(&message, json_get(operation, "responses"));
    JSON_FOR_EACH_MEMBER (member, operation)
        if (str_starts_with(member->key, "x-"))
            put_extension(&message, arena, member->key, &member->value);
    put_message(out, field, &message);
}

static void put_path(struct buffer *out, struct arena *arena, const char *name, const struct json *path) {
    static const struct {
        const char *method;
        unsigned field;
    } methods[] = { { "get", 2 }, { "put", 3 }, { "post", 4 }, { "delete", 5 }, { "patch", 8 } };
    CLEANUP_BUFFER struct buffer item = { 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(methods); i++)
        if (json_get(path, methods[i].method))
            put_operation(&item, arena, methods[i].field, json_get(path, methods[i].method));
    put_named(out, PATHS_PATH, name, &item);
}

static void write_protobuf(struct buffer *out, struct arena *arena, const struct json *document) {
    CLEANUP_BUFFER struct buffer info = { 0 };
    CLEANUP_BUFFER struct buffer paths = { 0 };
    put_member(&info, INFO_TITLE, json_get(document, "info"), "title");
    put_member(&info, INFO_VERSION, json_get(document, "info"), "version");
    JSON_FOR_EACH_MEMBER (path, json_get(document, "paths"))
        put_path(&paths, arena, path->key, &path->value);
    put_member(out, DOCUMENT_SWAGGER, document, "swagger");
    put_message(out, DOCUMENT_INFO, &info);
    put_message(out, DOCUMENT_PATHS, &paths);
    put_text(out, DOCUMENT_DEFINITIONS, text_from(""));
}

/* ---- the document ---- */

static struct json *document_of(struct http_exchange *exchange) {
    struct arena *arena = exchange->arena;
    struct json *document = json_new_object(arena);
    size_t count;
    const struct api_resource **rows = api_list_resources(exchange->api, arena, &count);

    json_set_string(arena, document, "swagger", "2.0");
    openapi_add_info(arena, document);
    struct json *paths = json_set_object(arena, document, "paths");
    for (size_t i = 0; i < count; i++)
        openapi_add_paths(arena, paths, rows[i], OPENAPI_2);
    json_set_object(arena, document, "definitions");
    return document;
}

/* Clients that know the protobuf form name it alone or first. */
static bool accepts_protobuf(const struct http_exchange *exchange) {
    const char *accept = exchange->request->accept;
    return accept && (strstr(accept, protobuf_accepted) || strstr(accept, protobuf_type));
}

void http_do_openapi_v2(struct http_exchange *exchange) {
    if (accepts_protobuf(exchange)) {
        write_protobuf(&exchange->answer->body, exchange->arena, document_of(exchange));
        exchange->answer->code = 200;
        exchange->answer->content_type = protobuf_type;
    } else if (http_negotiate(exchange, false)) {
        http_answer_json(exchange, 200, document_of(exchange));
    } else {
        return;
    }
    openapi_set_etag(exchange);
}
