#include "test.h"

#include "base/error.h"
#include "base/text.h"

TEST("an error is set, and wrapped on its way up") {
    struct error err = { 0 };

    assert_false(error_set(&err, ERROR_NOT_FOUND, "Secret %s", "admin"));
    assert_false(error_wrap(&err, "cluster %s/%s", "default", "prod"));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "cluster default/prod: Secret admin");
}

TEST("setting an error forgets what an earlier one said about retries") {
    struct error err = { .retry_after_seconds = 7, .outcome_unknown = true };

    (void)error_set(&err, ERROR_INVALID, "wrong");
    assert_int_equal(err.retry_after_seconds, 0);
    assert_false(err.outcome_unknown);
}

TEST("wrapping keeps the kind and what it says about retries") {
    struct error err = { .kind = ERROR_TIMEOUT, .retry_after_seconds = 7, .outcome_unknown = true };

    (void)error_wrap(&err, "apply");
    assert_int_equal(err.kind, ERROR_TIMEOUT);
    assert_int_equal(err.retry_after_seconds, 7);
    assert_true(err.outcome_unknown);
}

TEST("nobody needs to want the error") {
    assert_false(error_set(NULL, ERROR_INVALID, "wrong"));
    assert_false(error_wrap(NULL, "further up"));
}

TEST("a text that is too long is cut between two characters") {
    static const char *const characters[] = { "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    char long_text[3 * ERROR_TEXT_BYTES_MAX];

    for (size_t i = 0; i < ARRAY_LENGTH(characters); i++)
        for (size_t shift = 0; shift < 5; shift++) {
            struct error err = { 0 };
            size_t length = strlen(characters[i]), at = 0;
            while (at < shift)
                long_text[at++] = '.';
            for (; at + length < sizeof(long_text); at += length)
                memcpy(long_text + at, characters[i], length);
            long_text[at] = '\0';

            (void)error_set(&err, ERROR_INVALID, "%s", long_text);
            assert_true(text_is_utf8(text_from(err.text)));
            assert_in_range(strlen(err.text), ERROR_TEXT_BYTES_MAX - 4, ERROR_TEXT_BYTES_MAX - 1);

            (void)error_wrap(&err, "%s", long_text);
            assert_true(text_is_utf8(text_from(err.text)));
            (void)error_wrap(&err, "short");
            assert_true(text_is_utf8(text_from(err.text)));
            assert_true(str_starts_with(err.text, "short: "));
        }
}

TEST("an error can be wrapped with a part of itself") {
    struct error err = { 0 };

    (void)error_set(&err, ERROR_REFUSED, "no");
    (void)error_wrap(&err, "asked twice (%s)", err.text);
    assert_string_equal(err.text, "asked twice (no): no");
}

TEST("every kind has a reason that the API server takes, and a way to retry") {
    static const struct {
        enum error_kind kind;
        const char *reason;
        enum retry retry;
    } rows[] = { { ERROR_NONE, "None", RETRY_NEVER },
#define X(kind_, reason_, retry_) { ERROR_##kind_, reason_, retry_ },
                 ERROR_KINDS(X)
#undef X
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *reason = error_reason(rows[i].kind);
        assert_string_equal(reason, rows[i].reason);
        assert_int_equal(error_retry(rows[i].kind), rows[i].retry);
        /* The pattern of a condition's reason begins with a letter and has no spaces. */
        assert_in_range(reason[0], 'A', 'Z');
        assert_int_equal(strspn(reason, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
                         strlen(reason));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(reason, error_reason(rows[j].kind));
    }
}
