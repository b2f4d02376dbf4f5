/* Names and texts inside Cypher statements, where no parameter is allowed. The one place that escapes.
 *
 * Source: Cypher manual, "Naming rules and recommendations", "Literals".
 */
#pragma once

#include "base/buffer.h"

/* `name`, with backticks doubled; always quoted, so that no list of reserved words is needed. */
void quote_name(struct buffer *out, const char *name);
/* 'text', with \ and ' and control characters escaped. */
void quote_string(struct buffer *out, const char *text);
