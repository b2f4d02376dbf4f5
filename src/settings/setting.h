/* Settings: the catalogue of what Neo4j's servers can be told in neo4j.conf, by version.
 *
 * Declared in catalogue/settings.yaml and held against the real servers' own lists
 * (tests/peers/settings-check). It is a fact about Neo4j and no opinion, so that the operator and the
 * simulated servers share it. A row is one setting in one span of versions; of a setting that has changed
 * there are several, whose spans don't meet. The name of a row may hold one <word>, which stands for any one
 * part between dots.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "settings/version.h"

#define SETTING_JVM_ADDITIONAL "server.jvm.additional"

/* Word in the YAML, and what the server says that it takes. */
#define SETTING_TYPES(X)                                                                                     \
    X(BOOLEAN, boolean, "a boolean")                                                                         \
    X(INTEGER, integer, "an integer")                                                                        \
    X(LONG, long, "a long")                                                                                  \
    X(DOUBLE, double, "a double")                                                                            \
    X(BYTES, bytes,                                                                                          \
      "a byte size (valid multipliers are `B`, `KiB`, `KB`, `K`, `kB`, `kb`, `k`, `MiB`, `MB`, `M`, "        \
      "`mB`, `mb`, `m`, `GiB`, `GB`, `G`, `gB`, `gb`, `g`, `TiB`, `TB`, `PiB`, `PB`, `EiB`, `EB`)")          \
    X(DURATION, duration,                                                                                    \
      "a duration (Valid units are: `ns`, `μs`, `ms`, `s`, `m`, `h` and `d`; default unit is `s`)")          \
    X(DURATION_RANGE, duration_range,                                                                        \
      "a duration-range <min-max> (Valid units are: `ns`, `μs`, `ms`, `s`, `m`, `h` and `d`; default unit " \
      "is `s`)")                                                                                             \
    X(STRING, string, "a string")                                                                            \
    X(SECRET, secret, "a secure string")                                                                     \
    X(ENUM, enum, "one of")                                                                                  \
    X(PATH, path, "a path")                                                                                  \
    X(ABSOLUTE_PATH, absolute_path, "a path that is absolute")                                               \
    X(ADDRESS, address, "a socket address in the format of `hostname:port`, `hostname`, or `:port`")         \
    X(LISTEN_ADDRESS, listen_address,                                                                        \
      "a socket address in the format of `hostname:port`, `hostname`, or `:port`. If missing, it is "        \
      "acquired from server.default_listen_address")                                                         \
    X(ADVERTISED_ADDRESS, advertised_address,                                                                \
      "a socket address in the format of `hostname:port`, `hostname`, or `:port` that is an accessible "     \
      "address. If missing, it is acquired from server.default_advertised_address")                          \
    X(HOST, host, "a hostname that has no specified port")                                                   \
    X(ADVERTISED_HOST, advertised_host,                                                                      \
      "a hostname that has no specified port and is an accessible address")                                  \
    X(DATABASE, database,                                                                                    \
      "a valid database name containing only alphabetic characters, numbers, dots, and dashes with a "       \
      "length between 3 and 63 characters, starting with an alphabetic character or number but not with "    \
      "the name `system`")                                                                                   \
    X(DATABASE_5, database_5,                                                                                \
      "a valid database name containing only alphabetic characters, numbers, dots, and dashes with a "       \
      "length between 3 and 63 characters, starting with an alphabetic character but not with the name "     \
      "`system`")                                                                                            \
    X(TIMEZONE, timezone,                                                                                    \
      "a string describing a timezone, either described by offset (e.g. `+02:00`) or by name (e.g. "         \
      "`Europe/Stockholm`)")                                                                                 \
    X(TAG, tag, "a string identifying a server tag")                                                         \
    X(GLOB, glob, "a simple globbing pattern that can use `*` and `?`")                                      \
    X(URI, uri, "a URI")                                                                                     \
    X(MAP, map, "a simple key value map pattern `k1=v1;k2=v2`")                                              \
    X(EXTENSION, extension, "<classname>=<mount point> string")                                              \
    X(JVM_ARGUMENTS, jvm_arguments, "one or more jvm arguments")                                             \
    X(PERMISSIONS, permissions, "a set of file permissions")

enum setting_type {
#define X(name, word, text) SETTING_##name,
    SETTING_TYPES(X)
#undef X
};

enum setting_collection { SETTING_SINGLE, SETTING_LIST, SETTING_SET };

/* What the operator holds in its hands. */
enum setting_management {
    SETTING_FREE,
    SETTING_MANAGED_VALUE,     /* the operator writes it; another value loses */
    SETTING_MANAGED_DISCOVERY, /* how servers find each other: nobody else writes any of it */
};

struct setting {
    const char *name;
    unsigned since; /* year * 100 + month, or 526; 0: from 5.26 on */
    unsigned until; /* 0: still there */
    enum setting_type type;
    enum setting_collection collection;
    enum setting_management managed;
    bool is_dynamic;
    bool is_deprecated;
    bool is_enterprise; /* Community has no such setting */
    bool is_computed;   /* the default depends on the machine */
    bool is_power_of_2;
    bool is_range;             /* how the server words its bounds */
    const char *words;         /* SETTING_ENUM: "LIST|DNS|SRV|K8S" */
    const char *min, *max;     /* as the server prints them; NULL: none */
    const char *exception;     /* a value that may be below min */
    const char *pattern;       /* that a string must match, and in words */
    const char *pattern_words; /* */
    const char *relative_to;   /* paths: the setting of the folder */
    const char *default_value; /* as the server prints it; NULL: none */
    const char *renamed_to;    /* deprecated or gone: the name today */
};

/* Sorted by name, then by since. */
extern const struct setting settings_table[];
extern const size_t settings_count;

/* A name, or the beginning of one that then ends with a dot, which Neo4j does not have, with a sentence. */
struct setting_mistake {
    const char *name;
    const char *says;
};
extern const struct setting_mistake settings_mistakes[];
extern const size_t settings_mistake_count;

bool setting_exists_in(const struct setting *setting, const struct version *version);
/* The row that this version knows, or NULL. Of an unknown version, any row of the name, the newest. */
const struct setting *setting_find(const char *name, const struct version *version);
/* Names that are taken without a row: plug-ins bring them, or the server does not check them. */
bool setting_is_unchecked(const char *name);
/* The name that somebody who mistyped one may have meant, or NULL. */
const char *setting_nearest(const char *name, const struct version *version);
/* Why this version does not have the name: a mistake that is often made, another version's, renamed, or a
 * near name. In arena; NULL when the version has it, or takes it unchecked. */
const char *setting_absence(struct arena *arena, const char *name, const struct version *version);
/* Whether it is one of the names of settings_mistakes. */
bool setting_is_mistake(const char *name);
/* Whether a change of it needs no restart. Of a name without a row: it needs one. */
bool setting_is_dynamic(const char *name, const struct version *version);
/* "server", "dbms", "db", "initial", "client", "browser": where a setting holds. */
struct text setting_scope(const struct setting *setting);
