/* Configuration: what one server was given in neo4j.conf, over the defaults of its version.
 *
 * What there is to be set, and which values fit, is in src/settings. Source: Operations Manual, "The
 * neo4j.conf file".
 */
#pragma once

#include "settings/value.h"
#include "sim/neo4j/version.h"

struct configuration;

struct configuration *configuration_new(const struct neo4j_version *version);
void configuration_free(struct configuration *configuration);
DEFINE_CLEANUP(struct configuration, configuration_free);

/* Reads the text of neo4j.conf and judges it as the server does at its start: a bad value is an error, and so
 * is, by default, an unknown name or a name twice. With server.config.strict_validation.enabled=false these
 * two are lines for warnings (appended, each ended by a newline), and of a name twice the last counts. */
CHECKED bool configuration_read(struct configuration *configuration, struct text text,
                                struct buffer *warnings, struct error *err);
/* Changes a value while the server runs; empty: back to the default. The caller has judged it. */
void configuration_set(struct configuration *configuration, const char *name, const char *value);

/* The value or the default; NULL when neither is there or the version has no such setting. */
const char *configuration_get(const struct configuration *configuration, const char *name);
/* What neo4j.conf said, whatever was changed since; else the default. */
const char *configuration_startup(const struct configuration *configuration, const char *name);
bool configuration_is_explicit(const struct configuration *configuration, const char *name);
bool configuration_bool(const struct configuration *configuration, const char *name);
int64_t configuration_integer(const struct configuration *configuration, const char *name);
/* -1: not set. */
int64_t configuration_bytes(const struct configuration *configuration, const char *name);
int64_t configuration_duration_ns(const struct configuration *configuration, const char *name);
/* Walks all settings of the version and all explicit ones, by name; setting is NULL where there is no row. */
void configuration_each(const struct configuration *configuration,
                        void (*visit)(void *context, const char *name, const struct setting *setting),
                        void *context);
