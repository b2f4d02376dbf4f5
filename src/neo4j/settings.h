/* neo4j.conf: an ordered set of settings, merged from the operator's and the user's, and its text.
 *
 * A key comes once: Neo4j refuses to start when one comes twice, except server.jvm.additional, of which each
 * value is a line of its own. A setting that the operator manages stands against every later one; any other
 * is replaced by the later. What lost is remembered, so that the user can be told.
 * Sources: Operations Manual, "The neo4j.conf file" and "Configuration settings".
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "settings/setting.h"

enum setting_owner {
    SETTING_DEFAULT, /* the operator's suggestion */
    SETTING_USER,
    SETTING_MANAGED, /* the cluster works only with the operator's value */
};

struct settings_line {
    const char *key;
    const char *value;
    enum setting_owner owner;
};

/* A value that did not get in. */
struct settings_loss {
    const char *key;
    const char *value;      /* the user's */
    const char *kept_value; /* the operator's */
    const char *reason;     /* a sentence for people */
};

struct settings {
    struct arena *arena;
    struct settings_line *items;
    size_t count;
    size_t capacity;
    struct settings_loss *losses;
    size_t loss_count;
    size_t loss_capacity;
};

enum { SETTINGS_MAX = 4096 };

void settings_init(struct settings *settings, struct arena *arena);
/* Adds or replaces, by the rule above. Key and value are copied. A key or value that can't stand in a line of
 * neo4j.conf (newline, '=' in the key, empty key, a backslash that would join the next line) is a loss. */
void settings_set(struct settings *settings, enum setting_owner owner, const char *key, const char *value);
void settings_printf(struct settings *settings, enum setting_owner owner, const char *key, const char *format,
                     ...) PRINTF_LIKE(4, 5);
/* The value that counts, or NULL. Of server.jvm.additional the first. */
const char *settings_get(const struct settings *settings, const char *key);
/* key=value lines, sorted by key; several of server.jvm.additional in the order in which they came. */
void settings_write(const struct settings *settings, struct buffer *out);

struct settings_discovery {
    struct version version;
    const char *const *endpoints; /* "host:6000" of every initial server */
    size_t endpoint_count;
    /* 0: leave it out, as once the cluster has formed. */
    unsigned minimum_primaries;
};

/* How servers find each other: a list of endpoints, by the second generation of discovery, under the keys
 * that the version knows. */
void settings_set_discovery(struct settings *settings, const struct settings_discovery *discovery);
/* Why a user may not give this setting this value, as a sentence for people that does not hold the value, or
 * NULL: keys of discovery, which belong to the operator, names that Neo4j never had or that the version has
 * not, and values that a server refuses to start with. In arena. */
const char *settings_refusal(struct arena *arena, const struct version *version, const char *key,
                             const char *value);
/* What a user should be told about a setting that is written all the same: a name that the catalogue does not
 * know. In arena, or NULL. */
const char *settings_doubt(struct arena *arena, const struct version *version, const char *key);
