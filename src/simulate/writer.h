/* Writer: a client that writes to the database all the time, and remembers what it was told is safe.
 *
 * It writes numbered entries to the default database of cluster graph, through the client that the operator
 * uses, over connections that do not fail by themselves. An entry is acknowledged, refused, or unknown.
 */
#pragma once

#include "neo4j/client.h"
#include "simulate/run.h"

struct writer *writer_new(struct run *run);
void writer_free(struct writer *writer);
uint64_t writer_acknowledged(const struct writer *writer);
/* Reads all entries; *out_missing is the first one that was acknowledged and is gone, 0: none. False when the
 * database does not answer, with err. */
CHECKED bool writer_check(struct writer *writer, uint64_t *out_missing, struct error *err);
/* The administrator's password, when it worked last time; "" when nobody knows. */
const char *writer_password(const struct writer *writer);
/* The one that worked last, or is tried next. "": none was ever known. */
const char *writer_likely_password(const struct writer *writer);
/* Tries, over new connections, as those that are open stay so whatever the password is by now. One try of one
 * password: false means that another call tries the next. */
CHECKED bool writer_find_password(struct writer *writer);
/* What it is from now on. */
void writer_set_password(struct writer *writer, const char *password);
/* What it may be from now on: nobody knows whether it was changed. */
void writer_suspect_password(struct writer *writer, const char *password);
/* Runs a statement as the administrator, as a user does. */
CHECKED bool writer_ask(struct writer *writer, struct arena *arena, const struct neo4j_statement *statement,
                        struct neo4j_result *out_result, struct error *err);
/* The same on system, for who does not care what it answers. */
CHECKED bool writer_administer(struct writer *writer, const char *statement,
                               const struct bolt_value *parameters, struct error *err);
