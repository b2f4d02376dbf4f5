#include "test.h"

#include "base/text.h"

#include <math.h>

TEST("slices are compared by their bytes and length") {
    struct text none = { NULL, 0 };

    assert_true(text_equal(TEXT("ab"), TEXT("ab")));
    assert_false(text_equal(TEXT("ab"), TEXT("abc")));
    assert_true(text_equal(none, TEXT("")));
    assert_true(text_is(none, ""));
    assert_true(text_starts_with(TEXT("neo4j"), "neo"));
    assert_false(text_starts_with(TEXT("ne"), "neo"));
    assert_true(text_starts_with(none, ""));
    assert_true(text_ends_with(TEXT("server.tls"), ".tls"));
    assert_false(text_ends_with(TEXT("tls"), ".tls"));
    assert_true(str_equal(NULL, NULL));
    assert_false(str_equal(NULL, ""));
    assert_true(str_equal("a", "a"));
    assert_false(str_starts_with(NULL, "a"));
    assert_true(str_ends_with("a.b", ".b"));
    assert_true(str_empty(NULL));
    assert_true(str_empty(""));
    assert_false(str_empty(" "));
}

TEST("trimming takes white space off both ends only") {
    assert_true(text_is(text_trim(TEXT(" \t a b\r\n")), "a b"));
    assert_true(text_is(text_trim(TEXT(" \n ")), ""));
    assert_true(text_is(text_trim(TEXT("")), ""));
}

TEST("cutting at a separator gives every part, also empty ones, and then ends") {
    static const struct {
        const char *input;
        const char *parts[4];
    } rows[] = {
        { "a.b", { "a", "b" } },    { "a", { "a" } }, { "a..b", { "a", "", "b" } },
        { ".a.", { "", "a", "" } }, { "", { "" } },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct text rest = text_from(rows[i].input);
        size_t count = 0;
        for (; rest.data; count++) {
            struct text part = text_cut(&rest, '.');
            assert_non_null(rows[i].parts[count]);
            assert_true(text_is(part, rows[i].parts[count]));
        }
        assert_null(rows[i].parts[count]);
    }
}

TEST("whole numbers are parsed whole, up to their limits") {
    static const struct {
        const char *input;
        bool is_number;
        int64_t value;
    } rows[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "007", true, 7 },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "1x", false, 0 },
        { "0x1", false, 0 },
        { "--1", false, 0 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        int64_t value = 42;
        bool is_number = parse_int64(text_from(rows[i].input), &value);
        if (is_number != rows[i].is_number || value != (is_number ? rows[i].value : 42))
            fail_msg("'%s' gave %d, %lld", rows[i].input, is_number, (long long)value);
    }
}

TEST("unsigned numbers reach to 2^64 - 1 and have no sign") {
    uint64_t value;

    assert_true(parse_uint64(TEXT("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(parse_uint64(TEXT("18446744073709551616"), &value));
    assert_false(parse_uint64(TEXT("-1"), &value));
}

TEST("decimal numbers are parsed whole; infinity, hexadecimal and the like are refused") {
    static const struct {
        const char *input;
        bool is_number;
        double value;
    } rows[] = {
        { "0.5", true, 0.5 },  { "-2.25e2", true, -225 }, { "1E+2", true, 100 }, { ".5", true, 0.5 },
        { "5.", true, 5 },     { "1e-400", true, 0 },     { "1e309", false, 0 }, { "inf", false, 0 },
        { "nan", false, 0 },   { "0x10", false, 0 },      { " 1", false, 0 },    { "1 ", false, 0 },
        { "", false, 0 },      { ".", false, 0 },         { "1e", false, 0 },    { "1e+", false, 0 },
        { "1.2.3", false, 0 }, { "+1", false, 0 },        { "1e1.5", false, 0 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        double value = 42;
        bool is_number = parse_double(text_from(rows[i].input), &value);
        if (is_number != rows[i].is_number || value != (is_number ? rows[i].value : 42))
            fail_msg("'%s' gave %d, %g", rows[i].input, is_number, value);
    }
}

TEST("a decimal number may have any number of digits, and what follows the slice is not read") {
    char digits[500];
    double value;

    memset(digits, '1', sizeof(digits));
    digits[1] = '.';
    assert_true(parse_double((struct text){ digits, sizeof(digits) }, &value));
    assert_true(fabs(value - 1.1111111111) < 1e-9);
    assert_true(parse_double((struct text){ "12345", 2 }, &value));
    assert_true(value == 12);
}

TEST("UTF-8 is well-formed or not, by the table of the Unicode standard") {
    static const struct {
        const char *when, *bytes;
        bool is_valid;
    } rows[] = {
        { "ASCII", "abc", true },
        { "two bytes, least", "\xc2\x80", true },
        { "two bytes, most", "\xdf\xbf", true },
        { "three bytes, least", "\xe0\xa0\x80", true },
        { "before the surrogates", "\xed\x9f\xbf", true },
        { "after the surrogates", "\xee\x80\x80", true },
        { "three bytes, most", "\xef\xbf\xbf", true },
        { "four bytes, least", "\xf0\x90\x80\x80", true },
        { "four bytes, most", "\xf4\x8f\xbf\xbf", true },
        { "a continuation alone", "\x80", false },
        { "overlong, two bytes", "\xc1\xbf", false },
        { "overlong, three bytes", "\xe0\x9f\xbf", false },
        { "overlong, four bytes", "\xf0\x8f\xbf\xbf", false },
        { "a surrogate", "\xed\xa0\x80", false },
        { "beyond the last plane", "\xf4\x90\x80\x80", false },
        { "no such first byte", "\xf5\x80\x80\x80", false },
        { "ends after one of two", "\xc3", false },
        { "ends after two of three", "\xe2\x82", false },
        { "ends after three of four", "\xf0\x9f\x98", false },
        { "second byte wrong", "\xe2\x41\xac", false },
        { "third byte wrong", "\xe2\x82\x41", false },
        { "fourth byte wrong", "\xf0\x9f\x98\xc0", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (text_is_utf8(text_from(rows[i].bytes)) != rows[i].is_valid)
            fail_msg("%s", rows[i].when);
}

TEST("a cut of a text goes between characters, also where the bytes are malformed") {
    static const struct {
        const char *input;
        size_t limit, cut;
    } rows[] = {
        { "abc", 5, 3 },
        { "abc", 2, 2 },
        { "a\xc3\xa4", 2, 1 },
        { "a\xc3\xa4", 3, 3 },
        { "\xf0\x9f\x98\x80z", 3, 0 },
        { "\xf0\x9f\x98\x80z", 4, 4 },
        { "\x80\x80\x80\x80\x80\x80", 5, 5 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(utf8_cut(text_from(rows[i].input), rows[i].limit), rows[i].cut);
}
