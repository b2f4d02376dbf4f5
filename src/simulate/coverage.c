#include "simulate/coverage.h"

#include "base/text.h"

#include <search.h>
#include <stdio.h>

struct seen {
    char *name; /* "kind<tab>what" */
    uint64_t times;
};

struct coverage {
    void *entries; /* tsearch() */
};

static int compare(const void *a, const void *b) {
    return strcmp(((const struct seen *)a)->name, ((const struct seen *)b)->name);
}

struct coverage *coverage_new(void) {
    return XNEW(struct coverage);
}

static void free_seen(void *node) {
    struct seen *entry = node;

    free(entry->name);
    free(entry);
}

void coverage_free(struct coverage *coverage) {
    if (!coverage)
        return;
    tdestroy(coverage->entries, free_seen);
    free(coverage);
}

static void note(struct coverage *coverage, const char *name, uint64_t times) {
    struct seen like = { .name = (char *)(uintptr_t)name };
    struct seen **found = tfind(&like, &coverage->entries, compare);

    if (!found) {
        struct seen *entry = XNEW(struct seen);
        entry->name = xstrdup(name);
        found = tsearch(entry, &coverage->entries, compare);
        ensure(found);
    }
    (*found)->times += times;
}

void coverage_note(struct coverage *coverage, const char *kind, const char *what) {
    CLEANUP_FREE char *name = xprintf("%s\t%s", kind, what);
    note(coverage, name, 1);
}

/* ---- walking ---- */

struct walk {
    const char *kind;
    size_t count;
    struct coverage *into;
    struct buffer *out;
};

static void count_entry(const void *node, VISIT visit, void *context) {
    const struct seen *entry = *(const struct seen *const *)node;
    struct walk *walk = context;

    if (visit == postorder || visit == leaf)
        walk->count += str_starts_with(entry->name, walk->kind) && entry->name[strlen(walk->kind)] == '\t';
}

static void add_entry(const void *node, VISIT visit, void *context) {
    const struct seen *entry = *(const struct seen *const *)node;
    struct walk *walk = context;

    if (visit == postorder || visit == leaf)
        note(walk->into, entry->name, entry->times);
}

static void write_entry(const void *node, VISIT visit, void *context) {
    const struct seen *entry = *(const struct seen *const *)node;
    struct walk *walk = context;

    if (visit == postorder || visit == leaf)
        buffer_printf(walk->out, "%s\t%llu\n", entry->name, (unsigned long long)entry->times);
}

size_t coverage_count(const struct coverage *coverage, const char *kind) {
    struct walk walk = { .kind = kind };

    twalk_r(coverage->entries, count_entry, &walk);
    return walk.count;
}

void coverage_add(struct coverage *coverage, const struct coverage *other) {
    struct walk walk = { .into = coverage };

    twalk_r(other->entries, add_entry, &walk);
}

void coverage_write(const struct coverage *coverage, struct buffer *out) {
    struct walk walk = { .out = out };

    twalk_r(coverage->entries, write_entry, &walk);
}

bool coverage_read(struct coverage *coverage, struct text text) {
    while (text.length) {
        struct text line = text_cut(&text, '\n');
        const char *tab = line.length ? memrchr(line.data, '\t', line.length) : NULL;
        int64_t times;
        if (!tab)
            return false;
        size_t length = (size_t)(tab - line.data);
        CLEANUP_FREE char *name = xstrndup(line.data, length);
        if (!parse_int64((struct text){ tab + 1, line.length - length - 1 }, &times) || times < 0)
            return false;
        note(coverage, name, (uint64_t)times);
    }
    return true;
}
