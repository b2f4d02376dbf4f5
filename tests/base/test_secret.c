#include "test.h"

#include "base/secret.h"

TEST("a secret is a copy that keeps its NULs and ends with one") {
    char source[] = "pass\0word";
    struct secret_text secret = secret_text_new(source, 9);

    memset(source, 'x', sizeof(source));
    assert_int_equal(secret.length, 9);
    assert_memory_equal(secret.bytes, "pass\0word", 10);
    secret_text_clear(&secret);
    assert_null(secret.bytes);
    assert_int_equal(secret.length, 0);
    secret_text_clear(&secret);
}

TEST("secrets are equal when all their bytes are") {
    struct secret_text none = { 0 }, empty = secret_text_new(NULL, 0), a = secret_text_new("abc", 3),
                       b = secret_text_new("abc", 3), c = secret_text_new("abd", 3),
                       d = secret_text_new("ab", 2);

    assert_true(secret_text_equal(&a, &b));
    assert_false(secret_text_equal(&a, &c));
    assert_false(secret_text_equal(&a, &d));
    assert_true(secret_text_equal(&none, &empty));
    secret_text_clear(&empty);
    secret_text_clear(&a);
    secret_text_clear(&b);
    secret_text_clear(&c);
    secret_text_clear(&d);
}
