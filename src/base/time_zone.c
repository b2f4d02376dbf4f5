#include "base/time_zone.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/time.h"

#include <ctype.h>

#define FOLDER "/usr/share/zoneinfo/"
enum {
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    NAME_BYTES_MAX = 64,
    FILE_BYTES_MAX = 1024 * 1024,
    COUNT_MAX = 100000
};

struct time_zone {
    size_t count;           /* of transitions */
    const int64_t *seconds; /* when, ascending */
    const int32_t *offsets; /* what is in force from then on */
    int32_t first_offset;   /* before all */
};

/* ---- the file ---- */

static int64_t number_at(const char *data, size_t bytes) {
    uint64_t value = (unsigned char)data[0] & 0x80 ? UINT64_MAX : 0;

    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)data[i];
    return (int64_t)value;
}

struct block {
    size_t utc_flags, standard_flags, leaps, times, types, characters;
};

static bool read_header(struct text content, struct block *out_block) {
    if (content.length < HEADER_BYTES || memcmp(content.data, "TZif", 4) != 0 || content.data[4] < '2')
        return false;
    size_t *counts[] = { &out_block->utc_flags, &out_block->standard_flags, &out_block->leaps,
                         &out_block->times,     &out_block->types,          &out_block->characters };
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        int64_t count = number_at(content.data + 20 + 4 * i, 4);
        if (count < 0 || count > COUNT_MAX)
            return false;
        *counts[i] = (size_t)count;
    }
    return true;
}

static size_t block_bytes(const struct block *block, size_t time_bytes) {
    return block->times * (time_bytes + 1) + block->types * TYPE_BYTES + block->characters +
           block->leaps * (time_bytes + 4) + block->standard_flags + block->utc_flags;
}

static bool read_block(struct arena *arena, const char *data, const struct block *block,
                       struct time_zone *zone) {
    const char *indexes = data + block->times * 8, *types = indexes + block->times;
    int64_t *seconds = ARENA_ARRAY(arena, int64_t, block->times);
    int32_t *offsets = ARENA_ARRAY(arena, int32_t, block->times);

    for (size_t i = 0; i < block->times; i++) {
        size_t type = (unsigned char)indexes[i];
        if (type >= block->types)
            return false;
        seconds[i] = number_at(data + i * 8, 8);
        offsets[i] = (int32_t)number_at(types + type * TYPE_BYTES, 4);
    }
    *zone = (struct time_zone){ block->times, seconds, offsets, (int32_t)number_at(types, 4) };
    return true;
}

/* The first block is for readers of old, whose times have 32 bits. */
bool time_zone_parse(struct arena *arena, struct text content, const struct time_zone **out_zone,
                     struct error *err) {
    struct time_zone *zone = ARENA_NEW(arena, struct time_zone);
    struct block block = { 0 };

    if (read_header(content, &block)) {
        size_t skipped = HEADER_BYTES + block_bytes(&block, 4);
        struct text rest = { content.data + skipped, content.length - skipped };
        if (skipped <= content.length && read_header(rest, &block) && block.types &&
            rest.length - HEADER_BYTES >= block_bytes(&block, 8) &&
            read_block(arena, rest.data + HEADER_BYTES, &block, zone)) {
            *out_zone = zone;
            return true;
        }
    }
    return error_set(err, ERROR_INVALID, "not a file of a time zone");
}

static bool is_name(const char *name) {
    if (!isalpha((unsigned char)*name) || strlen(name) > NAME_BYTES_MAX || strstr(name, "//"))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("_+-/", *name))
            return false;
    return true;
}

bool time_zone_load(struct arena *arena, const char *name, const struct time_zone **out_zone,
                    struct error *err) {
    CLEANUP_BUFFER struct buffer content = { 0 };
    struct error failure = { 0 };

    if (is_name(name) &&
        file_read(arena_printf(arena, FOLDER "%s", name), FILE_BYTES_MAX, &content, &failure) &&
        time_zone_parse(arena, (struct text){ content.data, content.length }, out_zone, &failure))
        return true;
    return error_set(err, ERROR_INVALID, "unknown time zone %s", name);
}

/* ---- asking ---- */

int64_t time_zone_offset_seconds(const struct time_zone *zone, int64_t wall_ns) {
    int64_t now = wall_ns / NANOSECONDS_PER_SECOND;
    size_t low = 0, high = zone ? zone->count : 0;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (zone->seconds[middle] <= now)
            low = middle + 1;
        else
            high = middle;
    }
    return !zone ? 0 : low ? zone->offsets[low - 1] : zone->first_offset;
}

char *time_zone_format(struct arena *arena, const struct time_zone *zone, int64_t wall_ns) {
    int64_t offset = time_zone_offset_seconds(zone, wall_ns), minutes = offset / 60;
    char *text = time_format(arena, wall_ns + offset * NANOSECONDS_PER_SECOND);

    if (!offset)
        return text;
    text[strlen(text) - 1] = 0; /* the Z */
    return arena_printf(arena, "%s%c%02lld:%02lld", text, offset < 0 ? '-' : '+', llabs(minutes) / 60,
                        llabs(minutes) % 60);
}
