/* Settings: the catalogue of what a server knows, by version, and the configuration that it was given.
 *
 * The catalogue is a sorted table, one row a setting. It holds what operators write; a name that is not in it
 * is unknown to the simulated server as a mistyped name is to a real one. Names of families that the server
 * does not check itself (suffixes of TLS policies, internal.*) are accepted with any value.
 * Source: Operations Manual, configuration settings, 5.26 and 2026.08.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "sim/neo4j/version.h"

enum setting_type {
    SETTING_BOOLEAN,
    SETTING_INTEGER,
    SETTING_DOUBLE,
    SETTING_BYTES,
    SETTING_DURATION,
    SETTING_DURATION_RANGE, /* "20s-23s" */
    SETTING_STRING,
    SETTING_PATH,
    SETTING_ADDRESS, /* host:port, host or :port */
    SETTING_LIST,
    SETTING_ENUM, /* one of values */
    SETTING_ENUM_LIST,
};

enum setting_family {
    SETTING_IN_5 = 1,
    SETTING_IN_CALENDAR = 2,
    SETTING_IN_ALL = 3,
};

struct setting {
    const char *name;
    enum setting_type type;
    enum setting_family family;
    bool is_dynamic;
    unsigned since;            /* year * 100 + month of the first calendar release; 0: all of its families */
    const char *default_value; /* NULL: none */
    const char *values;        /* SETTING_ENUM, SETTING_ENUM_LIST: "LIST|DNS|SRV|K8S"; integers: "1-11" */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* The row that this version knows, or NULL. */
const struct setting *setting_find(const char *name, const struct neo4j_version *version);
bool setting_exists_in(const struct setting *setting, const struct neo4j_version *version);
/* Names that are taken without a row: the version does not check them. */
bool setting_is_unchecked(const char *name);
/* Whether the value fits. The error says what is allowed. */
CHECKED bool setting_check(const struct setting *setting, const char *value, struct error *err);

CHECKED bool setting_parse_bytes(struct text text, int64_t *out_bytes);
CHECKED bool setting_parse_duration(struct text text, int64_t *out_ns);
/* "a-b" */
CHECKED bool setting_parse_duration_range(struct text text, int64_t *out_low_ns, int64_t *out_high_ns);

/* What one server was given: explicit values over the defaults of its version. */
struct configuration;

struct configuration *configuration_new(const struct neo4j_version *version);
void configuration_free(struct configuration *configuration);
DEFINE_CLEANUP(struct configuration, configuration_free);

/* Reads the text of neo4j.conf and judges it as the server does at its start: by default an unknown name, a
 * name twice or a bad value is an error; with server.config.strict_validation.enabled=false each is a line
 * for warnings (appended, each ended by a newline), and the default holds instead of a bad value. */
CHECKED bool configuration_read(struct configuration *configuration, struct text text,
                                struct buffer *warnings, struct error *err);

/* The value or the default; NULL when neither is there or the version has no such setting. */
const char *configuration_get(const struct configuration *configuration, const char *name);
bool configuration_is_explicit(const struct configuration *configuration, const char *name);
bool configuration_bool(const struct configuration *configuration, const char *name);
int64_t configuration_integer(const struct configuration *configuration, const char *name);
/* -1: not set. */
int64_t configuration_bytes(const struct configuration *configuration, const char *name);
int64_t configuration_duration_ns(const struct configuration *configuration, const char *name);
/* Walks all settings of the version and all explicit ones without a row, by name. */
void configuration_each(const struct configuration *configuration,
                        void (*visit)(void *context, const char *name, const struct setting *setting,
                                      const char *explicit_value),
                        void *context);
