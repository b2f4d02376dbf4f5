#include "sim/api_url.h"

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* NULL when a percent sign is not followed by two digits, or hides a NUL. */
static const char *decode(struct arena *arena, struct text text, bool plus_is_space) {
    char *out = arena_alloc_bytes(arena, text.length + 1), *to = out;

    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '+' && plus_is_space) {
            *to++ = ' ';
        } else if (text.data[i] == '%') {
            int high = i + 2 < text.length ? hex_value(text.data[i + 1]) : -1;
            int low = i + 2 < text.length ? hex_value(text.data[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return NULL;
            *to++ = (char)(high * 16 + low);
            i += 2;
        } else {
            *to++ = text.data[i];
        }
    }
    *to = '\0';
    return out;
}

static bool parse_path(struct arena *arena, struct text path, struct url *url) {
    url->path = arena_strndup(arena, path.data, path.length);
    while (path.data) {
        struct text segment = text_cut(&path, '/');
        if (!segment.length)
            continue;
        if (url->segment_count == URL_SEGMENTS_MAX)
            return false;
        url->segments[url->segment_count] = decode(arena, segment, false);
        if (!url->segments[url->segment_count++])
            return false;
    }
    return true;
}

static bool parse_query(struct arena *arena, struct text query, struct url *url) {
    while (query.data) {
        struct text value = text_cut(&query, '&');
        struct text name = text_cut(&value, '=');
        if (!name.length)
            continue;
        if (url->parameter_count == URL_PARAMETERS_MAX)
            return false;
        url->parameters[url->parameter_count].name = decode(arena, name, true);
        url->parameters[url->parameter_count].value = value.data ? decode(arena, value, true) : "";
        if (!url->parameters[url->parameter_count].name || !url->parameters[url->parameter_count].value)
            return false;
        url->parameter_count++;
    }
    return true;
}

bool url_parse(struct arena *arena, const char *target, struct url *out_url) {
    struct text query = text_from(target);
    struct text path = text_cut(&query, '?');
    struct url url = { 0 };

    if (!text_starts_with(path, "/") || !parse_path(arena, path, &url) || !parse_query(arena, query, &url))
        return false;
    *out_url = url;
    return true;
}

const char *url_parameter(const struct url *url, const char *name) {
    for (size_t i = 0; i < url->parameter_count; i++)
        if (str_equal(url->parameters[i].name, name))
            return url->parameters[i].value;
    return NULL;
}

bool url_flag(const struct url *url, const char *name) {
    static const char *const yes[] = { "", "1", "t", "T", "true", "TRUE", "True" };
    const char *value = url_parameter(url, name);
    for (size_t i = 0; value && i < ARRAY_LENGTH(yes); i++)
        if (str_equal(value, yes[i]))
            return true;
    return false;
}
