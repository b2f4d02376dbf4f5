#include "test.h"

#include "base/arena.h"

TEST("memory of an arena is zeroed and aligned, whatever was allocated before") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t size = 0; size < 3000; size += 7) {
        (void)arena_strdup(arena, "x");
        unsigned char *memory = arena_alloc(arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
}

TEST("memory of an arena that is used again is zeroed again") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (int round = 0; round < 3; round++) {
        unsigned char *memory = arena_alloc(arena, 1000);
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, 1000);
        arena_reset(arena);
    }
}

TEST("allocations do not overlap, small and large ones mixed") {
    enum { COUNT = 400 };
    CLEANUP_ARENA struct arena *arena = arena_new();
    unsigned char *memory[COUNT];
    size_t sizes[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i % 50 == 0 ? 300000 + i : i * 13 % 700;
        memory[i] = arena_alloc_unset(arena, sizes[i]);
        memset(memory[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            if (memory[i][at] != i % 251)
                fail_msg("allocation %zu was overwritten at %zu", i, at);
}

TEST("a reset arena gives back all but its first block") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t empty = arena_size(arena);

    (void)arena_alloc(arena, 1000000);
    assert_true(arena_size(arena) >= empty + 1000000);
    arena_reset(arena);
    assert_int_equal(arena_size(arena), empty);
}

TEST("an arena holds at most a few times what was asked of it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t asked = 0;

    for (size_t i = 0; i < 20000; i++) {
        size_t size = 16 + i % 100;
        (void)arena_alloc_unset(arena, size);
        asked += size;
    }
    assert_true(arena_size(arena) < 3 * asked);
}

TEST("text of any length is formatted whole") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    char long_text[1000];

    memset(long_text, 'a', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    for (size_t length = 250; length < 262; length++) {
        char *printed = arena_printf(arena, "%.*s!", (int)length, long_text);
        assert_int_equal(strlen(printed), length + 1);
        assert_int_equal(printed[length], '!');
    }
    assert_string_equal(arena_strndup(arena, "abc", 2), "ab");
    assert_string_equal(arena_strndup(arena, NULL, 0), "");
}
