/* String formats that a CRD may ask for. Formats that are not in the table are accepted, as the API server
 * drops those that it does not know. After: k8s.io/kube-openapi, pkg/validation/strfmt. */
#include "base/encoding.h"
#include "base/time.h"
#include "schema/node.h"

#include <arpa/inet.h>
#include <ctype.h>

static bool is_ipv4(const char *text) {
    struct in_addr address;

    return inet_pton(AF_INET, text, &address) == 1;
}

static bool is_ipv6(const char *text) {
    struct in6_addr address;

    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_cidr(const char *text) {
    const char *slash = strchr(text, '/');
    char address[INET6_ADDRSTRLEN] = "";
    int64_t bits = 0;

    if (!slash || (size_t)(slash - text) >= sizeof(address) || !parse_int64(text_from(slash + 1), &bits))
        return false;
    memcpy(address, text, (size_t)(slash - text));
    return bits >= 0 && ((is_ipv4(address) && bits <= 32) || (is_ipv6(address) && bits <= 128));
}

static bool has_shape(const char *text, const char *shape) {
    size_t i = 0;

    for (; shape[i] && text[i]; i++) {
        bool fits = shape[i] == 'x'   ? isxdigit((unsigned char)text[i])
                    : shape[i] == '0' ? isdigit((unsigned char)text[i])
                                      : text[i] == shape[i];
        if (!fits)
            return false;
    }
    return shape[i] == text[i];
}

static bool is_uuid(const char *text) {
    return has_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") ||
           has_shape(text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static bool is_mac(const char *text) {
    return has_shape(text, "xx:xx:xx:xx:xx:xx") || has_shape(text, "xx-xx-xx-xx-xx-xx");
}

static bool is_date_time(const char *text) {
    int64_t wall = 0;

    return time_parse(text_from(text), &wall);
}

static bool is_date(const char *text) {
    char with_time[32] = "";

    if (!has_shape(text, "0000-00-00"))
        return false;
    memcpy(with_time, text, 10);
    memcpy(with_time + 10, "T00:00:00Z", 11);
    return is_date_time(with_time);
}

static bool is_duration(const char *text) {
    int64_t ns = 0;

    return duration_parse(text_from(text), &ns);
}

static bool is_base64(const char *text) {
    struct buffer bytes = { 0 };
    bool is_sound = base64_decode(&bytes, text_from(text));

    buffer_clear(&bytes);
    return is_sound;
}

/* Labels of letters, digits and '-', at most 63 long, 255 together. */
static bool is_hostname(const char *text) {
    size_t label = 0;

    if (strlen(text) > 255 || !*text)
        return false;
    for (const char *c = text; *c; c++) {
        if (*c == '.') {
            if (label == 0 || c[-1] == '-')
                return false;
            label = 0;
            continue;
        }
        if (!(isalnum((unsigned char)*c) || (*c == '-' && label > 0)) || ++label > 63)
            return false;
    }
    return label > 0;
}

static bool is_uri(const char *text) {
    const char *colon = strchr(text, ':');

    if (text[0] == '/')
        return true;
    if (!colon || !isalpha((unsigned char)text[0]))
        return false;
    for (const char *c = text; c < colon; c++)
        if (!isalnum((unsigned char)*c) && !strchr("+-.", *c))
            return false;
    return !strpbrk(colon, " <>\"");
}

static bool is_email(const char *text) {
    const char *at = strrchr(text, '@');

    return at && at > text && is_hostname(at + 1) && !strpbrk(text, " \t");
}

bool schema_format_matches(const char *format, const char *text) {
    static const struct {
        const char *name;
        bool (*matches)(const char *text);
    } formats[] = {
        { "byte", is_base64 },
        { "cidr", is_cidr },
        { "date", is_date },
        { "date-time", is_date_time },
        { "datetime", is_date_time },
        { "duration", is_duration },
        { "email", is_email },
        { "hostname", is_hostname },
        { "ipv4", is_ipv4 },
        { "ipv6", is_ipv6 },
        { "mac", is_mac },
        { "uri", is_uri },
        { "uuid", is_uuid },
        { "uuid3", is_uuid },
        { "uuid4", is_uuid },
        { "uuid5", is_uuid },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (str_equal(formats[i].name, format))
            return formats[i].matches(text);
    return true;
}
