#include "cli/sources.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#define NOWHERE ((struct yaml_mark){ 0 })

static int compare_inodes(const struct source *a, const struct source *b) {
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return a->inode == b->inode ? 0 : a->inode < b->inode ? -1 : 1;
}
RB_PROTOTYPE(source_inodes, source, by_inode, compare_inodes);
RB_GENERATE(source_inodes, source, by_inode, compare_inodes)

void sources_init(struct sources *sources, struct report *report, bool is_recursive) {
    *sources = (struct sources){ .report = report, .is_recursive = is_recursive };
    STAILQ_INIT(&sources->list);
    RB_INIT(&sources->inodes);
}

/* status is that of the file, all zero for standard input. */
static void add_file(struct sources *sources, const char *path, const struct stat *status) {
    struct source *source = ARENA_NEW(sources->report->arena, struct source);

    if (sources->count == SOURCES_MAX) {
        report_add_trouble(sources->report, path, NOWHERE,
                           arena_printf(sources->report->arena, "more than %d files", SOURCES_MAX));
        return;
    }
    source->path = arena_strdup(sources->report->arena, path);
    source->device = status->st_dev;
    source->inode = status->st_ino;
    if (RB_INSERT(source_inodes, &sources->inodes, source))
        return;
    STAILQ_INSERT_TAIL(&sources->list, source, entry);
    sources->count++;
}

/* ---- folders ---- */

static bool is_manifest(const char *name) {
    return str_ends_with(name, ".yaml") || str_ends_with(name, ".yml") || str_ends_with(name, ".json");
}

static int is_real_entry(const struct dirent *entry) {
    return !str_equal(entry->d_name, ".") && !str_equal(entry->d_name, "..");
}

/* By bytes, whatever the language of the user. */
static int compare_entries(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_folder(struct sources *sources, const char *folder, int depth);

/* Pipes and devices are read only when they are named themselves: a folder that holds one would block. */
static void add_entry(struct sources *sources, const char *path, const char *name, int depth) {
    struct stat status;

    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        if (sources->is_recursive)
            add_folder(sources, path, depth + 1);
        return;
    }
    if (!is_manifest(name))
        return;
    if (stat(path, &status) != 0)
        report_add_trouble(sources->report, path, NOWHERE, strerrordesc_np(errno));
    else if (S_ISREG(status.st_mode))
        add_file(sources, path, &status);
    else if (!S_ISDIR(status.st_mode))
        report_add_trouble(sources->report, path, NOWHERE,
                           "is no file; name it with -f, if it should be read");
}

static void add_folder(struct sources *sources, const char *folder, int depth) {
    struct dirent **entries;
    const char *slash = str_ends_with(folder, "/") ? "" : "/";

    if (depth > SOURCES_DEPTH_MAX) {
        report_add_trouble(sources->report, folder, NOWHERE, "folders are nested too deep");
        return;
    }
    int count = scandir(folder, &entries, is_real_entry, compare_entries);
    if (count < 0) {
        report_add_trouble(sources->report, folder, NOWHERE, strerrordesc_np(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        CLEANUP_FREE char *path = xprintf("%s%s%s", folder, slash, entries[i]->d_name);
        add_entry(sources, path, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
}

static void add_named_folder(struct sources *sources, const char *folder) {
    size_t count = sources->count, unreadable = sources->report->unreadable;

    add_folder(sources, folder, 0);
    if (sources->count == count && sources->report->unreadable == unreadable)
        report_add_trouble(sources->report, folder, NOWHERE,
                           sources->is_recursive
                               ? "there is no *.yaml, *.yml or *.json that was not named before, "
                                 "in the folder and those below it"
                               : "there is no *.yaml, *.yml or *.json that was not named before "
                                 "in the folder; -R looks below it, too");
}

/* ---- arguments ---- */

void sources_add(struct sources *sources, const char *argument) {
    struct stat status = { 0 };

    if (str_equal(argument, "-"))
        add_file(sources, SOURCES_STDIN, &status);
    else if (stat(argument, &status) != 0)
        report_add_trouble(sources->report, argument, NOWHERE, strerrordesc_np(errno));
    else if (S_ISDIR(status.st_mode))
        add_named_folder(sources, argument);
    else
        add_file(sources, argument, &status);
}
