/* Files, whole. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

/* Appends the file's bytes. An error names the path and the system's reason; more than bytes_max is an error.
 */
CHECKED bool file_read(const char *path, size_t bytes_max, struct buffer *out, struct error *err);
/* The same of what is open already, from where it is to its end: standard input. path is for errors. */
CHECKED bool file_read_descriptor(int descriptor, const char *path, size_t bytes_max, struct buffer *out,
                                  struct error *err);
/* Replaces the file at once (written beside it, then renamed). mode as in chmod. */
CHECKED bool file_write(const char *path, struct text content, unsigned mode, struct error *err);
