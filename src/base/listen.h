/* Listening: a TCP socket on an address that a person has written. */
#pragma once

#include "base/error.h"

enum { LISTEN_BACKLOG = 128 };

/* address: "host:port", ":port" (all addresses, IPv4 too) or "[::1]:port"; port 0: any free one. The socket
 * is non-blocking, closes on exec, and is the caller's to close. *out_port is the one it listens on. */
CHECKED bool listen_on(const char *address, int *out_socket, uint16_t *out_port, struct error *err);
