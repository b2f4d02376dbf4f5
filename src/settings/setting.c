#include "settings/setting.h"

#include "base/nearest.h"

/* internal.*: undocumented by intent, and not in the catalogue. A policy of TLS takes any suffix in silence.
 * The others come with their plug-ins' jars, which the catalogue does not follow. */
static const char *const unchecked_prefixes[] = {
    "dbms.bloom.",
    "dbms.routing.load_balancing.config.",
    "dbms.ssl.policy.backup.",
    "dbms.ssl.policy.bolt.",
    "dbms.ssl.policy.cluster.",
    "dbms.ssl.policy.https.",
    "gds.",
    "internal.",
};

bool setting_is_unchecked(const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(unchecked_prefixes); i++)
        if (str_starts_with(name, unchecked_prefixes[i]))
            return true;
    return false;
}

static unsigned version_number(const struct version *version) {
    return version->major * 100 + version->minor;
}

bool setting_exists_in(const struct setting *setting, const struct version *version) {
    if (version->family == VERSION_UNKNOWN)
        return true;
    unsigned number = version_number(version);
    return number >= setting->since && (!setting->until || number <= setting->until);
}

/* "dbms.ssl.policy.<scope>.enabled" */
static bool pattern_covers(const char *pattern, const char *name) {
    const char *open = strchr(pattern, '<');
    const char *close = open ? strchr(open, '>') : NULL;

    if (!close || strncmp(pattern, name, (size_t)(open - pattern)))
        return false;
    const char *part = name + (open - pattern);
    const char *rest = part + strcspn(part, ".");
    return rest > part && str_equal(rest, close + 1);
}

/* The last one that exists: of an unknown version, the newest. */
static const struct setting *find_pattern(const char *name, const struct version *version) {
    const struct setting *found = NULL;

    for (size_t i = 0; i < settings_count; i++)
        if (pattern_covers(settings_table[i].name, name) && setting_exists_in(&settings_table[i], version))
            found = &settings_table[i];
    return found;
}

static bool is_scope_of_tls(const char *name) {
    return !str_starts_with(name, "dbms.ssl.policy.") || setting_is_unchecked(name);
}

const struct setting *setting_find(const char *name, const struct version *version) {
    const struct setting *found = NULL;
    size_t low = 0, high = settings_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(settings_table[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < settings_count && str_equal(settings_table[low].name, name); low++)
        if (setting_exists_in(&settings_table[low], version))
            found = &settings_table[low];
    if (!found && is_scope_of_tls(name))
        found = find_pattern(name, version);
    return found;
}

bool setting_is_dynamic(const char *name, const struct version *version) {
    const struct setting *setting = setting_find(name, version);

    return setting && setting->is_dynamic;
}

struct text setting_scope(const struct setting *setting) {
    return (struct text){ setting->name, strcspn(setting->name, ".") };
}

const char *setting_nearest(const char *name, const struct version *version) {
    struct nearest_search search = { .name = name };

    for (size_t i = 0; i < settings_count; i++)
        if (setting_exists_in(&settings_table[i], version))
            nearest_consider(&search, settings_table[i].name);
    return search.nearest;
}

/* The longest that covers the name. */
static const char *find_mistake(const char *name) {
    const struct setting_mistake *found = NULL;

    for (size_t i = 0; i < settings_mistake_count; i++) {
        const char *mistake = settings_mistakes[i].name;
        bool covers = str_ends_with(mistake, ".") ? str_starts_with(name, mistake) : str_equal(name, mistake);
        if (covers && (!found || strlen(mistake) > strlen(found->name)))
            found = &settings_mistakes[i];
    }
    return found ? found->says : NULL;
}

bool setting_is_mistake(const char *name) {
    return find_mistake(name) != NULL;
}

/* A row of another version: the last span of the name, of which every version is after or before. */
static const char *other_version(struct arena *arena, const struct setting *setting,
                                 const struct version *version) {
    bool is_gone = setting->until && version_number(version) > setting->until;
    unsigned limit = is_gone ? setting->until : setting->since;
    char here[VERSION_TEXT_BYTES];

    version_format(&(struct version){ version->family, version->major, version->minor, 0, false }, here);
    if (is_gone && limit == 526)
        return arena_printf(arena, "removed in 2025.01%s%s", setting->renamed_to ? ": use " : "",
                            setting->renamed_to ? setting->renamed_to : "");
    return arena_printf(arena, "Neo4j %s has no such setting: it is there %s %u.%02u%s%s", here,
                        is_gone ? "up to" : "from", limit / 100, limit % 100,
                        setting->renamed_to ? "; use " : "", setting->renamed_to ? setting->renamed_to : "");
}

const char *setting_absence(struct arena *arena, const char *name, const struct version *version) {
    static const struct version any = { 0 };
    const char *mistake = find_mistake(name);
    const struct setting *other;
    const char *nearest;

    if (setting_find(name, version) || setting_is_unchecked(name))
        return NULL;
    if (mistake)
        return mistake;
    other = setting_find(name, &any);
    if (other)
        return other_version(arena, other, version);
    nearest = setting_nearest(name, version);
    if (nearest)
        return arena_printf(arena, "there is no such setting; %s is meant?", nearest);
    return "there is no such setting";
}
