#include "test.h"

#include "base/quantity.h"

/* The canonical forms are those of k8s.io/apimachinery, after arithmetic (it prints an untouched quantity as
 * it was written). */
TEST("quantities mean and are printed as Kubernetes has it") {
    static const struct {
        const char *input, *canonical;
        int64_t milli, value;
    } rows[] = {
        { "0", "0", 0, 0 },
        { "1", "1", 1000, 1 },
        { "+1", "1", 1000, 1 },
        { "00012", "12", 12000, 12 },
        { "500m", "500m", 500, 1 },
        { "1500m", "1500m", 1500, 2 },
        { "2000m", "2", 2000, 2 },
        { "0.5", "500m", 500, 1 },
        { ".5", "500m", 500, 1 },
        { "5.", "5", 5000, 5 },
        { "1k", "1k", 1000000, 1000 },
        { "1000", "1k", 1000000, 1000 },
        { "1200", "1200", 1200000, 1200 },
        { "1000000k", "1G", INT64_C(1000000000000), 1000000000 },
        { "100M", "100M", INT64_C(100000000000), 100000000 },
        { "1P", "1P", INT64_C(1000000000000000000), INT64_C(1000000000000000) },
        { "1Ki", "1Ki", 1024000, 1024 },
        { "1024", "1024", 1024000, 1024 },
        { "1024Ki", "1Mi", 1048576000, 1048576 },
        { "2048Mi", "2Gi", INT64_C(2147483648000), INT64_C(2147483648) },
        { "1.5Gi", "1536Mi", INT64_C(1610612736000), 1610612736 },
        { "0.5Gi", "512Mi", INT64_C(536870912000), 536870912 },
        { "8Pi", "8Pi", INT64_C(9007199254740992000), INT64_C(9007199254740992) },
        { "1.5Ki", "1536", 1536000, 1536 },
        { "0.5Ki", "512", 512000, 512 },
        { "0.1Ki", "102400m", 102400, 103 },
        { "0.001Mi", "1048576m", 1048576, 1049 },
        { "3.0Ki", "3Ki", 3072000, 3072 },
        { "0Ki", "0", 0, 0 },
        { "12e6", "12e6", INT64_C(12000000000), 12000000 },
        { "1e3", "1e3", 1000000, 1000 },
        { "1E+3", "1e3", 1000000, 1000 },
        { "1e2", "100", 100000, 100 },
        { "12e-2", "120e-3", 120, 1 },
        { "1e0", "1", 1000, 1 },
        { "0e99", "0", 0, 0 },
        { "-500m", "-500m", -500, -1 },
        { "-1.5Gi", "-1536Mi", INT64_C(-1610612736000), -1610612736 },
        { "9223372036854775.807", "9223372036854775807m", INT64_MAX, INT64_C(9223372036854776) },
        /* Finer than a thousandth: away from zero. */
        { "1n", "1m", 1, 1 },
        { "-1n", "-1m", -1, -1 },
        { "100u", "1m", 1, 1 },
        { "1e-999999999999999999", "1e-3", 1, 1 },
        { "0.9995", "1", 1000, 1 },
        { "1234567.8901", "1234567891m", 1234567891, 1234568 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct quantity quantity;
        if (!quantity_parse(text_from(rows[i].input), &quantity))
            fail_msg("'%s' is refused", rows[i].input);
        char *canonical = quantity_format(arena, quantity);
        if (quantity.milli != rows[i].milli || quantity_value(quantity) != rows[i].value ||
            !str_equal(canonical, rows[i].canonical))
            fail_msg("'%s' is %lld milli, %lld, %s", rows[i].input, (long long)quantity.milli,
                     (long long)quantity_value(quantity), canonical);
    }
}

TEST("what is no quantity, or too large for one, is refused") {
    static const char *const rows[] = {
        "",
        " 1",
        "1 ",
        "1 Gi",
        "Gi",
        "1gi",
        "1KI",
        "1K",
        "1ki",
        "1Gib",
        "1.2.3",
        "--1",
        "+-1",
        "1e",
        "1e1.5",
        ".",
        "-",
        "e3",
        "0x10",
        "1,5",
        "1e--3",
        "1e+-3",
        "1e3m",
        "2e3Ki",
        "inf",
        "1m2",
        "1\xc2\xb5",
        "1 m",
        "9Pi",
        "1Ei",
        "1E",
        "1e999",
        "10000000000000000",
        "9223372036854775.8071",
        "99999999999999999999999999999999999999999999999999",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct quantity quantity;
        if (quantity_parse(text_from(rows[i]), &quantity))
            fail_msg("'%s' is %lld milli", rows[i], (long long)quantity.milli);
    }
}

TEST("a quantity may be a number in a manifest") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct quantity quantity;

    assert_true(quantity_from_json(json_new_integer(arena, 2), &quantity));
    assert_int_equal(quantity.milli, 2000);
    assert_true(quantity_from_json(json_new_number(arena, 0.1), &quantity));
    assert_int_equal(quantity.milli, 100);
    assert_true(quantity_from_json(json_new_string(arena, "10Gi"), &quantity));
    assert_int_equal(quantity_value(quantity), INT64_C(10) << 30);
    assert_false(quantity_from_json(json_new_bool(arena, true), &quantity));
    assert_false(quantity_from_json(json_new_integer(arena, INT64_MAX), &quantity));
    assert_false(quantity_from_json(NULL, &quantity));
}

TEST("quantities are compared by amount, however they were written") {
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        { "1024Mi", "1Gi", 0 }, { "1G", "1Gi", -1 }, { "1500m", "1.5", 0 },
        { "2", "1999m", 1 },    { "-1", "0", -1 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct quantity a, b;
        assert_true(quantity_parse(text_from(rows[i].a), &a));
        assert_true(quantity_parse(text_from(rows[i].b), &b));
        assert_int_equal(quantity_compare(a, b), rows[i].order);
        assert_int_equal(quantity_compare(b, a), -rows[i].order);
    }
}
