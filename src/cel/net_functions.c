/* Source: k8s.io/apiserver, pkg/cel/library/ip.go and cidr.go; the kinds of addresses: Go's net/netip. */
#include "cel/function.h"
#include "cel/net.h"

static bool fail_ip(struct cel_run *run, struct text text) {
    return cel_fail(run, "IP Address \"%.*s\" parse error during conversion from string", TEXT_ARGS(text));
}

static bool fail_cidr(struct cel_run *run, struct text text) {
    return cel_fail(run, "network address parse error during conversion from string: \"%.*s\"",
                    TEXT_ARGS(text));
}

static bool make_ip(struct cel_run *run, struct cel_ip ip, struct cel_value *out) {
    struct cel_ip *copy = ARENA_NEW(run->arena, struct cel_ip);

    *copy = ip;
    *out = (struct cel_value){ .kind = CEL_IP, .ip = copy };
    return true;
}

static bool make_cidr(struct cel_run *run, struct cel_cidr cidr, struct cel_value *out) {
    struct cel_cidr *copy = ARENA_NEW(run->arena, struct cel_cidr);

    *copy = cidr;
    *out = (struct cel_value){ .kind = CEL_CIDR, .cidr = copy };
    return true;
}

static bool ip_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_ip ip;

    return cel_ip_parse(arguments[0].text, &ip) ? make_ip(run, ip, out) : fail_ip(run, arguments[0].text);
}

static bool is_ip(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_ip ip;

    *out = cel_from_bool(cel_ip_parse(arguments[0].text, &ip));
    return true;
}

static bool is_canonical(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_ip ip;

    if (!cel_ip_parse(arguments[0].text, &ip))
        return fail_ip(run, arguments[0].text);
    *out = cel_from_bool(text_is(arguments[0].text, cel_ip_format(run->arena, &ip)));
    return true;
}

static bool ip_string(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_string(cel_ip_format(run->arena, arguments[0].ip));
    return true;
}

static bool family(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(arguments[0].ip->length == 4 ? 4 : 6);
    return true;
}

/* The kinds of addresses are networks. */
static bool is_in(const struct cel_ip *ip, const char *ipv4, const char *ipv6) {
    const char *network = ip->length == 4 ? ipv4 : ipv6;
    struct cel_cidr cidr;

    ensure(cel_cidr_parse(text_from(network), &cidr));
    return cel_cidr_contains(&cidr, ip);
}

static bool is_unspecified(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(is_in(arguments[0].ip, "0.0.0.0/32", "::/128"));
    return true;
}

static bool is_loopback(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(is_in(arguments[0].ip, "127.0.0.0/8", "::1/128"));
    return true;
}

/* In IPv6 the four bits before the scope are flags, which may be anything. */
static bool is_link_local_multicast(struct cel_run *run, const struct cel_value *arguments,
                                    struct cel_value *out) {
    const struct cel_ip *ip = arguments[0].ip;

    *out = cel_from_bool(ip->length == 4 ? is_in(ip, "224.0.0.0/24", "")
                                         : ip->bytes[0] == 0xFF && (ip->bytes[1] & 0x0F) == 0x02);
    return true;
}

static bool is_link_local_unicast(struct cel_run *run, const struct cel_value *arguments,
                                  struct cel_value *out) {
    *out = cel_from_bool(is_in(arguments[0].ip, "169.254.0.0/16", "fe80::/10"));
    return true;
}

static bool is_global_unicast(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_ip *ip = arguments[0].ip;

    *out = cel_from_bool(!is_in(ip, "0.0.0.0/32", "::/128") && !is_in(ip, "127.0.0.0/8", "::1/128") &&
                         !is_in(ip, "224.0.0.0/4", "ff00::/8") && !is_in(ip, "169.254.0.0/16", "fe80::/10") &&
                         !(ip->length == 4 && is_in(ip, "255.255.255.255/32", "")));
    return true;
}

static bool cidr_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_cidr cidr;

    return cel_cidr_parse(arguments[0].text, &cidr) ? make_cidr(run, cidr, out)
                                                    : fail_cidr(run, arguments[0].text);
}

static bool is_cidr(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_cidr cidr;

    *out = cel_from_bool(cel_cidr_parse(arguments[0].text, &cidr));
    return true;
}

static bool cidr_string(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_string(cel_cidr_format(run->arena, arguments[0].cidr));
    return true;
}

static bool cidr_ip(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return make_ip(run, arguments[0].cidr->ip, out);
}

static bool prefix_length(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(arguments[0].cidr->bits);
    return true;
}

static bool masked(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return make_cidr(run, cel_cidr_masked(arguments[0].cidr), out);
}

static bool contains_ip(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_ip ip;

    if (arguments[1].kind == CEL_IP)
        ip = *arguments[1].ip;
    else if (!cel_ip_parse(arguments[1].text, &ip))
        return fail_ip(run, arguments[1].text);
    *out = cel_from_bool(cel_cidr_contains(arguments[0].cidr, &ip));
    return true;
}

static bool contains_cidr(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_cidr cidr;

    if (arguments[1].kind == CEL_CIDR)
        cidr = *arguments[1].cidr;
    else if (!cel_cidr_parse(arguments[1].text, &cidr))
        return fail_cidr(run, arguments[1].text);
    *out =
        cel_from_bool(arguments[0].cidr->bits <= cidr.bits && cel_cidr_contains(arguments[0].cidr, &cidr.ip));
    return true;
}

const struct cel_overload cel_net_functions[] = {
    { .name = "ip", .signature = "s", .call = ip_of },
    { .name = "isIP", .signature = "s", .call = is_ip },
    { .name = "ip.isCanonical", .signature = "s", .call = is_canonical },
    { .name = "string", .signature = "I", .call = ip_string },
    { .name = "family", .signature = "I", .is_member = true, .call = family },
    { .name = "isUnspecified", .signature = "I", .is_member = true, .call = is_unspecified },
    { .name = "isLoopback", .signature = "I", .is_member = true, .call = is_loopback },
    { .name = "isLinkLocalMulticast", .signature = "I", .is_member = true, .call = is_link_local_multicast },
    { .name = "isLinkLocalUnicast", .signature = "I", .is_member = true, .call = is_link_local_unicast },
    { .name = "isGlobalUnicast", .signature = "I", .is_member = true, .call = is_global_unicast },
    { .name = "cidr", .signature = "s", .call = cidr_of },
    { .name = "isCIDR", .signature = "s", .call = is_cidr },
    { .name = "string", .signature = "C", .call = cidr_string },
    { .name = "ip", .signature = "C", .is_member = true, .call = cidr_ip },
    { .name = "prefixLength", .signature = "C", .is_member = true, .call = prefix_length },
    { .name = "masked", .signature = "C", .is_member = true, .call = masked },
    { .name = "containsIP", .signature = "CI", .is_member = true, .call = contains_ip },
    { .name = "containsIP", .signature = "Cs", .is_member = true, .call = contains_ip },
    { .name = "containsCIDR", .signature = "CC", .is_member = true, .call = contains_cidr },
    { .name = "containsCIDR", .signature = "Cs", .is_member = true, .call = contains_cidr },
    { 0 },
};
