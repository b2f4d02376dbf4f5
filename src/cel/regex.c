#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "cel/regex.h"

#include "base/buffer.h"

struct cel_pattern {
    pcre2_code *code;
};

void cel_pattern_free(struct cel_pattern *pattern) {
    if (!pattern)
        return;
    pcre2_code_free(pattern->code);
    free(pattern);
}

/* Only a line feed ends a line, and in (?m) '^' holds behind the last one, too. */
static pcre2_code *compile(struct text pattern, struct error *err) {
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    unsigned char text[128] = "";
    PCRE2_SIZE offset = 0;
    int number = 0;

    ensure(context);
    ensure(pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0);
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, options, &number, &offset, context);
    pcre2_compile_context_free(context);
    if (!code) {
        pcre2_get_error_message(number, text, sizeof(text));
        (void)error_set(err, ERROR_INVALID, "Illegal regex: %s", (const char *)text);
    }
    return code;
}

bool cel_pattern_new(struct text source, struct cel_pattern **out_pattern, struct error *err) {
    CLEANUP_BUFFER struct buffer translated = { 0 };

    if (source.length > CEL_PATTERN_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "Illegal regex: longer than %d bytes", CEL_PATTERN_BYTES_MAX);
    buffer_reserve(&translated, 1);
    if (!cel_pattern_translate(source, &translated, err))
        return false;
    pcre2_code *code = compile(buffer_text(&translated), err);
    if (!code)
        return false;
    struct cel_pattern *pattern = XNEW(struct cel_pattern);
    pattern->code = code;
    *out_pattern = pattern;
    return true;
}

bool cel_pattern_find(struct cel_run *run, const struct cel_pattern *pattern, struct text subject,
                      size_t start, bool *out_found, size_t *out_begin, size_t *out_end) {
    if (!cel_spend(run, 1) || !cel_spend_bytes(run, subject.length - start))
        return false;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    ensure(data && context);
    pcre2_set_match_limit(context, CEL_PATTERN_STEPS_MAX);
    int result = pcre2_match(pattern->code, (PCRE2_SPTR)(subject.data ? subject.data : ""), subject.length,
                             start, PCRE2_NO_UTF_CHECK, data, context);
    *out_found = result >= 0;
    if (*out_found) {
        *out_begin = pcre2_get_ovector_pointer(data)[0];
        *out_end = pcre2_get_ovector_pointer(data)[1];
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
        return cel_fail(run, "the regular expression takes more than %d steps", CEL_PATTERN_STEPS_MAX);
    return true;
}
