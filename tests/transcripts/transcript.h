/* Transcripts: what is said to Neo4j and what it answers, as YAML. One notation (README.md), one reader, one
 * comparer and one runner; a program for the simulated servers and one for real ones.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

/* The cases of a file: array of objects as README.md tells, in arena. ERROR_INVALID names the case, the step
 * and the key when one is unknown, is of a wrong type or is missing. */
CHECKED bool transcript_read(struct arena *arena, const char *path, struct json **out_cases,
                             struct error *err);
/* Whether the list of versions of a case or of a step has one; without a list all are meant. */
bool transcript_is_for(const struct json *case_or_step, const char *version);

struct transcript_answer {
    struct json *columns; /* strings */
    struct json *rows;    /* arrays */
    struct json *summary; /* map, as the server sent it */
    const char *code;     /* of the refusal, or NULL */
    const char *gql_status;
    const char *message;
    const char *trouble; /* why there is no answer at all, or NULL */
};

/* Whether the answer is what the step says. What differs is added to why, a line each. */
bool transcript_compare(const struct json *step, const struct transcript_answer *answer, struct buffer *why);

/* Where statements go. */
struct transcript_port {
    const char *const *versions; /* those that are here, ends with NULL */
    const char *password;        /* of the user neo4j */
    bool is_community;           /* only cases that hold on a real Community server */
    bool is_real; /* time passes by itself: a step that has to wait is repeated until it holds */
    /* Before each case. is_fresh: nothing of earlier cases may be left. */
    bool (*begin)(struct transcript_port *port, const char *version, const struct json *the_case,
                  bool is_fresh, struct error *err);
    void (*pass)(struct transcript_port *port, int64_t ms);
    struct transcript_answer (*ask)(struct transcript_port *port, struct arena *arena,
                                    const struct json *step);
    /* Ends or starts the process of a server; NULL where that can't be. */
    void (*set_running)(struct transcript_port *port, unsigned server, bool is_running);
};

/* Runs files of transcripts, or all of a folder; each case with each of its versions is a line of TAP. When
 * only is not NULL, it runs the cases whose sentence has it as a part. What the program's main() returns. */
int transcripts_run(struct transcript_port *port, const char *path, const char *only);
