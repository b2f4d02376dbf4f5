#include "sim/api_internal.h"

/* Get and list. */

bool api_get(struct api_context *context) {
    struct json *object =
        api_load(context->api, context->arena, context->resource, context->namespace, context->name);
    return object ? api_succeed(context, 200, object)
                  : api_refuse_not_found(context, context->resource, context->name);
}

/* ---- continue tokens: opaque to clients; version and last key ---- */

static const char *token_encode(struct arena *arena, int64_t version, const char *key) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct json *token = json_new_object(arena);
    const char *text;

    json_set_string(arena, token, "v", "meta.k8s.io/v1");
    json_set_integer(arena, token, "rv", version);
    json_set_string(arena, token, "start", key);
    text = json_print(arena, token);
    base64_encode(&out, text, strlen(text));
    return arena_strdup(arena, buffer_string(&out));
}

static bool token_decode(struct arena *arena, const char *text, int64_t *out_version, const char **out_key) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    struct json *token;

    if (!base64_decode(&bytes, text_from(text)) ||
        !json_parse(arena, buffer_text(&bytes), NULL, &token, NULL))
        return false;
    *out_version = json_integer_at(token, "rv", 0);
    *out_key = json_string_at(token, "start", NULL);
    return *out_version > 0 && *out_key;
}

/* ---- which version of the world ---- */

struct page {
    struct store_list list;
    int64_t version;
    const char *after; /* the last key of the page before, or NULL */
};

static bool refuse_too_large(struct api_context *context, int64_t wanted) {
    api_refuse(context, 504, "Timeout", "Timeout: Too large resource version: %lld, current: %lld",
               (long long)wanted, (long long)store_version(context->api->store));
    api_status_cause(context, "ResourceVersionTooLarge", NULL, "Too large resource version");
    json_set_integer(context->arena, api_status_details(context), "retryAfterSeconds", 1);
    context->answer->retry_after_seconds = 1;
    return false;
}

static bool refuse_expired(struct api_context *context) {
    if (context->call->continue_token)
        return api_refuse(
            context, 410, "Expired",
            "The provided continue parameter is too old to display a consistent list result. You must "
            "start a new list without the continue parameter.");
    return api_refuse(context, 410, "Expired", "The resourceVersion for the provided list is too old.");
}

static bool refuse_option(struct api_context *context, const char *why) {
    struct field_errors errors = { .arena = context->arena };
    field_errors_add(&errors, FIELD_FORBIDDEN, "resourceVersionMatch", NULL, "%s", why);
    return api_refuse_object(context,
                             field_errors_status(context->arena, &errors, "meta.k8s.io", "ListOptions", ""));
}

static bool parse_version(struct api_context *context, int64_t *out_version) {
    const char *text = context->call->resource_version;
    const char *match = context->call->resource_version_match;

    *out_version = 0;
    if (!str_empty(match) && str_empty(text))
        return refuse_option(context, "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (!str_empty(text) && (!parse_int64(text_from(text), out_version) || *out_version < 0)) {
        return api_refuse(
            context, 400, "BadRequest",
            "invalid resource version: resourceVersion: Invalid value: \"%s\": strconv.ParseUint: "
            "parsing \"%s\": invalid syntax",
            text, text);
    }
    return true;
}

static bool choose_version(struct api_context *context, struct page *page) {
    const struct api_call *call = context->call;
    int64_t now = store_version(context->api->store), wanted;
    bool is_exact = str_equal(call->resource_version_match, "Exact");

    page->version = now;
    if (!str_empty(call->continue_token)) {
        if (!str_empty(call->resource_version) && !str_equal(call->resource_version, "0"))
            return api_refuse(context, 400, "BadRequest",
                              "specifying resource version is not allowed when using continue");
        if (!token_decode(context->arena, call->continue_token, &page->version, &page->after))
            return api_refuse(context, 400, "BadRequest",
                              "invalid continue token: continue key is not valid");
        return true;
    }
    if (!parse_version(context, &wanted))
        return false;
    if (wanted > now)
        return refuse_too_large(context, wanted);
    if (wanted && (is_exact || (call->limit > 0 && !call->resource_version_match)))
        page->version = wanted;
    return true;
}

static bool read_page(struct api_context *context, struct page *page) {
    const char *prefix = *context->namespace ? arena_printf(context->arena, "%s/", context->namespace) : NULL;

    if (!choose_version(context, page))
        return false;
    if (!store_list_at(context->api->store, context->arena, context->resource->collection, prefix,
                       page->version, &page->list))
        return refuse_expired(context);
    return true;
}

/* ---- list ---- */

struct listing {
    struct api_selector *labels;
    struct api_selector *fields;
    bool is_filtered;
};

static bool parse_selectors(struct api_context *context, struct listing *listing) {
    struct error err = { 0 };

    if (!api_label_selector_parse(context->arena, context->call->label_selector, &listing->labels, &err))
        return api_refuse_error(context, &err);
    if (!api_field_selector_parse(context->arena, context->resource, context->call->field_selector,
                                  &listing->fields, &err))
        return api_refuse_error(context, &err);
    listing->is_filtered = !api_selector_is_empty(listing->labels) || !api_selector_is_empty(listing->fields);
    return true;
}

/* An item of a built-in kind does not say what it is: the list does. */
static void hide_kind(const struct api_resource *resource, struct json *object) {
    if (api_resource_is_custom(resource))
        return;
    json_remove(object, "apiVersion");
    json_remove(object, "kind");
}

static struct json *new_list(struct api_context *context, const struct page *page) {
    struct json *list = json_new_object(context->arena);
    json_set_string(context->arena, list, "kind", context->resource->list_kind);
    json_set_string(context->arena, list, "apiVersion", context->resource->api_version);
    struct json *metadata = json_set_object(context->arena, list, "metadata");
    json_set_string(context->arena, metadata, "resourceVersion",
                    arena_printf(context->arena, "%lld", (long long)page->version));
    if (api_resource_is_custom(context->resource))
        json_set_string(context->arena, metadata, "continue", "");
    return list;
}

bool api_list(struct api_context *context) {
    struct page page = { 0 };
    struct listing listing = { 0 };
    int64_t limit = context->call->limit;

    if (!parse_selectors(context, &listing) || !read_page(context, &page))
        return false;
    struct json *list = new_list(context, &page);
    struct json *items = json_set_array(context->arena, list, "items");
    for (size_t i = 0; i < page.list.count; i++) {
        const struct store_value *value = page.list.items[i];
        if (page.after && strcmp(value->key, page.after) <= 0)
            continue;
        if (limit > 0 && (int64_t)json_length(items) == limit) {
            struct json *metadata = json_get(list, "metadata");
            json_set_string(context->arena, metadata, "continue",
                            token_encode(context->arena, page.version, page.list.items[i - 1]->key));
            if (!listing.is_filtered)
                json_set_integer(context->arena, metadata, "remainingItemCount",
                                 (int64_t)(page.list.count - i));
            break;
        }
        struct json *object = store_value_parse(context->arena, value);
        api_convert_stored(context->arena, context->resource, object);
        if (!api_label_selector_matches(listing.labels, object) ||
            !api_field_selector_matches(listing.fields, object))
            continue;
        hide_kind(context->resource, object);
        json_append(context->arena, items, object);
    }
    return api_succeed(context, 200, list);
}
