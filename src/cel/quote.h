/* Text as Go's %q writes it. */
#pragma once

#include "base/buffer.h"

/* text is UTF-8. Characters that are not printable are escaped. */
void cel_quote_go(struct buffer *out, struct text text);
