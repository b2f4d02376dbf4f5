#include "test.h"

#include "base/encoding.h"

TEST("base64 has the test vectors of RFC 4648") {
    static const struct {
        const char *plain, *encoded;
    } rows[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xef\xff", "++//" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer encoded = { 0 }, plain = { 0 };
        base64_encode(&encoded, rows[i].plain, strlen(rows[i].plain));
        assert_string_equal(buffer_string(&encoded), rows[i].encoded);
        assert_true(base64_decode(&plain, text_from(rows[i].encoded)));
        assert_string_equal(buffer_string(&plain), rows[i].plain);
    }
}

TEST("what is not base64 is refused and leaves nothing behind") {
    static const char *const rows[] = {
        "Z",        "Zg",        "Zg=",  "Zg===", "=",    "====", "Z===",       "Zm9v=",      "Zm9vZ",
        "Zg==Zg==", "Zm9v Zg==", "Zm9-", "Zm9_",  "Z=9v", "Zg=v", "\xc3\xa4Zm", "Zm9v\tZg==",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer plain = { 0 };
        buffer_add_string(&plain, "kept");
        if (base64_decode(&plain, text_from(rows[i])))
            fail_msg("%s", rows[i]);
        assert_string_equal(buffer_string(&plain), "kept");
    }
}

TEST("line breaks in base64 are skipped") {
    CLEANUP_BUFFER struct buffer plain = { 0 };

    assert_true(base64_decode(&plain, TEXT("Zm9v\r\nYg\n==\n")));
    assert_string_equal(buffer_string(&plain), "foob");
}

TEST("SHA-256 has the test vector of FIPS 180, cut to the digits wanted") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    assert_string_equal(sha256_hex(arena, "abc", 3, 64),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(sha256_hex(arena, "abc", 3, 7), "ba7816b");
    assert_string_equal(sha256_hex(arena, NULL, 0, 8), "e3b0c442");
}

TEST("the 64-bit hash is FNV-1a") {
    assert_true(hash64("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash64("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash64("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

TEST("random bytes fill all that was asked for, and differ") {
    unsigned char first[1000] = { 0 }, second[1000] = { 0 };
    size_t zeros = 0;

    random_bytes(first, sizeof(first));
    random_bytes(second, sizeof(second));
    assert_memory_not_equal(first, second, sizeof(first));
    for (size_t i = 0; i < sizeof(first); i++)
        zeros += first[i] == 0 && second[i] == 0;
    assert_true(zeros < 10);
}

TEST("UUIDs are of version 4, whatever they are made from") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    uint8_t bytes[16];

    memset(bytes, 0xff, sizeof(bytes));
    assert_string_equal(uuid_format(arena, bytes), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    memset(bytes, 0, sizeof(bytes));
    assert_string_equal(uuid_format(arena, bytes), "00000000-0000-4000-8000-000000000000");
    assert_int_equal(strlen(uuid_new(arena)), 36);
    assert_string_not_equal(uuid_new(arena), uuid_new(arena));
}
