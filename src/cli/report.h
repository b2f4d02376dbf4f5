/* Report: what `validate` found, input by input, in the order in which it was given; and the forms in which
 * it is written.
 *
 * Everything is copied into the report's arena, which must outlive it.
 */
#pragma once

#include "base/yaml.h"
#include "schema/field_error.h"

#include <sys/queue.h>

/* Longer values are cut where people read them; programs get the whole. */
enum { REPORT_VALUE_BYTES_MAX = 256 };

struct remark {
    STAILQ_ENTRY(remark) entry;
    struct field_error error;
    struct yaml_mark at;
    bool warns; /* also among errors, when warnings count as such */
};

struct remarks {
    STAILQ_HEAD(, remark) list;
    size_t count;
    size_t dropped; /* found and not kept: FIELD_ERRORS_MAX */
};

/* One object that was judged. */
struct report_object {
    STAILQ_ENTRY(report_object) entry;
    const char *file;
    struct yaml_mark at;
    const char *kind;          /* as it is written; "" when it is not */
    const char *namespace;     /* NULL: not written */
    const char *name;          /* NULL: not written */
    const char *generate_name; /* NULL: not written */
    struct remarks errors;
    struct remarks warnings;
};

/* An input that could not be read. */
struct report_trouble {
    STAILQ_ENTRY(report_trouble) entry;
    const char *file;
    struct yaml_mark at; /* line 0: nowhere in it */
    const char *text;
};

struct report {
    struct arena *arena;
    STAILQ_HEAD(, report_object) objects;
    STAILQ_HEAD(, report_trouble) troubles;
    size_t judged;
    size_t invalid;
    size_t errors;
    size_t warnings;
    size_t others; /* objects of kinds that are not ours */
    size_t unreadable;
};

void report_init(struct report *report, struct arena *arena);
/* A new object, last in the order; file and the rest are copied. Remarks are added to it, then it is counted.
 */
struct report_object *report_add_object(struct report *report, const char *file, struct yaml_mark at,
                                        const struct json *object);
void report_add_remark(struct report *report, struct remarks *remarks, const struct field_error *error,
                       struct yaml_mark at, bool warns);
void report_count_object(struct report *report, const struct report_object *object);
void report_add_trouble(struct report *report, const char *file, struct yaml_mark at, const char *text);

/* 2 when something could not be read, else 1 when something is invalid, else 0. */
int report_exit_code(const struct report *report);
/* "Neo4jEnterpriseCluster/graph", in arena. */
const char *report_object_label(struct arena *arena, const struct report_object *object);
/* The text for people, without the field: with what is allowed in words instead of its pattern, and a long
 * value cut; of what warns only what is said, as the value is not invalid. In arena. */
const char *report_remark_text(struct arena *arena, const struct remark *remark);

/* ---- forms; is_quiet leaves the summary out where that is possible ---- */

/* A line for each finding, FILE:LINE:COLUMN first, and a summary. Control characters are escaped. */
void report_write_human(struct buffer *out, const struct report *report, bool is_quiet);
/* One JSON document: objects, unreadable, summary. Messages are the API server's own words. */
void report_write_json(struct buffer *out, const struct report *report, bool is_quiet);
/* SARIF 2.1.0, for what shows findings beside code. */
void report_write_sarif(struct buffer *out, const struct report *report, bool is_quiet);
