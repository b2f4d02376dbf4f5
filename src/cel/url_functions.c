/* Source: k8s.io/apiserver, pkg/cel/library/urls.go; Values of Go's net/url. */
#include "cel/compare.h"
#include "cel/evaluate.h"
#include "cel/function.h"
#include "cel/url.h"

static bool url(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_url *parsed = ARENA_NEW(run->arena, struct cel_url);

    if (!cel_spend_bytes(run, arguments[0].text.length))
        return false;
    if (!cel_url_parse(run->arena, arguments[0].text, parsed))
        return cel_fail(run, "URL parse error during conversion from string: parse \"%.*s\"",
                        TEXT_ARGS(arguments[0].text));
    *out = (struct cel_value){ .kind = CEL_URL, .url = parsed };
    return true;
}

static bool is_url(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(cel_url_check(run->arena, arguments[0].text));
    return cel_spend_bytes(run, arguments[0].text.length);
}

static bool scheme(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_text(arguments[0].url->scheme);
    return true;
}

static bool host(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_text(arguments[0].url->host);
    return true;
}

static bool hostname(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_text(cel_url_hostname(arguments[0].url));
    return true;
}

static bool port(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_text(cel_url_port(arguments[0].url));
    return true;
}

static bool escaped_path(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_text(cel_url_escaped_path(run->arena, arguments[0].url));
    return cel_spend_bytes(run, arguments[0].url->path.length);
}

/* The values of a name come together, in their order. */
static bool add_parameter(struct cel_run *run, struct cel_entries *entries, struct text name,
                          struct text value) {
    struct cel_map so_far = { .entries = entries->items, .length = entries->count };
    struct cel_value key = cel_from_text(name), item = cel_from_text(value), both;
    struct cel_value list =
        cel_from_items(run->arena, memcpy(ARENA_NEW(run->arena, struct cel_value), &item, sizeof(item)), 1);
    size_t index;

    if (!cel_map_find(run, &so_far, key, &index))
        return false;
    if (index == SIZE_MAX)
        return cel_entries_add(run, entries, key, list);
    if (!cel_add(run, entries->items[index].value, list, &both))
        return false;
    entries->items[index].value = both;
    return true;
}

/* Parameters that can not be read are left out, as Go does. */
static bool query(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_entries entries = { 0 };
    struct text rest = arguments[0].url->query;

    if (!cel_spend_bytes(run, rest.length))
        return false;
    while (rest.data) {
        struct text value = text_cut(&rest, '&'), name;
        bool is_skipped = value.length == 0 || memchr(value.data, ';', value.length);
        name = text_cut(&value, '=');
        if (is_skipped || !cel_url_unescape(run->arena, name, true, &name) ||
            !cel_url_unescape(run->arena, value, true, &value))
            continue;
        if (!add_parameter(run, &entries, name, value))
            return false;
    }
    *out = cel_from_entries(run->arena, entries.items, entries.count);
    return true;
}

const struct cel_overload cel_url_functions[] = {
    { .name = "url", .signature = "s", .call = url },
    { .name = "isURL", .signature = "s", .call = is_url },
    { .name = "getScheme", .signature = "U", .is_member = true, .call = scheme },
    { .name = "getHost", .signature = "U", .is_member = true, .call = host },
    { .name = "getHostname", .signature = "U", .is_member = true, .call = hostname },
    { .name = "getPort", .signature = "U", .is_member = true, .call = port },
    { .name = "getEscapedPath", .signature = "U", .is_member = true, .call = escaped_path },
    { .name = "getQuery", .signature = "U", .is_member = true, .call = query },
    { 0 },
};
