#include "test.h"

#include "base/buffer.h"
#include "cel/cel.h"
#include "cel/run.h"

/* *out_value stays NULL where the expression fails; the error's text is then in err. */
static struct json *evaluate(struct arena *arena, const char *expression, struct error *err) {
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;
    struct json *self = json_new_object(arena), *value = NULL;

    json_set_integer(arena, self, "count", 3);
    json_set_string(arena, self, "name", "db");
    struct cel_variable variables[] = { { .name = "self", .value = self } };
    if (!cel_compile(text_from(expression), &program, err) ||
        !cel_value(program, arena, variables, ARRAY_LENGTH(variables), &value, err))
        return NULL;
    return value;
}

TEST("errors say where, and what was expected or what failed") {
    static const struct {
        const char *expression, *text;
    } rows[] = {
        { "1 +", "column 4: a value is expected, but the expression ends" },
        { "(1", "column 3: ')' is expected, but the expression ends" },
        { "1 2", "column 3: an operator is expected, not '2'" },
        { "'é' +\n 'ü' 7", "line 2, column 6: an operator is expected, not '7'" },
        { "a.in", "column 3: the name of a field or function is expected, not 'in'" },
        { "package", "column 1: 'package' is a reserved word" },
        { "'abc", "column 1: the string has no end" },
        { "'\\q'", "column 1: the escape is not known" },
        { "99999999999999999999", "column 1: the number is out of range" },
        { "self.frobnicate(1)", "column 6: there is no function (value).frobnicate with 1 arguments" },
        { "size()", "column 1: there is no function size with 0 arguments" },
        { "has(self)", "column 1: has() takes a field: has(a.b)" },
        { "[1].all(1, true)", "column 9: a macro's variable is a name alone" },
        { "[1].all(x, x, true)", "column 5: a macro's two variables have the same name" },
        { "self.name.matches('[')", "column 19: Illegal regex: missing closing ]" },
        { "self.missing", "no such key: missing" },
        { "[1][2]", "index out of bounds: 2" },
        { "1 / 0", "division by zero" },
        { "1 % 0", "modulus by zero" },
        { "9223372036854775807 + self.count", "integer overflow" },
        { "0u - 1u", "unsigned integer overflow" },
        { "self.name + self.count", "no such overload: _+_(string, int)" },
        { "self.count.startsWith('a')", "no such overload: startsWith(int, string)" },
        { "self.count.all(x, true)", "got 'int', expected iterable type" },
        { "int(self.name)", "type conversion error from 'string' to 'int'" },
        { "optional.none().value()", "optional.none() dereference" },
        { "[].max()", "max called on empty list" },
        { "oldSelf.x == 1", "undeclared reference to 'oldSelf'" },
        { "true || nothing", "undeclared reference to 'nothing'" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct error err = { 0 };
        if (evaluate(arena, rows[i].expression, &err) || err.kind != ERROR_INVALID ||
            !str_equal(err.text, rows[i].text))
            fail_msg("%s: %s", rows[i].expression, err.text);
    }
}

TEST("a condition is a boolean, a message a string, and nothing else") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(cel_program_free) struct cel_program *condition = NULL, *message = NULL;
    const char *string = NULL;
    struct error err = { 0 };
    bool holds = false;

    assert_true(cel_compile(TEXT("1 < 2"), &condition, &err));
    assert_true(cel_compile(TEXT("'a' + 'b'"), &message, &err));
    assert_true(cel_holds(condition, arena, NULL, 0, &holds, &err) && holds);
    assert_true(cel_string(message, arena, NULL, 0, &string, &err));
    assert_string_equal(string, "ab");

    assert_false(cel_holds(message, arena, NULL, 0, &holds, &err));
    assert_string_equal(err.text, "cel expression must evaluate to a bool, not to string");
    assert_false(cel_string(condition, arena, NULL, 0, &string, &err));
    assert_string_equal(err.text, "the expression must evaluate to a string, not to bool");
}

TEST("a program knows the variables that it uses, but not those that its macros bind") {
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;
    struct error err = { 0 };

    assert_true(
        cel_compile(TEXT("self.list.all(oldSelf, oldSelf > 1) && type(other) == int"), &program, &err));
    assert_true(cel_mentions(program, "self"));
    assert_true(cel_mentions(program, "other"));
    assert_false(cel_mentions(program, "oldSelf"));
    assert_false(cel_mentions(program, "int"));
    assert_false(cel_mentions(program, "list"));
}

TEST("a program is evaluated again with other values") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;
    struct error err = { 0 };
    bool holds;

    assert_true(cel_compile(TEXT("self == 2 || oldSelf.orValue(0) == 2"), &program, &err));
    for (int64_t i = 0; i < 4; i++) {
        struct cel_variable variables[] = {
            { .name = "self", .value = json_new_integer(arena, i) },
            { .name = "oldSelf", .value = i ? json_new_integer(arena, i - 1) : NULL, .is_optional = true },
        };
        assert_true(cel_holds(program, arena, variables, ARRAY_LENGTH(variables), &holds, &err));
        assert_int_equal(holds, i == 2 || i == 3);
    }
}

