#include "test.h"

#include "cel/amount.h"

TEST("amounts are exact to a billionth, and printed in the canonical form") {
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        { "1", "1" },
        { "1500m", "1500m" },
        { "1n", "1n" },
        { "-1n", "-1n" },
        { "0.1n", "1n" },
        { "1.5Gi", "1536Mi" },
        { "1e3", "1e3" },
        { "Gi", "0" },
        { "-", "0" },
        { ".5", "500m" },
        { "1000", "1k" },
        { "9E", "9000000000000000000" },
        { "0.000000001", "1n" },
        { "123456789n", "123456789n" },
        /* What is written with Ki, Mi, … is cut down to 2^63 - 1. */
        { "100Ei", "9223372036854775807" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct cel_amount amount;
        if (!cel_amount_parse(text_from(rows[i].text), &amount) ||
            !str_equal(cel_amount_format(arena, &amount), rows[i].canonical))
            fail_msg("%s: %s", rows[i].text, cel_amount_format(arena, &amount));
    }
}

TEST("what is no amount is refused, and so is one out of range") {
    static const char *const rows[] = {
        "",     "x",   "1 ",    "1K",   "1ee3",  "1e",
        "1e40", "--1", "1.1.1", "0x10", "1e+-3", "999999999999E999999999999"
    };
    struct cel_amount amount, sum;

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (cel_amount_parse(text_from(rows[i]), &amount))
            fail_msg("%s", rows[i]);
    assert_true(cel_amount_parse(TEXT("8e28"), &amount));
    for (int i = 0; i < 8 && cel_amount_add(&amount, &amount, &sum); i++)
        amount = sum;
    assert_false(cel_amount_add(&amount, &amount, &sum));
}
