#include "cel/url.h"

#include "base/buffer.h"
#include "cel/net.h"

#include <ctype.h>

static struct text behind(struct text text, size_t length) {
    return (struct text){ text.data + length, text.length - length };
}

static size_t find_first(struct text text, char character) {
    const char *found = text.data ? memchr(text.data, character, text.length) : NULL;
    return found ? (size_t)(found - text.data) : SIZE_MAX;
}

static size_t find_last(struct text text, char character) {
    const char *found = text.data ? memrchr(text.data, character, text.length) : NULL;
    return found ? (size_t)(found - text.data) : SIZE_MAX;
}

static bool is_escape(struct text text) {
    return text.length >= 3 && text.data[0] == '%' && isxdigit((unsigned char)text.data[1]) &&
           isxdigit((unsigned char)text.data[2]);
}

static unsigned hexadecimal(char digit) {
    return (unsigned)(isdigit((unsigned char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static bool decode(struct text text, bool is_query, struct buffer *out) {
    while (text.length) {
        char character = text.data[0];
        if (character == '%' && !is_escape(text))
            return false;
        if (character == '%')
            character = (char)(hexadecimal(text.data[1]) << 4 | hexadecimal(text.data[2]));
        else if (character == '+' && is_query)
            character = ' ';
        text = behind(text, text.data[0] == '%' ? 3 : 1);
        buffer_add_char(out, character);
    }
    return true;
}

static struct text repaired(struct arena *arena, struct text text) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    while (text.length) {
        size_t length = utf8_character(text);
        if (length)
            buffer_add(&out, text.data, length);
        else
            buffer_add_string(&out, "\xef\xbf\xbd");
        text = behind(text, length ? length : 1);
    }
    return (struct text){ arena_strndup(arena, buffer_string(&out), out.length), out.length };
}

bool cel_url_unescape(struct arena *arena, struct text text, bool is_query, struct text *out_text) {
    CLEANUP_BUFFER struct buffer plain = { 0 };

    if (!decode(text, is_query, &plain))
        return false;
    *out_text = repaired(arena, buffer_text(&plain));
    return true;
}

/* "https:" before anything else; nothing where there is none. False for ":" alone. */
static bool take_scheme(struct arena *arena, struct text *rest, struct text *out_scheme) {
    size_t length = 0;

    *out_scheme = TEXT("");
    while (length < rest->length && (isalpha((unsigned char)rest->data[length]) ||
                                     (length > 0 && (isdigit((unsigned char)rest->data[length]) ||
                                                     memchr("+-.", rest->data[length], 3)))))
        length++;
    if (length == rest->length || rest->data[length] != ':')
        return true;
    if (length == 0)
        return false;
    char *scheme = arena_strndup(arena, rest->data, length);
    for (size_t i = 0; i < length; i++)
        scheme[i] = (char)tolower((unsigned char)scheme[i]);
    *out_scheme = (struct text){ scheme, length };
    *rest = behind(*rest, length + 1);
    return true;
}

/* ":" and digits, or nothing. */
static bool is_port(struct text text) {
    for (size_t i = 1; i < text.length; i++)
        if (!isdigit((unsigned char)text.data[i]))
            return false;
    return text.length == 0 || text.data[0] == ':';
}

/* Only bytes beyond ASCII are escaped in a host. */
static bool is_host_text(struct text host) {
    static const char marks[] = "-_.~!$&'()*+,;=:[]<>\"";

    for (size_t i = 0; i < host.length; i++) {
        unsigned char byte = (unsigned char)host.data[i];
        if (byte == '%') {
            if (!is_escape(behind(host, i)) || hexadecimal(host.data[i + 1]) < 8)
                return false;
            i += 2;
        } else if (byte < 0x80 && !isalnum(byte) && !memchr(marks, byte, sizeof(marks) - 1)) {
            return false;
        }
    }
    return true;
}

/* "[::1]" with a port or without. A zone is refused. */
static bool is_bracketed_host(struct text host) {
    size_t close = find_last(host, ']');
    struct cel_ip ip;

    if (close == SIZE_MAX || !is_port(behind(host, close + 1)))
        return false;
    struct text address = { host.data + 1, close - 1 };
    /* An IPv4 address in the form of IPv6 is one of these, but none for ip(). */
    bool is_mapped = address.length > 7 && strncasecmp(address.data, "::ffff:", 7) == 0 &&
                     cel_ip_parse(behind(address, 7), &ip);
    return is_mapped || (cel_ip_parse(address, &ip) && ip.length == 16);
}

/* More than one colon is let through, as lists of hosts have them. */
static bool is_host(struct text host) {
    size_t bracket = find_last(host, '['), colon = find_last(host, ':');

    if (bracket != SIZE_MAX)
        return bracket == 0 && is_bracketed_host(host);
    if (colon != SIZE_MAX && !is_port(behind(host, colon)))
        return false;
    return is_host_text(host);
}

static bool is_user(struct text user) {
    static const char marks[] = "-._:~!$&'()*+,;=%@";

    for (size_t i = 0; i < user.length; i++)
        if (!isalnum((unsigned char)user.data[i]) && !memchr(marks, user.data[i], sizeof(marks) - 1))
            return false;
    CLEANUP_BUFFER struct buffer plain = { 0 };
    return decode(user, false, &plain);
}

/* Behind "//": a user, a host and a port. */
static bool take_authority(struct arena *arena, struct text *rest, struct cel_url *url) {
    size_t slash = find_first(*rest, '/');
    struct text authority = { rest->data, slash == SIZE_MAX ? rest->length : slash };
    size_t at = find_last(authority, '@');
    struct text host = at == SIZE_MAX ? authority : behind(authority, at + 1);

    *rest = behind(*rest, authority.length);
    if (!is_host(host))
        return false;
    if (at != SIZE_MAX && !is_user((struct text){ authority.data, at }))
        return false;
    return cel_url_unescape(arena, host, false, &url->host);
}

static bool is_relative_path(struct text path) {
    size_t slash = find_first(path, '/'), colon = find_first(path, ':');

    return colon == SIZE_MAX || (slash != SIZE_MAX && slash < colon);
}

static bool parse(struct arena *arena, struct text text, bool is_request, struct cel_url *url) {
    CLEANUP_BUFFER struct buffer plain = { 0 };
    struct text rest = text;

    *url = (struct cel_url){ .source = text };
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return false;
    if (text.length == 0)
        return !is_request;
    if (text_is(text, "*")) {
        url->path = text;
        return true;
    }
    if (!take_scheme(arena, &rest, &url->scheme))
        return false;
    url->query = rest;
    rest = text_cut(&url->query, '?');
    /* Without a slash all behind the scheme is opaque. */
    if (!text_starts_with(rest, "/") && (url->scheme.length || is_request))
        return url->scheme.length;
    if (!text_starts_with(rest, "/") && !is_relative_path(rest))
        return false;
    bool has_authority = url->scheme.length || (!is_request && !text_starts_with(rest, "///"));
    if (has_authority && text_starts_with(rest, "//")) {
        rest = behind(rest, 2);
        if (!take_authority(arena, &rest, url))
            return false;
    }
    url->path = rest;
    return decode(rest, false, &plain);
}

bool cel_url_check(struct arena *arena, struct text text) {
    struct cel_url url;

    return parse(arena, text, true, &url);
}

bool cel_url_parse(struct arena *arena, struct text text, struct cel_url *out_url) {
    CLEANUP_BUFFER struct buffer plain = { 0 };
    struct text fragment = text, rest;
    struct cel_url url;

    if (!parse(arena, text, true, &url))
        return false;
    rest = text_cut(&fragment, '#');
    if (!parse(arena, rest, false, &url) || (fragment.data && !decode(fragment, false, &plain)))
        return false;
    url.source = text;
    *out_url = url;
    return true;
}

/* Where the port begins; the length of the host where there is none. */
static size_t port_of(struct text host) {
    size_t colon = find_last(host, ':');

    return colon != SIZE_MAX && is_port(behind(host, colon)) ? colon : host.length;
}

struct text cel_url_hostname(const struct cel_url *url) {
    struct text name = { url->host.data, port_of(url->host) };

    if (text_starts_with(name, "[") && text_ends_with(name, "]"))
        return (struct text){ name.data + 1, name.length - 2 };
    return name;
}

struct text cel_url_port(const struct cel_url *url) {
    size_t port = port_of(url->host);

    return port == url->host.length ? TEXT("") : behind(url->host, port + 1);
}

struct text cel_url_escaped_path(struct arena *arena, const struct cel_url *url) {
    static const char marks[] = "-_.~$&+,/:;=@", also_written[] = "!'()*[]%";
    CLEANUP_BUFFER struct buffer plain = { 0 }, escaped = { 0 };
    bool is_fine = true;

    for (size_t i = 0; i < url->path.length && is_fine; i++) {
        char byte = url->path.data[i];
        is_fine = isalnum((unsigned char)byte) || memchr(marks, byte, sizeof(marks) - 1) ||
                  memchr(also_written, byte, sizeof(also_written) - 1);
    }
    if (is_fine || !decode(url->path, false, &plain))
        return url->path;
    for (size_t i = 0; i < plain.length; i++) {
        unsigned char byte = (unsigned char)plain.data[i];
        if (isalnum(byte) || memchr(marks, byte, sizeof(marks) - 1))
            buffer_add_char(&escaped, (char)byte);
        else
            buffer_printf(&escaped, "%%%02X", byte);
    }
    return (struct text){ arena_strndup(arena, buffer_string(&escaped), escaped.length), escaped.length };
}
