#include "cel/net.h"

#include "base/buffer.h"

#include <arpa/inet.h>

enum { IPV4_BYTES = 4, IPV6_BYTES = 16, IPV6_GROUPS = 8, IP_TEXT_MAX = 63 };

/* inet_pton() reads what netip reads, but for zones. */
bool cel_ip_parse(struct text text, struct cel_ip *out_ip) {
    static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
    char string[IP_TEXT_MAX + 1];
    struct cel_ip ip = { 0 };

    if (text.length == 0 || text.length > IP_TEXT_MAX || memchr(text.data, '\0', text.length))
        return false;
    memcpy(string, text.data, text.length);
    string[text.length] = '\0';
    bool is_ipv6 = memchr(text.data, ':', text.length);
    if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, string, ip.bytes) != 1)
        return false;
    ip.length = is_ipv6 ? IPV6_BYTES : IPV4_BYTES;
    if (is_ipv6 && memcmp(ip.bytes, mapped, sizeof(mapped)) == 0)
        return false;
    *out_ip = ip;
    return true;
}

bool cel_ip_equal(const struct cel_ip *a, const struct cel_ip *b) {
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static unsigned group_of(const struct cel_ip *ip, unsigned index) {
    return (unsigned)ip->bytes[2 * index] << 8 | ip->bytes[2 * index + 1];
}

/* The first of the longest runs of two groups or more that are 0. */
static unsigned longest_zeros(const struct cel_ip *ip, unsigned *out_start) {
    unsigned longest = 1;

    *out_start = IPV6_GROUPS;
    for (unsigned start = 0; start < IPV6_GROUPS; start++) {
        unsigned end = start;
        while (end < IPV6_GROUPS && group_of(ip, end) == 0)
            end++;
        if (end - start > longest) {
            longest = end - start;
            *out_start = start;
        }
    }
    return longest;
}

char *cel_ip_format(struct arena *arena, const struct cel_ip *ip) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    unsigned start, length;

    if (ip->length == IPV4_BYTES)
        return arena_printf(arena, "%u.%u.%u.%u", ip->bytes[0], ip->bytes[1], ip->bytes[2], ip->bytes[3]);
    length = longest_zeros(ip, &start);
    for (unsigned i = 0; i < IPV6_GROUPS; i++) {
        if (i == start) {
            buffer_add_string(&text, "::");
            i += length - 1;
            continue;
        }
        if (i > 0 && i != start + length)
            buffer_add_char(&text, ':');
        buffer_printf(&text, "%x", group_of(ip, i));
    }
    return arena_strdup(arena, buffer_string(&text));
}

bool cel_cidr_parse(struct text text, struct cel_cidr *out_cidr) {
    const char *slash = text.length ? memrchr(text.data, '/', text.length) : NULL;
    struct cel_cidr cidr = { 0 };
    uint64_t bits;

    if (!slash || !cel_ip_parse((struct text){ text.data, (size_t)(slash - text.data) }, &cidr.ip))
        return false;
    struct text number = { slash + 1, text.length - (size_t)(slash - text.data) - 1 };
    bool has_leading_zero = number.length > 1 && number.data[0] == '0';
    if (has_leading_zero || !parse_uint64(number, &bits) || bits > 8 * cidr.ip.length)
        return false;
    cidr.bits = (unsigned)bits;
    *out_cidr = cidr;
    return true;
}

bool cel_cidr_equal(const struct cel_cidr *a, const struct cel_cidr *b) {
    return a->bits == b->bits && cel_ip_equal(&a->ip, &b->ip);
}

char *cel_cidr_format(struct arena *arena, const struct cel_cidr *cidr) {
    return arena_printf(arena, "%s/%u", cel_ip_format(arena, &cidr->ip), cidr->bits);
}

struct cel_cidr cel_cidr_masked(const struct cel_cidr *cidr) {
    struct cel_cidr masked = *cidr;

    for (unsigned bit = cidr->bits; bit < 8 * cidr->ip.length; bit++)
        masked.ip.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
    return masked;
}

bool cel_cidr_contains(const struct cel_cidr *cidr, const struct cel_ip *ip) {
    struct cel_cidr network = cel_cidr_masked(cidr);
    struct cel_cidr other = cel_cidr_masked(&(struct cel_cidr){ *ip, cidr->bits });

    return ip->length == cidr->ip.length && cel_ip_equal(&network.ip, &other.ip);
}
