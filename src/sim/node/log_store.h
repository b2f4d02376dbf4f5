/* Log store: what one run of a container printed; the newest NODE_LOG_BYTES_MAX bytes of it.
 *
 * Offsets count from the run's first byte, also after the oldest lines were dropped.
 */
#pragma once

#include "base/buffer.h"

struct log_store;

struct log_store *log_store_new(void);
void log_store_free(struct log_store *store);

/* A line without newline. */
void log_store_add(struct log_store *store, int64_t wall_ns, const char *line);
/* Nothing more will come. */
void log_store_end(struct log_store *store);
/* Appends what was added from *offset on, as "2026-01-31T12:00:00.000000000Z line\n", and moves *offset to
 * the end. */
void log_store_read(const struct log_store *store, uint64_t *offset, struct buffer *out, bool *out_ended);
