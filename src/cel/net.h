/* IP addresses and networks, as Go's net/netip reads and writes them.
 *
 * No zones, and no IPv4 address dressed up as IPv6 (::ffff:1.2.3.4).
 * Source: k8s.io/apiserver, pkg/cel/library/ip.go and cidr.go.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

struct cel_ip {
    uint8_t bytes[16]; /* IPv4: the first four */
    unsigned length;   /* 4 or 16 */
};

struct cel_cidr {
    struct cel_ip ip; /* as it was written, not masked */
    unsigned bits;
};

CHECKED bool cel_ip_parse(struct text text, struct cel_ip *out_ip);
bool cel_ip_equal(const struct cel_ip *a, const struct cel_ip *b);
/* The canonical form. In arena. */
char *cel_ip_format(struct arena *arena, const struct cel_ip *ip);

CHECKED bool cel_cidr_parse(struct text text, struct cel_cidr *out_cidr);
bool cel_cidr_equal(const struct cel_cidr *a, const struct cel_cidr *b);
char *cel_cidr_format(struct arena *arena, const struct cel_cidr *cidr);
bool cel_cidr_contains(const struct cel_cidr *cidr, const struct cel_ip *ip);
/* The network alone: the bits behind the prefix are 0. */
struct cel_cidr cel_cidr_masked(const struct cel_cidr *cidr);
