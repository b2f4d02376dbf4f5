/* Coverage: what runs have come across: a set of texts, each with how often. */
#pragma once

#include "base/buffer.h"
#include "base/memory.h"

struct coverage;

struct coverage *coverage_new(void);
void coverage_free(struct coverage *coverage);
DEFINE_CLEANUP(struct coverage, coverage_free);
/* kind: "state", "call" … */
void coverage_note(struct coverage *coverage, const char *kind, const char *what);
/* How many different ones of a kind. */
size_t coverage_count(const struct coverage *coverage, const char *kind);
/* Adds what another has come across. */
void coverage_add(struct coverage *coverage, const struct coverage *other);
/* All, by name, one a line: "KIND<tab>WHAT<tab>TIMES". */
void coverage_write(const struct coverage *coverage, struct buffer *out);
CHECKED bool coverage_read(struct coverage *coverage, struct text text);
