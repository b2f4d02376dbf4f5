/* Explain: the sentence of a rule. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

/* A line for each rule of this number: of that kind and those that kinds share, or of all (kind NULL). An
 * error names what there is. */
CHECKED bool explain_rule(struct buffer *out, const char *number, const char *kind, struct error *err);
