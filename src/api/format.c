#include "api/format.h"

#include <ctype.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static const char *const words[] = { [API_FORMAT_ANY] = "any text",
#define X(form, pattern, words_) [API_FORMAT_##form] = words_,
                                     API_FORMATS(X)
#undef X
};

static const char *const patterns[] = { [API_FORMAT_ANY] = "",
#define X(form, pattern, words_) [API_FORMAT_##form] = pattern,
                                        API_FORMATS(X)
#undef X
};

enum { PATTERN_STEPS_MAX = 100000 }; /* PCRE2 match limit: what reaches it does not have the form */

/* Whether the text has the form by its pattern, where $ is the end of the text, as in Go. */
static bool matches_pattern(enum api_format format, struct text text) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *pattern = pcre2_compile((PCRE2_SPTR)patterns[format], PCRE2_ZERO_TERMINATED,
                                        PCRE2_DOLLAR_ENDONLY | PCRE2_UTF, &code, &offset, NULL);
    ensure(pattern);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(pattern, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    ensure(data && context);
    pcre2_set_match_limit(context, PATTERN_STEPS_MAX);
    int found = pcre2_match(pattern, (PCRE2_SPTR)text.data, text.length, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(pattern);
    return found >= 0;
}

/* ---- scanning: each cuts what it accepts off the front ---- */

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

static bool is_letter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static void advance(struct text *text, size_t count) {
    text->data += count;
    text->length -= count;
}

/* How many digits were cut off. */
static size_t cut_digits(struct text *text) {
    size_t count = 0;
    while (count < text->length && is_digit(text->data[count]))
        count++;
    advance(text, count);
    return count;
}

static bool cut_character(struct text *text, char character) {
    if (text->length == 0 || text->data[0] != character)
        return false;
    advance(text, 1);
    return true;
}

static bool cut_one_of(struct text *text, const char *const *candidates) {
    for (; *candidates; candidates++) {
        if (text_starts_with(*text, *candidates)) {
            advance(text, strlen(*candidates));
            return true;
        }
    }
    return false;
}

/* Exactly as many digits, then the separator unless it is NUL. */
static bool cut_number(struct text *text, size_t digits, char separator) {
    return text->length >= digits && cut_digits(&(struct text){ text->data, digits }) == digits &&
           (advance(text, digits), true) && (!separator || cut_character(text, separator));
}

/* digits, and when there is a point, digits after it */
static bool cut_decimal(struct text *text) {
    return cut_digits(text) > 0 && (!cut_character(text, '.') || cut_digits(text) > 0);
}

/* ---- the forms ---- */

static bool is_duration(struct text text) {
    static const char *const units[] = { "ns", "us", "µs", "ms", "s", "m", "h", "d", "w", NULL };

    if (text.length == 0)
        return false;
    while (text.length > 0) {
        if (!cut_decimal(&text) || !cut_one_of(&text, units))
            return false;
    }
    return true;
}

static bool is_quantity(struct text text) {
    static const char *const units[] = { "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "m",
                                         "k",  "M",  "G",  "T",  "P",  NULL };

    if (!cut_character(&text, '+'))
        (void)cut_character(&text, '-');
    size_t digits = cut_digits(&text);
    if (cut_character(&text, '.'))
        digits += cut_digits(&text);
    if (digits == 0)
        return false;
    if (cut_one_of(&text, units) || text.length == 0)
        return text.length == 0;
    /* E alone is a unit, before digits an exponent. */
    if (text_is(text, "E"))
        return true;
    if (!cut_character(&text, 'e') && !cut_character(&text, 'E'))
        return false;
    if (!cut_character(&text, '+'))
        (void)cut_character(&text, '-');
    return cut_digits(&text) > 0 && text.length == 0;
}

static bool is_time(struct text text) {
    if (!cut_number(&text, 4, '-') || !cut_number(&text, 2, '-') || !cut_number(&text, 2, 'T') ||
        !cut_number(&text, 2, ':') || !cut_number(&text, 2, ':') || !cut_number(&text, 2, '\0'))
        return false;
    if (cut_character(&text, '.') && cut_digits(&text) == 0)
        return false;
    if (cut_character(&text, 'Z'))
        return text.length == 0;
    return (cut_character(&text, '+') || cut_character(&text, '-')) && cut_number(&text, 2, ':') &&
           cut_number(&text, 2, '\0') && text.length == 0;
}

static bool is_lower_or_digit(char character) {
    return (character >= 'a' && character <= 'z') || is_digit(character);
}

static bool is_dns_name(struct text text) {
    if (text.length == 0 || text.length > 253 || !is_lower_or_digit(text.data[0]) ||
        !is_lower_or_digit(text.data[text.length - 1]))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_lower_or_digit(text.data[i]) && text.data[i] != '-' && text.data[i] != '.')
            return false;
    }
    return true;
}

static bool is_storage_size(struct text text) {
    static const char *const units[] = { "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k",
                                         "M",  "G",  "T",  "P",  "E",  NULL };

    if (cut_digits(&text) == 0)
        return false;
    return text.length == 0 || (cut_one_of(&text, units) && text.length == 0);
}

