/* Forms of strings: judged in C as by the pattern that the API server has. The first byte chooses the form.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "api/format.h"
#include "base/memory.h"

static const char *const patterns[] = { [API_FORMAT_ANY] = "",
#define X(form, pattern, words) [API_FORMAT_##form] = pattern,
                                        API_FORMATS(X)
#undef X
};

static bool pattern_holds(enum api_format format, struct text text) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *pattern = pcre2_compile((PCRE2_SPTR)patterns[format], PCRE2_ZERO_TERMINATED,
                                        PCRE2_DOLLAR_ENDONLY | PCRE2_UTF, &code, &offset, NULL);
    ensure(pattern);
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern, NULL);
    int found = pcre2_match(pattern, (PCRE2_SPTR)text.data, text.length, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(pattern);
    return found >= 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    enum api_format format = (enum api_format)(data[0] % ARRAY_LENGTH(patterns));
    struct text text = { (const char *)data + 1, size - 1 };

    if (text_is_utf8(text))
        ensure(format_holds(format, text) == pattern_holds(format, text));
    return 0;
}
