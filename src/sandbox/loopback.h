/* Loopback blocks: addresses 127.A.0.0/15 that belong to one sandbox of this machine.
 *
 * Every address in 127.0.0.0/8 is local on Linux without any set-up. Two sandboxes must not give the same
 * address to their pods, so each takes a block and holds it by an open socket for its life.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

struct loopback_block {
    int held;             /* socket */
    const char *pods;     /* "127.64.0.0/16" */
    const char *services; /* "127.65.0.0/16" */
};

/* The first block that is free; strings in arena. Close with loopback_release(). */
CHECKED bool loopback_claim(struct arena *arena, struct loopback_block *out_block, struct error *err);
void loopback_release(struct loopback_block *block);
