#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

/* Under AddressSanitizer the free part of a block is poisoned and a gap is left behind each allocation, so
 * that an overrun is reported as it would be with malloc. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARDED 1
#endif
#endif

#ifdef ARENA_GUARDED
#include <sanitizer/asan_interface.h>
enum { GAP = 16, LEAST_ALIGNMENT = 8 };
#define HIDE(memory, size)   ASAN_POISON_MEMORY_REGION((memory), (size))
#define REVEAL(memory, size) ASAN_UNPOISON_MEMORY_REGION((memory), (size))
#else
enum { GAP = 0, LEAST_ALIGNMENT = 1 };
#define HIDE(memory, size)   ((void)0)
#define REVEAL(memory, size) ((void)0)
#endif

enum { ALIGNMENT = 16, FIRST_BLOCK_BYTES = 4096, BLOCK_BYTES_MAX = 1024 * 1024 };

struct block {
    struct block *next;
    size_t size;
    alignas(ALIGNMENT) char data[];
};

/* The arena is the head of its own first block. */
struct arena {
    struct block *blocks; /* all but the first, newest first */
    char *free;           /* what is left of the block in use */
    char *end;
    size_t size;
    size_t next_block_size;
    alignas(ALIGNMENT) char first[FIRST_BLOCK_BYTES];
};

static void use_first_block(struct arena *arena) {
    arena->free = arena->first;
    arena->end = arena->first + sizeof(arena->first);
    arena->size = sizeof(*arena);
    arena->next_block_size = (size_t)2 * FIRST_BLOCK_BYTES;
    HIDE(arena->first, sizeof(arena->first));
}

static void free_blocks(struct arena *arena) {
    for (struct block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        REVEAL(block->data, block->size);
        free(block);
    }
    arena->blocks = NULL;
}

struct arena *arena_new(void) {
    struct arena *arena = xmalloc(sizeof(*arena));

    arena->blocks = NULL;
    use_first_block(arena);
    return arena;
}

void arena_free(struct arena *arena) {
    if (!arena)
        return;
    free_blocks(arena);
    REVEAL(arena->first, sizeof(arena->first));
    free(arena);
}

void arena_reset(struct arena *arena) {
    free_blocks(arena);
    use_first_block(arena);
}

size_t arena_size(const struct arena *arena) {
    return arena->size;
}

static struct block *add_block(struct arena *arena, size_t size) {
    ensure(size <= SIZE_MAX - sizeof(struct block));
    struct block *block = xmalloc(sizeof(struct block) + size);

    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->size += sizeof(struct block) + size;
    HIDE(block->data, size);
    return block;
}

/* A large allocation gets a block of its own, so that the rest of the block in use is not lost. */
static char *take_from_new_block(struct arena *arena, size_t size) {
    ensure(size <= SIZE_MAX - GAP);
    if (size + GAP > arena->next_block_size / 4)
        return add_block(arena, size + GAP)->data;

    struct block *block = add_block(arena, arena->next_block_size);
    arena->free = block->data + size + GAP;
    arena->end = block->data + block->size;
    if (arena->next_block_size < BLOCK_BYTES_MAX)
        arena->next_block_size *= 2;
    return block->data;
}

static inline char *take(struct arena *arena, size_t size, size_t alignment) {
    size_t padding = -(uintptr_t)arena->free & (alignment - 1);
    size_t left = (size_t)(arena->end - arena->free);
    char *memory;

    if (__builtin_expect(left >= padding + GAP && size <= left - padding - GAP, 1)) {
        memory = arena->free + padding;
        arena->free = memory + size + GAP;
    } else {
        memory = take_from_new_block(arena, size);
    }
    REVEAL(memory, size);
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size) {
    return memset(take(arena, size, ALIGNMENT), 0, size);
}

void *arena_alloc_unset(struct arena *arena, size_t size) {
    return take(arena, size, ALIGNMENT);
}

char *arena_alloc_bytes(struct arena *arena, size_t size) {
    return take(arena, size, LEAST_ALIGNMENT);
}

char *arena_strdup(struct arena *arena, const char *string) {
    size_t size = strlen(string) + 1;

    return memcpy(arena_alloc_bytes(arena, size), string, size);
}

char *arena_strndup(struct arena *arena, const char *data, size_t length) {
    char *copy = arena_alloc_bytes(arena, length + 1);

    if (length)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    char *string = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return string;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) {
    char small[256];
    va_list again;

    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof(small), format, arguments);
    ensure(length >= 0);

    char *string = arena_alloc_bytes(arena, (size_t)length + 1);
    if ((size_t)length < sizeof(small))
        memcpy(string, small, (size_t)length + 1);
    else
        (void)vsnprintf(string, (size_t)length + 1, format, again);
    va_end(again);
    return string;
}
