#include "test.h"

#include "base/json.h"

/* The value as it is printed, or the error's text. The input lies in memory of exactly its size, so that
 * AddressSanitizer sees a read behind its end. */
static char *round_trip(struct arena *arena, struct text input) {
    CLEANUP_FREE char *exact = xmalloc(input.length);
    struct json *value;
    struct error err = { 0 };

    memcpy(exact, input.data, input.length);
    if (json_parse(arena, (struct text){ exact, input.length }, NULL, &value, &err))
        return json_print(arena, value);
    assert_int_equal(err.kind, ERROR_INVALID);
    return arena_strdup(arena, err.text);
}

/* Each row was tried with k8s.io/apimachinery (sigs.k8s.io/json, encoding/json) as well. */
TEST("JSON that is read is written as the API server writes it") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        /* numbers */
        { "9007199254740993", "9007199254740993" },
        { "9223372036854775807", "9223372036854775807" },
        { "-9223372036854775808", "-9223372036854775808" },
        { "9223372036854775808", "9223372036854776000" },
        { "18446744073709551615", "18446744073709552000" },
        { "0.1", "0.1" },
        { "1.0", "1" },
        { "1e3", "1000" },
        { "-0", "0" },
        { "-0.0", "-0" },
        { "1e21", "1e+21" },
        { "1E+2", "100" },
        { "1e-7", "1e-7" },
        { "1e-400", "0" },
        /* of a key that comes twice the last value wins */
        { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
        { "{\"a\":1,\"a\":2,\"a\":{\"a\":3}}", "{\"a\":{\"a\":3}}" },
        /* malformed UTF-8 and surrogates without a partner: one U+FFFD a byte or escape */
        { "\"a\xff\xfeg\"", "\"a\xef\xbf\xbd\xef\xbf\xbdg\"" },
        { "\"\xed\xa0\x80\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "{\"\xc0\":1}", "{\"\xef\xbf\xbd\":1}" },
        { "\"\\ud800\"", "\"\xef\xbf\xbd\"" },
        { "\"\\ud800x\"", "\"\xef\xbf\xbdx\"" },
        { "\"\\ud800\\n\"", "\"\xef\xbf\xbd\\n\"" },
        { "\"\\ud800\\u0041\"", "\"\xef\xbf\xbd"
                                "A\"" },
        { "\"\\udc00\\ud800\"", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "\"\\ud83d\\uDE00\"", "\"\xf0\x9f\x98\x80\"" },
        /* escapes */
        { "\"\\u0000\"", "\"\\u0000\"" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
        { "\"\\u001f\\u007f\\u00e4\\u20ac\"", "\"\\u001f\x7f\xc3\xa4\xe2\x82\xac\"" },
        { "\"\\u2028\xe2\x80\xa9\xe2\x80\xaa\"", "\"\\u2028\\u2029\xe2\x80\xaa\"" },
        { "\"<>&\"", "\"<>&\"" },
        /* structure */
        { " [ 1 , {\"a\" : [ ] } , { } , true, false,null ]\r\n\t", "[1,{\"a\":[]},{},true,false,null]" },
        { "\"0123456789abcdef0123456789abcdef\xc3\xa4\"", "\"0123456789abcdef0123456789abcdef\xc3\xa4\"" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(round_trip(arena, text_from(rows[i].input)), rows[i].output);
    }
}

TEST("what is not JSON is refused, with its place and without its content") {
    static const struct {
        const char *input, *problem;
    } rows[] = {
        { "", "line 1, column 1: the text ends too early" },
        { "[", "line 1, column 2: the text ends too early" },
        { "{", "line 1, column 2: the text ends too early" },
        { "{\"a\":", "line 1, column 6: the text ends too early" },
        { "\"\\", "line 1, column 3: the text ends too early" },
        { "  ", "line 1, column 3: the text ends too early" },
        { "{\"a\":1", "line 1, column 7: the text ends too early" },
        { "[1,", "line 1, column 4: the text ends too early" },
        { "\"abc", "line 1, column 5: the text ends too early" },
        { "\"\\u12", "line 1, column 4: expected four hexadecimal digits after \\u" },
        { "[1]]", "line 1, column 4: nothing may follow the value" },
        { "1 2", "line 1, column 3: nothing may follow the value" },
        { "nulll", "line 1, column 5: nothing may follow the value" },
        { "nul", "line 1, column 1: expected a value" },
        { "True", "line 1, column 1: expected a value" },
        { "'a'", "line 1, column 1: expected a value" },
        { "NaN", "line 1, column 1: expected a value" },
        { "Infinity", "line 1, column 1: expected a value" },
        { "+1", "line 1, column 1: expected a value" },
        { ".5", "line 1, column 1: expected a value" },
        { "01", "line 1, column 2: nothing may follow the value" },
        { "-", "line 1, column 2: the text ends too early" },
        { "-x", "line 1, column 2: expected a value" },
        { "1.", "line 1, column 3: the text ends too early" },
        { "1.x", "line 1, column 3: expected a digit after the decimal point" },
        { "1e+x", "line 1, column 4: expected a digit in the exponent" },
        { "0x10", "line 1, column 2: nothing may follow the value" },
        { "1e400", "line 1, column 1: the number is too large" },
        { "[-1e400]", "line 1, column 2: the number is too large" },
        { "[1,]", "line 1, column 4: expected a value" },
        { "[1 2]", "line 1, column 4: expected ',' or ']'" },
        { "{\"a\":1,}", "line 1, column 8: expected a key in quotes" },
        { "{a:1}", "line 1, column 2: expected a key in quotes" },
        { "{\"a\" 1}", "line 1, column 6: expected ':' after a key" },
        { "{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}'" },
        { "[1}", "line 1, column 3: expected ',' or ']'" },
        { "\"a\nb\"", "line 1, column 3: control character in a string" },
        { "\"\x01\"", "line 1, column 2: control character in a string" },
        { "\"\\x\"", "line 1, column 3: unknown escape in a string" },
        { "\"\\'\"", "line 1, column 3: unknown escape in a string" },
        { "[1,\n\xc3\xa4]", "line 2, column 1: expected a value" },
        { "[\"\xc3\xa4\", x]", "line 1, column 7: expected a value" },
        { "// x\n1", "line 1, column 1: expected a value" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char *expected = arena_printf(arena, "JSON, %s", rows[i].problem);
        char *actual = round_trip(arena, text_from(rows[i].input));
        if (!str_equal(actual, expected))
            fail_msg("%s: %s", rows[i].input, actual);
    }
}

TEST("a NUL in the text is no end of it") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    assert_string_equal(round_trip(arena, TEXT("1\0")),
                        "JSON, line 1, column 2: nothing may follow the value");
    assert_string_equal(round_trip(arena, TEXT("\0")), "JSON, line 1, column 1: expected a value");
    assert_string_equal(round_trip(arena, TEXT("\"a\0\"")),
                        "JSON, line 1, column 3: control character in a string");
}

/* A text of `levels` opening brackets and as many closing ones. */
static struct text nested(struct arena *arena, size_t levels) {
    char *text = arena_alloc_bytes(arena, 2 * levels);

    memset(text, '[', levels);
    memset(text + levels, ']', levels);
    return (struct text){ text, 2 * levels };
}

TEST("values may be nested as deep as the limit, and no deeper") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text deepest = nested(arena, JSON_DEPTH_MAX);
    struct text opening = { nested(arena, 1000000).data, 1000000 };

    assert_string_equal(round_trip(arena, deepest), arena_strndup(arena, deepest.data, deepest.length));
    assert_string_equal(round_trip(arena, nested(arena, JSON_DEPTH_MAX + 1)),
                        "JSON, line 1, column 513: too many levels");
    assert_string_equal(round_trip(arena, opening), "JSON, line 1, column 513: too many levels");
}

TEST("a document larger than the limit is not read") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = NULL;
    struct error err = { 0 };

    assert_false(json_parse(arena, (struct text){ "1", (size_t)JSON_BYTES_MAX + 1 }, NULL, &value, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_null(value);
}

TEST("a reader may look for no error, and give no text") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = NULL;

    assert_false(json_parse(arena, (struct text){ NULL, 0 }, NULL, &value, NULL));
    assert_false(json_parse(arena, TEXT("[1"), NULL, &value, NULL));
    assert_null(value);
}

TEST("the first key that comes twice is named with its path, as the API server does") {
    static const struct {
        const char *input, *path;
    } rows[] = {
        { "{\"a\":1,\"b\":2}", NULL },
        { "{\"a\":1,\"a\":1}", "a" },
        { "{\"spec\":{\"replicas\":1,\"image\":2,\"replicas\":3}}", "spec.replicas" },
        { "{\"spec\":{\"containers\":[{},{\"name\":1,\"name\":2}]}}", "spec.containers[1].name" },
        { "[[1,{\"a\":1,\"a\":1}]]", "[0][1].a" },
        { "{\"b\":1,\"a\":1,\"a\":2,\"b\":2}", "a" },
        { "{\"x\":{\"a\":1,\"a\":2},\"y\":{\"b\":1,\"b\":2}}", "x.a" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *duplicate = "unset";
        struct json_parse_options options = { .out_duplicate = &duplicate };
        struct json *value;
        assert_true(json_parse(arena, text_from(rows[i].input), &options, &value, NULL));
        if (!str_equal(duplicate, rows[i].path))
            fail_msg("%s: %s", rows[i].input, duplicate ? duplicate : "(none)");
    }
}

TEST("in an object of any size the last value of a key wins, in the place of the first") {
    for (int64_t size = 2; size < 200; size += 9) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer text = { 0 };
        struct json *value;
        for (int64_t i = 0; i < 2 * size; i++) /* each key twice, the second time in the opposite order */
            buffer_printf(&text, "%s\"k%d\":%d", i ? "," : "{", (int)(i < size ? i : 2 * size - 1 - i),
                          (int)i);
        buffer_add_char(&text, '}');

        assert_true(json_parse(arena, buffer_text(&text), NULL, &value, NULL));
        assert_int_equal(json_length(value), size);
        for (int64_t i = 0; i < size; i++) {
            assert_string_equal(value->members[i].key, arena_printf(arena, "k%d", (int)i));
            assert_int_equal(json_integer(&value->members[i].value, -1), 2 * size - 1 - i);
        }
    }
}

TEST("managed fields are left out wherever an object's metadata is, and nothing else") {
    static const struct {
        const char *input, *output;
    } rows[] = {
        { "{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"f\":{\"\\\"}]\":{}}}],\"uid\":\"u\"}}",
          "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}}" },
        { "{\"object\":{\"metadata\":{\"managedFields\":[]}}}", "{\"object\":{\"metadata\":{}}}" },
        { "{\"items\":[{\"metadata\":{\"managedFields\":null,\"a\":1}}]}",
          "{\"items\":[{\"metadata\":{\"a\":1}}]}" },
        { "{\"managedFields\":[1]}", "{\"managedFields\":[1]}" },
        { "{\"spec\":{\"managedFields\":[1]}}", "{\"spec\":{\"managedFields\":[1]}}" },
        { "{\"metadata\":[{\"managedFields\":[1]}]}", "{\"metadata\":[{\"managedFields\":[1]}]}" },
        { "{\"metadata\":{\"managedFields\":[1}}", NULL },
        { "{\"metadata\":{\"managedFields\":[\"\\x\"]}}", NULL },
        { "{\"metadata\":{\"managedFields\":{\"a\" 1}}}", NULL },
        { "{\"metadata\":{\"managedFields\":[1e999]}}", NULL },
    };
    static const struct json_parse_options options = { .skip_managed_fields = true };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *value;
        bool is_read = json_parse(arena, text_from(rows[i].input), &options, &value, NULL);
        assert_int_equal(is_read, rows[i].output != NULL);
        if (is_read)
            assert_string_equal(json_print(arena, value), rows[i].output);
    }
}

/* AddressSanitizer's gaps between allocations count, too. */
#if defined(__SANITIZE_ADDRESS__)
enum { TIMES_TEXT_MAX = 12 };
#elif defined(__has_feature)
enum { TIMES_TEXT_MAX = __has_feature(address_sanitizer) ? 12 : 5 };
#else
enum { TIMES_TEXT_MAX = 5 };
#endif

TEST("a parsed value takes a few times the memory of its text") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *value;

    buffer_add_char(&text, '[');
    for (int i = 0; i < 2000; i++)
        buffer_printf(&text, "%s{\"name\":\"server-%d\",\"ready\":true,\"uid\":\"0f3d-%d\"}", i ? "," : "", i,
                      i);
    buffer_add_char(&text, ']');
    assert_true(json_parse(arena, buffer_text(&text), NULL, &value, NULL));
    assert_int_equal(json_length(value), 2000);
    assert_true(arena_size(arena) < TIMES_TEXT_MAX * text.length);
}
