/* Discovery in neo4j.conf, and the settings that a user can't have. The two belong together: what is written
 * here is what is refused there. */
#include "neo4j/settings.h"

#include "settings/value.h"

static const char *join(struct arena *arena, const char *const *items, size_t count) {
    CLEANUP_BUFFER struct buffer joined = { 0 };

    for (size_t i = 0; i < count; i++) {
        buffer_add_string(&joined, i ? "," : "");
        buffer_add_string(&joined, items[i]);
    }
    return arena_strdup(arena, buffer_string(&joined));
}

/* 5.26 knows both generations of discovery and starts with the first; calendar releases know only the second,
 * and refuse to start with a name of the first. A 5.26 that is V2_ONLY from its first day can move on. */
void settings_set_discovery(struct settings *settings, const struct settings_discovery *discovery) {
    bool is_calendar = discovery->version.family == VERSION_CALENDAR;
    const char *endpoints = join(settings->arena, discovery->endpoints, discovery->endpoint_count);

    settings_set(settings, SETTING_MANAGED, "dbms.cluster.discovery.resolver_type", "LIST");
    if (is_calendar) {
        settings_set(settings, SETTING_MANAGED, "dbms.cluster.endpoints", endpoints);
    } else {
        settings_set(settings, SETTING_MANAGED, "dbms.cluster.discovery.version", "V2_ONLY");
        settings_set(settings, SETTING_MANAGED, "dbms.cluster.discovery.v2.endpoints", endpoints);
    }
    if (discovery->minimum_primaries)
        settings_printf(settings, SETTING_MANAGED, "dbms.cluster.minimum_initial_system_primaries_count",
                        "%u", discovery->minimum_primaries);
}

/* ---- what a user can't have ---- */

/* A command in place of a value, which a server expands at its start: nobody can judge it before. */
static bool is_expanded(const char *value) {
    return str_starts_with(value, "$(");
}

/* Servers don't start with a bad value, whatever strict validation says. */
static const char *value_refusal(struct arena *arena, const struct setting *setting, const char *value) {
    CLEANUP_BUFFER struct buffer allowed = { 0 };

    if (!*value || is_expanded(value) || setting_check(setting, value, NULL))
        return NULL;
    setting_write_allowed(setting, &allowed);
    return arena_printf(arena, "the servers would not start with this value; it must be: %s",
                        buffer_string(&allowed));
}

/* Names that nobody has, but that are no mistake which is known: plug-ins may bring them, or a release that
 * is newer than the catalogue. */
static bool is_unheard_of(const char *key) {
    static const struct version any = { 0 };

    return !setting_find(key, &any) && !setting_is_mistake(key);
}

const char *settings_refusal(struct arena *arena, const struct version *version, const char *key,
                             const char *value) {
    const struct setting *setting = setting_find(key, version);

    if (!setting && is_unheard_of(key))
        return NULL;
    if (!setting)
        return setting_absence(arena, key, version);
    if (setting->managed == SETTING_MANAGED_DISCOVERY)
        return "the operator manages how servers find each other";
    return value_refusal(arena, setting, value);
}

const char *settings_doubt(struct arena *arena, const struct version *version, const char *key) {
    return !setting_find(key, version) && is_unheard_of(key) ? setting_absence(arena, key, version) : NULL;
}
