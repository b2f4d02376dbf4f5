#include "neo4j/quote.h"

void quote_name(struct buffer *out, const char *name) {
    buffer_add_char(out, '`');
    for (; *name; name++) {
        if (*name == '`')
            buffer_add_char(out, '`');
        /* A \u in a name would be read as an escape before the name is: the backslash is written as one. */
        if (*name == '\\')
            buffer_add_string(out, "\\u005C");
        else
            buffer_add_char(out, *name);
    }
    buffer_add_char(out, '`');
}

void quote_string(struct buffer *out, const char *text) {
    buffer_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buffer_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            buffer_printf(out, "\\u%04X", (unsigned char)*text);
        else
            buffer_add_char(out, *text);
    }
    buffer_add_char(out, '\'');
}
