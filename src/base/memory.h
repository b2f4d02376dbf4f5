/* Memory of the process: allocation that cannot fail, and clean-up at the end of a scope.
 *
 * Out of memory ends the process: Kubernetes restarts the operator in milliseconds, and no half-done state
 * is kept in memory. So nothing here returns NULL.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The caller must look at the result. One that is ignored on purpose is cast to (void) through a variable. */
#define CHECKED                      __attribute__((warn_unused_result))
#define PRINTF_LIKE(position, first) __attribute__((__format__(__printf__, position, first)))
#define NORETURN                     __attribute__((noreturn))

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Zeroed memory of count * size bytes; the caller frees it. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *memory, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *string) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *string, size_t length) __attribute__((malloc, returns_nonnull));
char *xprintf(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((malloc, returns_nonnull));
char *xvprintf(const char *format, va_list arguments) PRINTF_LIKE(1, 0)
    __attribute__((malloc, returns_nonnull));

#define XNEW(type) ((type *)xcalloc(1, sizeof(type)))

/* CLEANUP_FREE char *path = xstrdup(…);   is freed at the end of the scope.
 * CLEANUP(buffer_clear) struct buffer text = { 0 };   calls buffer_clear(&text).
 * CLEANUP_POINTER(kube_free) struct kube *kube = NULL;   calls kube_free(kube): needs DEFINE_CLEANUP. */
static inline void cleanup_free_pointer(void *pointer) {
    free(*(void **)pointer);
}
#define CLEANUP_FREE   __attribute__((cleanup(cleanup_free_pointer)))
#define CLEANUP(clear) __attribute__((cleanup(clear)))
#define DEFINE_CLEANUP(type, free_function)                                                                  \
    static inline void cleanup_##free_function(type **pointer) {                                             \
        free_function(*pointer);                                                                             \
    }                                                                                                        \
    struct cleanup_needs_a_semicolon
#define CLEANUP_POINTER(free_function) __attribute__((cleanup(cleanup_##free_function)))

/* Hands a pointer over: its value, and the variable is NULL afterwards, so that its clean-up does nothing. */
#define TAKE(pointer)                                                                                        \
    ({                                                                                                       \
        __typeof__(pointer) taken_ = (pointer);                                                              \
        (pointer) = NULL;                                                                                    \
        taken_;                                                                                              \
    })

/* For a program that rests most of the time. Before its first thread: all threads share one heap, so that
 * what one frees the next uses, instead of each keeping the most that it ever needed. */
void memory_share_heap(void);
/* Hands back to the system what is free, and those pages of the program that were needed last: what is needed
 * again comes back by itself, a page fault for each 64 KiB. */
void memory_give_back(void);

/* assert() that stays on in every build. It is for our own mistakes, never for bytes from outside. */
#define ensure(condition)                                                                                    \
    do {                                                                                                     \
        if (__builtin_expect(!(condition), 0))                                                               \
            ensure_failed(#condition, __FILE__, __LINE__, __func__);                                         \
    } while (0)
void ensure_failed(const char *condition, const char *file, int line, const char *function) NORETURN;
