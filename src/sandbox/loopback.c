#include "sandbox/loopback.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* Second octets 64, 66 … 252; far from 127.0.0.1 and from what distributions use (127.0.1.1, 127.0.0.53). */
enum { FIRST_OCTET = 64, LAST_OCTET = 252, HOLD_PORT = 7680 };

static int hold(unsigned octet) {
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(HOLD_PORT),
                                   .sin_addr.s_addr = htonl(127u << 24 | octet << 16 | 1) };
    int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (held >= 0 && bind(held, (struct sockaddr *)&address, sizeof(address)) == 0)
        return held;
    if (held >= 0)
        close(held);
    return -1;
}

bool loopback_claim(struct arena *arena, struct loopback_block *out_block, struct error *err) {
    for (unsigned octet = FIRST_OCTET; octet <= LAST_OCTET; octet += 2) {
        int held = hold(octet);
        if (held < 0)
            continue;
        *out_block = (struct loopback_block){ .held = held,
                                              .pods = arena_printf(arena, "127.%u.0.0/16", octet),
                                              .services = arena_printf(arena, "127.%u.0.0/16", octet + 1) };
        return true;
    }
    return error_set(err, ERROR_UNAVAILABLE,
                     "no block of loopback addresses is free (tried port %d of 127.%d.0.1 to 127.%d.0.1)",
                     HOLD_PORT, FIRST_OCTET, LAST_OCTET);
}

void loopback_release(struct loopback_block *block) {
    if (block->held >= 0)
        close(block->held);
    block->held = -1;
}
