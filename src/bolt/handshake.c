#include "bolt/handshake.h"

static const uint8_t preamble[4] = { 0x60, 0x60, 0xB0, 0x17 };
static const uint8_t manifest_v1[4] = { 0x00, 0x00, 0x01, 0xFF };
enum { SLOTS = 4, SLOT_BYTES = 4 };

/* 5.5 was never released; no server chooses it, so that the range may span it. */
const struct bolt_version_range handshake_client_versions[] = {
    { 6, 1, 1 }, { 5, 8, 8 }, { 4, 4, 0 }, { 0 }
};
/* What can be offered without a manifest. */
static const struct bolt_version_range slot_versions[] = { { 5, 8, 8 }, { 4, 4, 0 }, { 0 } };

bool bolt_version_at_least(struct bolt_version version, uint8_t major, uint8_t minor) {
    return version.major > major || (version.major == major && version.minor >= minor);
}

static int lowest_minor(const struct bolt_version_range *range) {
    return range->minor > range->range ? range->minor - range->range : 0;
}

/* The highest version that is in both ranges. */
static bool overlap(const struct bolt_version_range *a, const struct bolt_version_range *b,
                    struct bolt_version *out_version) {
    uint8_t minor = a->minor < b->minor ? a->minor : b->minor;

    if (a->major != b->major || minor < lowest_minor(a) || minor < lowest_minor(b))
        return false;
    *out_version = (struct bolt_version){ .major = a->major, .minor = minor };
    return true;
}

/* The first of ours that overlaps with range. */
static bool choose(const struct bolt_version_range *ours, const struct bolt_version_range *range,
                   struct bolt_version *out_version) {
    for (; ours->major; ours++)
        if (overlap(ours, range, out_version))
            return true;
    return false;
}

static struct bolt_version_range read_range(const char *bytes) {
    return (struct bolt_version_range){ .range = (uint8_t)bytes[1],
                                        .minor = (uint8_t)bytes[2],
                                        .major = (uint8_t)bytes[3] };
}

static void write_range(struct buffer *out, const struct bolt_version_range *range) {
    const uint8_t bytes[SLOT_BYTES] = { 0, range->range, range->minor, range->major };

    buffer_add(out, bytes, sizeof(bytes));
}

static void write_version(struct buffer *out, struct bolt_version version) {
    write_range(out, &(struct bolt_version_range){ .major = version.major, .minor = version.minor });
}

static bool begins_with(struct text received, const void *bytes, size_t length) {
    return received.length >= length && memcmp(received.data, bytes, length) == 0;
}

/* "HTTP" of an answer, or the method of a request. */
static bool is_http(struct text received) {
    static const char *const words[] = { "HTTP", "GET ", "HEAD", "POST" };

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (begins_with(received, words[i], SLOT_BYTES))
            return true;
    return false;
}

/* ---- varint: 7 bits a byte, the lowest first; the high bit says that more follows ---- */

static void write_varint(struct buffer *out, uint64_t value) {
    for (; value > 0x7F; value >>= 7)
        buffer_add_char(out, (char)(0x80 | (value & 0x7F)));
    buffer_add_char(out, (char)value);
}

static enum handshake_result read_varint(struct text received, size_t *position, uint64_t *out_value) {
    uint64_t value = 0;

    for (unsigned i = 0; i < HANDSHAKE_VARINT_BYTES_MAX; i++) {
        if (*position + i >= received.length)
            return HANDSHAKE_NEED_MORE;
        uint8_t byte = (uint8_t)received.data[*position + i];
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (!(byte & 0x80)) {
            *position += i + 1;
            *out_value = value;
            return HANDSHAKE_AGREED;
        }
    }
    return HANDSHAKE_MALFORMED;
}

/* ---- client ---- */

void handshake_client_write(struct buffer *out) {
    buffer_add(out, preamble, sizeof(preamble));
    buffer_add(out, manifest_v1, sizeof(manifest_v1));
    write_range(out, &slot_versions[0]);
    write_range(out, &slot_versions[1]);
    write_range(out, &(struct bolt_version_range){ 0 });
}

/* The best of ours that the manifest lists. False: none. */
static bool choose_from_manifest(const char *entries, size_t count, struct bolt_version *out_version) {
    for (const struct bolt_version_range *ours = handshake_client_versions; ours->major; ours++) {
        bool has_any = false;
        for (size_t i = 0; i < count; i++) {
            struct bolt_version_range theirs = read_range(entries + i * SLOT_BYTES);
            struct bolt_version version;
            if (overlap(ours, &theirs, &version) && (!has_any || version.minor > out_version->minor)) {
                *out_version = version;
                has_any = true;
            }
        }
        if (has_any)
            return true;
    }
    return false;
}

