#include "base/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Writes without allocating: it is called when there is no memory left. */
static void NORETURN out_of_memory(void) {
    static const char line[] = "{\"level\":\"error\",\"message\":\"out of memory\"}\n";
    ssize_t written = write(STDERR_FILENO, line, sizeof(line) - 1);

    (void)written;
    abort();
}

void *xcalloc(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

void *xmalloc(size_t size) {
    void *memory = malloc(size ? size : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

void *xrealloc(void *memory, size_t size) {
    void *moved = realloc(memory, size ? size : 1);

    if (!moved)
        out_of_memory();
    return moved;
}

char *xstrdup(const char *string) {
    return xstrndup(string, strlen(string));
}

char *xstrndup(const char *string, size_t length) {
    size_t copied = strnlen(string, length);
    char *copy = xmalloc(copied + 1);

    memcpy(copy, string, copied);
    copy[copied] = '\0';
    return copy;
}

char *xvprintf(const char *format, va_list arguments) {
    char *string = NULL;

    if (vasprintf(&string, format, arguments) < 0)
        out_of_memory();
    return string;
}

char *xprintf(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    char *string = xvprintf(format, arguments);
    va_end(arguments);
    return string;
}

/* One line of the log, made without anything that could fail again: quotes and backslashes, which would need
 * an escape, become apostrophes and slashes. */
void ensure_failed(const char *condition, const char *file, int line, const char *function) {
    char readable[256];
    size_t length = strnlen(condition, sizeof(readable) - 1);

    for (size_t i = 0; i < length; i++)
        readable[i] = (char)(condition[i] == '"' ? '\'' : condition[i] == '\\' ? '/' : condition[i]);
    readable[length] = '\0';
    fprintf(
        stderr,
        "{\"level\":\"error\",\"message\":\"assertion failed\",\"condition\":\"%s\",\"at\":\"%s:%d %s\"}\n",
        readable, file, line, function);
    abort();
}

void memory_share_heap(void) {
    (void)mallopt(M_ARENA_MAX, 1);
}

/* Code is read from the file and never written, so dropping a page of it loses nothing. */
static int drop_code(struct dl_phdr_info *info, size_t size, void *context) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    (void)size, (void)context;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_X | PF_W)) != PF_X)
            continue;
        uintptr_t begin = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (begin < end)
            (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void memory_give_back(void) {
    malloc_trim(0);
    dl_iterate_phdr(drop_code, NULL);
}