static bool compiles(const struct buffer *source, const char **out_why, struct error *err) {
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;

    *out_why = err->text;
    return cel_compile(buffer_text(source), &program, err);
}

static void repeat(struct buffer *out, const char *text, int count) {
    for (int i = 0; i < count; i++)
        buffer_add_string(out, text);
}

TEST("nesting has a limit, and so have chains of operators and the length") {
    static const struct {
        const char *before, *middle, *after;
        int count;
        const char *why; /* NULL: it compiles */
    } rows[] = {
        { "(", "1", ")", CEL_NESTING_MAX - 1, NULL },
        { "(", "1", ")", CEL_NESTING_MAX, "more than 64 levels are nested" },
        { "[", "1", "]", CEL_NESTING_MAX, "more than 64 levels are nested" },
        { "[1].map(x, ", "1", ")", CEL_NESTING_MAX - 1, NULL },
        { "[1].map(x, ", "1", ")", CEL_NESTING_MAX, "more than 64 levels are nested" },
        { "true ? 1 : ", "1", "", CEL_NESTING_MAX, "more than 64 levels are nested" },
        { "1 + ", "1", "", 511, NULL },
        { "1 + ", "1", "", 512, "more than 512 operators follow one another" },
        { "", "a", ".a", 511, NULL },
        { "", "a", ".a", 512, "more than 512 operators follow one another" },
        { "true && ", "true", "", 5000, NULL },
        { "!", "true", "", 5000, NULL },
        { "-", "a", "", 5000, NULL },
        { " ", "1", "", CEL_SOURCE_BYTES_MAX - 1, NULL },
        { " ", "1", "", CEL_SOURCE_BYTES_MAX, "the expression is longer than 65536 bytes" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer source = { 0 };
        struct error err = { 0 };
        const char *why = NULL;
        repeat(&source, rows[i].before, rows[i].count);
        buffer_add_string(&source, rows[i].middle);
        repeat(&source, rows[i].after, rows[i].count);
        bool is_fine = compiles(&source, &why, &err);
        if (is_fine != !rows[i].why || (rows[i].why && !strstr(why, rows[i].why)))
            fail_msg("row %zu: %s", i, why);
    }
}

/* Each of these would take hours, or more memory than there is. */
TEST("an evaluation that takes too long ends with an error, which no operator overlooks") {
    static const char *const rows[] = {
        "lists.range(100000000000)",
        "lists.range(1000).map(x, lists.range(1000).map(y, x * y)).size() > 0",
        "lists.range(2000).all(x, lists.range(2000).all(y, true)) || true",
        "lists.range(1000).exists(x, lists.range(1000).all(y, true) && false) ? 1 : 2",
        "lists.range(3000).distinct().size()",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct error err = { 0 };
        if (evaluate(arena, rows[i], &err) || !strstr(err.text, "more than 1000000 steps"))
            fail_msg("%s: %s", rows[i], err.text);
    }
}

TEST("text that grows by doubling, and lists of lists that are all the same, use up the budget") {
    static const struct {
        const char *start, *step, *end;
    } rows[] = {
        { "['aaaaaaaaaaaaaaaa']", ".map(x, x + x)", "" },
        { "[[1]]", ".map(x, [x, x])", "" },
        { "[[1]]", ".map(x, [x, x])", ".map(x, x == x)" },
        { "[[1]]", ".map(x, x + x)", "" },
        { "[[1]]", ".map(x, [x, x])", ".map(x, '%s'.format([x]))" },
        { "[[1]]", ".map(x, [x, x])", ".flatten(100)" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer source = { 0 };
        struct error err = { 0 };
        buffer_add_string(&source, rows[i].start);
        repeat(&source, rows[i].step, 60);
        buffer_add_string(&source, rows[i].end);
        if (evaluate(arena, buffer_string(&source), &err) || !strstr(err.text, "more than 1000000 steps"))
            fail_msg("row %zu: %s", i, err.text);
        assert_true(arena_size(arena) < (size_t)256 * 1024 * 1024);
    }
}

TEST("a regular expression that goes back and forth ends with an error") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };

    assert_null(evaluate(arena, "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matches('^(a+)+$')", &err));
    assert_string_equal(err.text, "the regular expression takes more than 100000 steps");
}

TEST("what is no UTF-8 is refused, and NULs in strings are characters") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(cel_program_free) struct cel_program *program = NULL;
    struct error err = { 0 };

    assert_false(cel_compile(TEXT("'\xff'"), &program, &err));
    assert_string_equal(err.text, "the expression is not UTF-8");
    assert_int_equal(json_integer(evaluate(arena, "'a\\x00b'.size()", &err), 0), 3);
    assert_true(json_bool(evaluate(arena, "'a\\x00b'.split('\\x00') == ['a', 'b']", &err), false));
    assert_true(json_bool(evaluate(arena, "'a\\x00b'.matches('^a\\\\x00b$')", &err), false));
}
