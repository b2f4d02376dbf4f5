/* Arena: memory for the life of one reconcile, one request or one test, freed in one step.
 *
 * Nothing in an arena is freed singly. An arena belongs to one thread at a time. "In arena" in other headers
 * means: lives as long as that arena, must not be freed.
 */
#pragma once

#include "base/memory.h"

#include <stdarg.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
DEFINE_CLEANUP(struct arena, arena_free);
#define CLEANUP_ARENA CLEANUP_POINTER(arena_free)

/* Forgets everything in the arena but keeps its first block for what comes next. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned to 16 bytes. Never NULL, also for size 0. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* The same, not zeroed: for what the caller fills at once. */
void *arena_alloc_unset(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* Neither zeroed nor aligned: for text. */
char *arena_alloc_bytes(struct arena *arena, size_t size) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *string) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *data, size_t length) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0)
    __attribute__((returns_nonnull));

/* Bytes that the arena holds from the system. */
size_t arena_size(const struct arena *arena);

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))
