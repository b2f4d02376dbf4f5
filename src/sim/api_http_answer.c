#include "sim/api_http_internal.h"

#include "base/yaml.h"

/* Media types and bodies of answers. */

/* ---- what the client accepts ---- */

static const char *media_parameter(struct arena *arena, struct text range, const char *name) {
    struct text rest = range;
    text_cut(&rest, ';');
    while (rest.data) {
        struct text value = text_trim(text_cut(&rest, ';'));
        struct text key = text_cut(&value, '=');
        if (text_is(text_trim(key), name) && value.data) {
            value = text_trim(value);
            return arena_strndup(arena, value.data, value.length);
        }
    }
    return NULL;
}

/* Whether this media range can be answered; fills media then. */
static bool accept_range(struct arena *arena, struct text range, bool is_object, struct http_media *media) {
    struct text rest = range;
    struct text type = text_trim(text_cut(&rest, ';'));
    const char *as = media_parameter(arena, range, "as");

    if (text_is(type, "application/yaml"))
        *media = (struct http_media){ .syntax = HTTP_YAML, .content_type = "application/yaml" };
    else if (text_is(type, "application/json") || text_is(type, "*/*") || text_is(type, "application/*"))
        *media = (struct http_media){ .syntax = HTTP_JSON, .content_type = "application/json" };
    else
        return false;
    if (!as)
        return true;
    if (!is_object || !str_equal(media_parameter(arena, range, "g"), "meta.k8s.io") ||
        !str_equal(media_parameter(arena, range, "v"), "v1"))
        return false;
    if (str_equal(as, "Table"))
        media->form = HTTP_TABLE;
    else if (str_equal(as, "PartialObjectMetadata") || str_equal(as, "PartialObjectMetadataList"))
        media->form = HTTP_PARTIAL;
    else
        return false;
    return true;
}

bool http_negotiate(struct http_exchange *exchange, bool is_object) {
    struct text ranges = text_from(exchange->request->accept ? exchange->request->accept : "");

    exchange->media = (struct http_media){ .content_type = "application/json" };
    if (!text_trim(ranges).length)
        return true;
    while (ranges.data)
        if (accept_range(exchange->arena, text_trim(text_cut(&ranges, ',')), is_object, &exchange->media)) {
            exchange->media.include_object = url_parameter(&exchange->url, "includeObject");
            return true;
        }
    exchange->media = (struct http_media){ .content_type = "application/json" };
    struct json *status = api_status_new(
        exchange->arena, 406, "NotAcceptable",
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml");
    json_set_object(exchange->arena, status, "details");
    http_answer_json(exchange, 406, status);
    return false;
}

/* ---- bodies ---- */

struct json *api_partial_metadata(struct arena *arena, const struct json *object) {
    struct json *partial = json_new_object(arena);
    json_set_string(arena, partial, "kind", "PartialObjectMetadata");
    json_set_string(arena, partial, "apiVersion", "meta.k8s.io/v1");
    if (json_get(object, "metadata"))
        json_set(arena, partial, "metadata", json_get(object, "metadata"));
    return partial;
}

static struct json *partial_of(struct arena *arena, const struct json *object) {
    const struct json *items = json_get(object, "items");
    if (!items)
        return api_partial_metadata(arena, object);
    struct json *list = json_new_object(arena);
    json_set_string(arena, list, "kind", "PartialObjectMetadataList");
    json_set_string(arena, list, "apiVersion", "meta.k8s.io/v1");
    json_set(arena, list, "metadata", json_get(object, "metadata"));
    if (!json_length(items)) {
        json_set(arena, list, "items", json_new_null(arena));
        return list;
    }
    struct json *partials = json_set_array(arena, list, "items");
    JSON_FOR_EACH_ITEM (item, items)
        json_append(arena, partials, api_partial_metadata(arena, item));
    return list;
}

struct json *http_render(struct api *api, struct arena *arena, const struct http_media *media,
                         const struct api_resource *resource, struct json *object, bool columns) {
    bool is_status = str_equal(json_string_at(object, "kind", ""), "Status");
    if (is_status || !resource)
        return object;
    switch (media->form) {
    case HTTP_PLAIN:
        return object;
    case HTTP_TABLE:
        return api_table(api, arena, resource, object, columns, media->include_object);
    case HTTP_PARTIAL:
        return partial_of(arena, object);
    }
    return object;
}

void http_answer_json(struct http_exchange *exchange, int code, struct json *value) {
    const struct json_write_options options = { .html_safe = true,
                                                .indent = url_flag(&exchange->url, "pretty") };
    struct api_http_answer *answer = exchange->answer;

    answer->code = code;
    answer->content_type = exchange->media.content_type ? exchange->media.content_type : "application/json";
    if (exchange->media.syntax == HTTP_YAML) {
        yaml_write(&answer->body, value);
        return;
    }
    json_write(&answer->body, value, &options);
    buffer_add_char(&answer->body, '\n');
}

void http_answer_text(struct http_exchange *exchange, int code, const char *text) {
    exchange->answer->code = code;
    exchange->answer->content_type = "text/plain; charset=utf-8";
    buffer_add_string(&exchange->answer->body, text);
}

void http_answer_status(struct http_exchange *exchange, int code, const char *reason, const char *message) {
    http_answer_json(exchange, code, api_status_new(exchange->arena, code, reason, message));
}

void http_answer_call(struct http_exchange *exchange, const struct api_resource *resource,
                      const struct api_answer *answer) {
    exchange->answer->warnings = answer->warnings;
    exchange->answer->retry_after_seconds = answer->retry_after_seconds;
    http_answer_json(
        exchange, answer->code,
        http_render(exchange->api, exchange->arena, &exchange->media, resource, answer->object, true));
}
