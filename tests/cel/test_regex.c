#include "test.h"

#include "cel/regex.h"

#include "base/buffer.h"

TEST("patterns are put into PCRE2's words, where those differ") {
    static const struct {
        const char *pattern, *translated;
    } rows[] = {
        { "^a.b$", "(?:^)a.b(?:$)" },
        { "\\b?$*", "(?:\\b)?(?:$)*" },
        { "\\s\\S", "[\\t\\n\\f\\r\\x20][^\\t\\n\\f\\r\\x20]" },
        { "[\\s\\S]", "[\\t\\n\\f\\r\\x20\\S\\x0b]" },
        { "\\v\\a", "\\x0b\\x07" },
        { "\\012\\0", "\\x{a}\\x{0}" },
        { "(?P<name>a)(?<n2>b)", "(a)(b)" },
        { "(?i:a)(?s-m)", "(?i:a)(?s-m)" },
        { "\\Qa.b\\E*", "a\\.b*" },
        { "a{2}b{,3}c{x", "a{2}b\\{,3}c\\{x" },
        { "[[.a]", "[\\[.a]" },
        { "[]a]", "[\\]a]" },
        { "[[:alpha:]_]", "[[:alpha:]_]" },
        { "\\_\\-", "_\\-" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer translated = { 0 };
        struct error err = { 0 };
        if (!cel_pattern_translate(text_from(rows[i].pattern), &translated, &err) ||
            !str_equal(buffer_string(&translated), rows[i].translated))
            fail_msg("%s: %s %s", rows[i].pattern, buffer_string(&translated), err.text);
    }
}

TEST("what RE2 does not know is refused, and so are patterns that are too long") {
    static const char *const rows[] = {
        "(?=a)", "(?!a)", "(?<=a)",     "(?<!a)", "(?>a)", "(?|a)",  "(?#a)", "(?R)",       "(*FAIL)",
        "a++",   "a**",   "a{2}{3}",    "a??+",   "*",     "|*",     "(+a)",  "(a)\\1",     "\\k<a>",
        "\\h",   "\\Z",   "\\K",        "\\x6",   "\\x{}", "\\x{g}", "\\",    "a{1001}",    "a{3,2}",
        "[a",    "[a\\",  "(?P<n-x>a)", "\\p",    "\\p{L", "(?x)a",  "(?",    "[[:nope:]]", "(",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cel_pattern_free) struct cel_pattern *pattern = NULL;
        struct error err = { 0 };
        if (cel_pattern_new(text_from(rows[i]), &pattern, &err) || err.kind != ERROR_INVALID)
            fail_msg("%s", rows[i]);
    }
    CLEANUP_FREE char *longest = xmalloc(CEL_PATTERN_BYTES_MAX + 1);
    CLEANUP_POINTER(cel_pattern_free) struct cel_pattern *pattern = NULL;
    struct error err = { 0 };
    memset(longest, 'a', CEL_PATTERN_BYTES_MAX + 1);
    assert_true(cel_pattern_new((struct text){ longest, CEL_PATTERN_BYTES_MAX }, &pattern, &err));
    cel_pattern_free(TAKE(pattern));
    assert_false(cel_pattern_new((struct text){ longest, CEL_PATTERN_BYTES_MAX + 1 }, &pattern, &err));
}