static enum handshake_result read_manifest(struct text received, size_t *out_consumed, struct buffer *reply,
                                           struct bolt_version *out_version) {
    struct bolt_version version = { 0 };
    size_t position = sizeof(manifest_v1);
    uint64_t count;
    uint64_t capabilities;
    enum handshake_result result = read_varint(received, &position, &count);

    if (result != HANDSHAKE_AGREED)
        return result;
    if (count > HANDSHAKE_MANIFEST_ENTRIES_MAX)
        return HANDSHAKE_MALFORMED;
    const char *entries = received.data + position;
    position += count * SLOT_BYTES;
    if (position > received.length)
        return HANDSHAKE_NEED_MORE;
    result = read_varint(received, &position, &capabilities);
    if (result != HANDSHAKE_AGREED)
        return result;

    *out_consumed = position;
    if (!choose_from_manifest(entries, count, &version))
        return HANDSHAKE_NO_MATCH;
    write_version(reply, version);
    write_varint(reply, 0);
    *out_version = version;
    return HANDSHAKE_AGREED;
}

enum handshake_result handshake_client_read(struct text received, size_t *out_consumed, struct buffer *reply,
                                            struct bolt_version *out_version) {
    static const uint8_t none[SLOT_BYTES] = { 0 };

    if (received.length < SLOT_BYTES)
        return HANDSHAKE_NEED_MORE;
    if (is_http(received))
        return HANDSHAKE_HTTP;
    if (begins_with(received, manifest_v1, sizeof(manifest_v1)))
        return read_manifest(received, out_consumed, reply, out_version);
    struct bolt_version_range chosen = read_range(received.data);
    if (begins_with(received, none, sizeof(none))) {
        *out_consumed = SLOT_BYTES;
        return HANDSHAKE_NO_MATCH;
    }
    if (received.data[0] != 0 || chosen.range != 0 || !choose(slot_versions, &chosen, out_version))
        return HANDSHAKE_MALFORMED;
    *out_consumed = SLOT_BYTES;
    return HANDSHAKE_AGREED;
}

/* ---- server ---- */

static void write_manifest(struct buffer *out, const struct bolt_version_range *versions) {
    size_t count = 0;

    while (versions[count].major)
        count++;
    buffer_add(out, manifest_v1, sizeof(manifest_v1));
    write_varint(out, count);
    for (size_t i = 0; i < count; i++)
        write_range(out, &versions[i]);
    write_varint(out, 0);
}

static enum handshake_result read_request(struct handshake_server *server, struct text received,
                                          size_t *out_consumed, struct buffer *reply,
                                          struct bolt_version *out_version) {
    if (is_http(received))
        return HANDSHAKE_HTTP;
    if (received.length >= sizeof(preamble) && !begins_with(received, preamble, sizeof(preamble)))
        return HANDSHAKE_MALFORMED;
    if (received.length < HANDSHAKE_REQUEST_BYTES)
        return HANDSHAKE_NEED_MORE;

    *out_consumed = HANDSHAKE_REQUEST_BYTES;
    for (size_t i = 0; i < SLOTS; i++) {
        struct text slot = { received.data + sizeof(preamble) + i * SLOT_BYTES, SLOT_BYTES };
        struct bolt_version_range range = read_range(slot.data);
        if (server->has_manifest && begins_with(slot, manifest_v1, sizeof(manifest_v1))) {
            write_manifest(reply, server->versions);
            server->awaits_choice = true;
            return HANDSHAKE_CONTINUE;
        }
        if (choose(server->versions, &range, out_version)) {
            write_version(reply, *out_version);
            return HANDSHAKE_AGREED;
        }
    }
    write_range(reply, &(struct bolt_version_range){ 0 });
    return HANDSHAKE_NO_MATCH;
}

static enum handshake_result read_choice(struct handshake_server *server, struct text received,
                                         size_t *out_consumed, struct bolt_version *out_version) {
    size_t position = SLOT_BYTES;
    uint64_t capabilities;

    if (received.length < SLOT_BYTES)
        return HANDSHAKE_NEED_MORE;
    enum handshake_result result = read_varint(received, &position, &capabilities);
    if (result != HANDSHAKE_AGREED)
        return result;
    struct bolt_version_range chosen = read_range(received.data);
    if (received.data[0] != 0 || chosen.range != 0 || capabilities != 0 ||
        !choose(server->versions, &chosen, out_version))
        return HANDSHAKE_MALFORMED;
    *out_consumed = position;
    return HANDSHAKE_AGREED;
}

enum handshake_result handshake_server_read(struct handshake_server *server, struct text received,
                                            size_t *out_consumed, struct buffer *reply,
                                            struct bolt_version *out_version) {
    if (server->awaits_choice)
        return read_choice(server, received, out_consumed, out_version);
    return read_request(server, received, out_consumed, reply, out_version);
}
