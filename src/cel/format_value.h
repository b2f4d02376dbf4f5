/* Values as texts, for people: what %s of format() writes. */
#pragma once

#include "base/buffer.h"
#include "cel/run.h"

/* Fails for kinds that have no text: optionals, quantities, addresses, URLs, versions and formats. */
CHECKED bool cel_format_value(struct cel_run *run, struct buffer *out, struct cel_value value);
