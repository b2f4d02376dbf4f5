#include "server.h"

#include "test.h"

#define PROTOBUF       "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
#define CONFIG_MAP     "/api/v1/namespaces/{namespace}/configmaps/{name}"
#define FIELDS_OF(...) ((const unsigned[]){ __VA_ARGS__, 0 })

/* ---- protobuf, read by nothing but its rules ---- */

static uint64_t take_varint(struct text *rest) {
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(rest->length > 0 && shift < 64);
        uint8_t byte = (uint8_t)*rest->data++;
        rest->length--;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return number;
    }
}

/* Takes a field of bytes, the only type that a document of ours has. False at the end. */
static bool take_field(struct text *rest, unsigned *out_number, struct text *out_value) {
    if (!rest->length)
        return false;
    uint64_t tag = take_varint(rest), length = take_varint(rest);
    assert_int_equal(tag & 7, 2);
    assert_true(length <= rest->length);
    *out_number = (unsigned)(tag >> 3);
    *out_value = (struct text){ rest->data, length };
    rest->data += length;
    rest->length -= length;
    return true;
}

/* The value at a path of field numbers that ends with 0; of repeated ones the first. */
static struct text at(struct text message, const unsigned *path) {
    for (; *path; path++) {
        struct text value = { 0 };
        unsigned number = 0;
        while (number != *path)
            assert_true(take_field(&message, &number, &value));
        message = value;
    }
    return message;
}

/* The value of the entry of that name in the repeated field `number`, and in *out_count how many there are.
 */
static struct text named(struct text message, unsigned number, const char *name, size_t *out_count) {
    struct text found = { 0 }, entry;
    unsigned have;
    *out_count = 0;
    while (take_field(&message, &have, &entry))
        if (have == number) {
            ++*out_count;
            if (text_is(at(entry, FIELDS_OF(1)), name))
                found = at(entry, FIELDS_OF(2));
        }
    if (!found.data)
        fail_msg("no %s among %zu", name, *out_count);
    return found;
}

/* ---- tests ---- */

static void fetch(struct server *server, const char *accept) {
    assert_int_equal(server_send_as(server, "GET /openapi/v2", NULL, accept, (struct text){ 0 }), 200);
}

TEST("tells in OpenAPI v2, in both its forms, which operations take which parameters") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    size_t path_count, extension_count;

    fetch(server, "application/json");
    const struct json *paths = json_get(server->answer, "paths");
    const struct json *patch = json_get(json_get(paths, CONFIG_MAP), "patch");
    assert_string_equal(server_text(server, "swagger"), "2.0");
    assert_string_equal(json_string_at(patch, "parameters.2.name", ""), "fieldValidation");
    assert_string_equal(json_string_at(patch, "parameters.2.type", ""), "string");

    struct api_http_answer answer;
    const struct api_http_request request = { .method = "GET", .target = "/openapi/v2", .accept = PROTOBUF };
    api_http_do(server->api, &request, server->arena, &answer);
    assert_int_equal(answer.code, 200);
    assert_string_equal(answer.content_type, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    struct text document = buffer_text(&answer.body);
    assert_true(text_is(at(document, FIELDS_OF(1)), "2.0"));
    assert_true(text_is(at(document, FIELDS_OF(2, 1)), "Kubernetes"));
    struct text path = named(at(document, FIELDS_OF(8)), 2, CONFIG_MAP, &path_count);
    assert_int_equal(path_count, json_length(paths));
    struct text operation = at(path, FIELDS_OF(8));
    assert_true(text_is(at(operation, FIELDS_OF(8, 1, 2, 3, 4)), "dryRun"));
    assert_true(text_is(at(operation, FIELDS_OF(8, 1, 2, 3, 2)), "query"));
    assert_true(text_is(at(operation, FIELDS_OF(9, 1, 1)), "200"));
    assert_true(text_is(at(operation, FIELDS_OF(9, 1, 2, 1, 1)), "OK"));
    struct text kind = named(operation, 13, "x-kubernetes-group-version-kind", &extension_count);
    assert_true(
        text_is(at(kind, FIELDS_OF(2)), "{\"group\":\"\",\"kind\":\"ConfigMap\",\"version\":\"v1\"}"));
    api_http_answer_clear(&answer);
}