static bool is_http_url(struct text text) {
    static const char *const schemes[] = { "https://", "http://", NULL };

    return cut_one_of(&text, schemes) && text.length > 0 && text.data[0] != '/' &&
           !memchr(text.data, ' ', text.length);
}

static bool is_fraction(struct text text) {
    bool is_one = cut_character(&text, '1');
    if (!is_one && !cut_character(&text, '0'))
        return false;
    if (text.length == 0)
        return true;
    if (!cut_character(&text, '.') || text.length == 0)
        return false;
    if (is_one)
        while (cut_character(&text, '0'))
            ;
    else
        (void)cut_digits(&text);
    return text.length == 0;
}

static bool is_label_key(struct text text) {
    if (memchr(text.data, '/', text.length) && !is_dns_name(text_cut(&text, '/')))
        return false;
    if (text.length == 0 || text.length > 63)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char character = text.data[i];
        bool is_inner = i > 0 && i + 1 < text.length;
        if (!is_letter(character) && !is_digit(character) &&
            !(is_inner && (character == '-' || character == '_' || character == '.')))
            return false;
    }
    return true;
}

static bool is_ip(struct text text) {
    if (text.length < 2 || text.length > 45)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char character = text.data[i];
        if (!isxdigit((unsigned char)character) && character != ':' && character != '.')
            return false;
    }
    return true;
}

static bool is_cidr(struct text text) {
    if (!memchr(text.data, '/', text.length) || !is_ip(text_cut(&text, '/')))
        return false;
    size_t digits = cut_digits(&text);
    return digits >= 1 && digits <= 3 && text.length == 0;
}

static bool is_jvm_option(struct text text) {
    return cut_character(&text, '-') && text.length > 0 && !memchr(" \t\r\n", text.data[0], 4);
}

static bool is_oidc_name(struct text text) {
    if (text.length == 0 || !is_letter(text.data[0]))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_letter(text.data[i]) && !is_digit(text.data[i]) && text.data[i] != '-')
            return false;
    }
    return true;
}

static bool is_provider(struct text text) {
    static const char *const names[] = {
        "native", "ldap", "oidc", "jwt", "kerberos", "saml", "custom", NULL
    };
    static const char *const prefixes[] = { "oidc-", "plugin-", NULL };

    for (const char *const *name = names; *name; name++) {
        if (text_is(text, *name))
            return true;
    }
    return cut_one_of(&text, prefixes) && is_oidc_name(text);
}

static void cut_blanks(struct text *text) {
    while (cut_character(text, ' ') || cut_character(text, '\t'))
        ;
}

static bool is_config_line(struct text text) {
    if (memchr(text.data, '\n', text.length))
        return false;
    cut_blanks(&text);
    if (text.length == 0 || text.data[0] == '#')
        return true;
    if (!is_letter(text.data[0]))
        return false;
    while (text.length > 0 &&
           (is_letter(text.data[0]) || is_digit(text.data[0]) || memchr("_.-", text.data[0], 3)))
        advance(&text, 1);
    cut_blanks(&text);
    return cut_character(&text, '=');
}

bool format_holds(enum api_format format, struct text text) {
    /* So that memchr may be asked about nothing. */
    if (!text.data)
        text = TEXT("");
    switch (format) {
    case API_FORMAT_ANY:
        return true;
    case API_FORMAT_DURATION:
        return is_duration(text);
    case API_FORMAT_QUANTITY:
        return is_quantity(text);
    case API_FORMAT_TIME:
        return is_time(text);
    case API_FORMAT_DNS_NAME:
        return is_dns_name(text);
    case API_FORMAT_STORAGE_SIZE:
        return is_storage_size(text);
    case API_FORMAT_HTTP_URL:
        return is_http_url(text);
    case API_FORMAT_FRACTION:
        return is_fraction(text);
    case API_FORMAT_LABEL_KEY:
        return is_label_key(text);
    case API_FORMAT_IP:
        return is_ip(text);
    case API_FORMAT_CIDR:
        return is_cidr(text);
    case API_FORMAT_JVM_OPTION:
        return is_jvm_option(text);
    case API_FORMAT_PROVIDER:
        return is_provider(text);
    case API_FORMAT_OIDC_NAME:
        return is_oidc_name(text);
    case API_FORMAT_CONFIG_LINE:
        return is_config_line(text);
    case API_FORMAT_NEW_DATABASE_NAME:
    case API_FORMAT_SHARDED_DATABASE_NAME:
    case API_FORMAT_SEED_URI:
    case API_FORMAT_RESTORE_UNTIL:
    case API_FORMAT_CRON:
    case API_FORMAT_CHECKSUM:
    case API_FORMAT_PLUGIN_NAME:
    case API_FORMAT_VERSION_CONSTRAINT:
    case API_FORMAT_CYPHER:
    case API_FORMAT_PROCEDURE_PATTERN:
        return matches_pattern(format, text);
    }
    return false;
}

const char *format_words(enum api_format format) {
    return words[format];
}
