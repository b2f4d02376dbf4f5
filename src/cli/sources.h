/* Sources: the files that arguments of -f name: a file of any name, a folder's manifests, or "-".
 *
 * Of a folder *.yaml, *.yml and *.json are taken, in the order of their names, as kubectl does; with
 * is_recursive also those of folders below it. Symbolic links to files are followed, those to folders below
 * the named one are not: so no loop is walked. A file that is named twice is read once.
 */
#pragma once

#include "cli/report.h"

#include <bsd/sys/tree.h>
#include <sys/types.h>

/* How standard input is called in what is printed. */
#define SOURCES_STDIN "<stdin>"

enum { SOURCES_MAX = 100000, SOURCES_DEPTH_MAX = 64 };

struct source {
    STAILQ_ENTRY(source) entry;
    RB_ENTRY(source) by_inode;
    const char *path; /* SOURCES_STDIN: standard input */
    dev_t device;
    ino_t inode;
};

struct sources {
    struct report *report; /* takes what is not there or can't be looked into */
    bool is_recursive;
    STAILQ_HEAD(, source) list;
    RB_HEAD(source_inodes, source) inodes;
    size_t count;
};

/* report must outlive it; all memory is in the report's arena. */
void sources_init(struct sources *sources, struct report *report, bool is_recursive);
void sources_add(struct sources *sources, const char *argument);
