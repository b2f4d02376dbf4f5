#include "sim/neo4j/configuration.h"

#include <bsd/sys/tree.h>
#include <string.h>

struct configured_value {
    RB_ENTRY(configured_value) link;
    char *name;
    char *value;   /* NULL: changed back to the default */
    char *startup; /* what neo4j.conf said; NULL: nothing */
};

static int configured_value_compare(const struct configured_value *a, const struct configured_value *b) {
    return strcmp(a->name, b->name);
}

RB_HEAD(configured_values, configured_value);
RB_PROTOTYPE(configured_values, configured_value, link, configured_value_compare)
RB_GENERATE(configured_values, configured_value, link, configured_value_compare)

struct configuration {
    struct neo4j_version version;
    struct configured_values values;
};

struct configuration *configuration_new(const struct neo4j_version *version) {
    struct configuration *configuration = XNEW(struct configuration);

    configuration->version = *version;
    RB_INIT(&configuration->values);
    return configuration;
}

static void remove_value(struct configuration *configuration, struct configured_value *value) {
    RB_REMOVE(configured_values, &configuration->values, value);
    free(value->name);
    free(value->value);
    free(value->startup);
    free(value);
}

void configuration_free(struct configuration *configuration) {
    struct configured_value *value;

    if (!configuration)
        return;
    while ((value = RB_MIN(configured_values, &configuration->values)))
        remove_value(configuration, value);
    free(configuration);
}

static struct configured_value *find(const struct configuration *configuration, const char *name) {
    union {
        const char *borrowed;
        char *name;
    } key = { .borrowed = name };
    struct configured_value wanted = { .name = key.name };
    struct configured_values values = configuration->values;

    return RB_FIND(configured_values, &values, &wanted);
}

/* The lines of the file, before any judgement: a name that comes again appends for server.jvm.additional. */
struct configuration_line {
    char *name;
    char *value;
};

static bool is_strict(struct arena *arena, struct text text) {
    struct text rest = text;
    bool strict = true;

    while (rest.data) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        struct text value = line;
        struct text name = text_trim(text_cut(&value, '='));
        if (text_is(name, "server.config.strict_validation.enabled"))
            strict =
                !!strcasecmp(arena_strndup(arena, text_trim(value).data, text_trim(value).length), "false");
    }
    return strict;
}

/* Strict: an error; else a warning. */
static bool complain(bool strict, struct buffer *warnings, const char *problem, struct error *err) {
    if (strict)
        return error_set(
            err, ERROR_INVALID,
            "%s Cleanup the config or disable 'server.config.strict_validation.enabled' to continue.",
            problem);
    buffer_printf(warnings, "%s\n", problem);
    return true;
}

static bool judge(const struct configuration *configuration, const struct configuration_line *line,
                  bool strict, struct buffer *warnings, struct error *err) {
    CLEANUP_BUFFER struct buffer problem = { 0 };
    const struct setting *setting = setting_find(line->name, &configuration->version.number);
    struct error why = { 0 };

    if (!setting && !setting_is_unchecked(line->name)) {
        buffer_printf(&problem, "Unrecognized setting. No declared setting with name: %s.", line->name);
        return complain(strict, warnings, buffer_string(&problem), err);
    }
    if (find(configuration, line->name) && !str_equal(line->name, SETTING_JVM_ADDITIONAL)) {
        buffer_printf(&problem, "%s declared multiple times.", line->name);
        if (!complain(strict, warnings, buffer_string(&problem), err))
            return false;
    }
    if (setting && *line->value && !setting_check(setting, line->value, &why))
        return error_set(err, ERROR_INVALID, "Error evaluating value for setting '%s'. %s", line->name,
                         why.text);
    return true;
}

static struct configured_value *make(struct configuration *configuration, const char *name) {
    struct configured_value *value = find(configuration, name);

    if (value)
        return value;
    value = XNEW(struct configured_value);
    value->name = xstrdup(name);
    RB_INSERT(configured_values, &configuration->values, value);
    return value;
}

static void put(struct configuration *configuration, const struct configuration_line *line) {
    struct configured_value *value = make(configuration, line->name);
    bool appends = value->value && str_equal(line->name, SETTING_JVM_ADDITIONAL);
    char *text = appends ? xprintf("%s\n%s", value->value, line->value) : xstrdup(line->value);

    free(value->value);
    free(value->startup);
    value->value = text;
    value->startup = xstrdup(text);
}

void configuration_set(struct configuration *configuration, const char *name, const char *value) {
    struct configured_value *changed = make(configuration, name);
    char *text = str_empty(value) ? NULL : xstrdup(value);

    free(changed->value);
    changed->value = text;
}

bool configuration_read(struct configuration *configuration, struct text text, struct buffer *warnings,
                        struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    bool strict = is_strict(arena, text);
    struct text rest = text;

    while (rest.data) {
        struct text raw = text_trim(text_cut(&rest, '\n'));
        struct text value = raw;
        struct text name = text_trim(text_cut(&value, '='));

        if (!raw.length || raw.data[0] == '#')
            continue;
        value = text_trim(value);
        struct configuration_line line = { arena_strndup(arena, name.data, name.length),
                                           arena_strndup(arena, value.data ? value.data : "", value.length) };
        if (!judge(configuration, &line, strict, warnings, err))
            return false;
        if (*line.name && *line.value)
            put(configuration, &line);
    }
    return true;
}

static const char *default_of(const struct configuration *configuration, const char *name) {
    const struct setting *setting = setting_find(name, &configuration->version.number);

    return setting ? setting->default_value : NULL;
}

const char *configuration_get(const struct configuration *configuration, const char *name) {
    const struct configured_value *value = find(configuration, name);

    return value && value->value ? value->value : default_of(configuration, name);
}

const char *configuration_startup(const struct configuration *configuration, const char *name) {
    const struct configured_value *value = find(configuration, name);

    return value && value->startup ? value->startup : default_of(configuration, name);
}

bool configuration_is_explicit(const struct configuration *configuration, const char *name) {
    const struct configured_value *value = find(configuration, name);

    return value && value->value;
}

bool configuration_bool(const struct configuration *configuration, const char *name) {
    const char *value = configuration_get(configuration, name);

    return value && !strcasecmp(value, "true");
}

int64_t configuration_integer(const struct configuration *configuration, const char *name) {
    const char *value = configuration_get(configuration, name);
    int64_t number = 0;

    if (!value || !parse_int64(text_from(value), &number))
        return 0;
    return number;
}

int64_t configuration_bytes(const struct configuration *configuration, const char *name) {
    const char *value = configuration_get(configuration, name);
    int64_t bytes = -1;

    if (!value || !setting_parse_bytes(text_from(value), &bytes))
        return -1;
    return bytes;
}

int64_t configuration_duration_ns(const struct configuration *configuration, const char *name) {
    const char *value = configuration_get(configuration, name);
    int64_t ns = 0;

    if (!value || !setting_parse_duration(text_from(value), &ns))
        return 0;
    return ns;
}

void configuration_each(const struct configuration *configuration,
                        void (*visit)(void *context, const char *name, const struct setting *setting),
                        void *context) {
    const struct version *version = &configuration->version.number;
    struct configured_values values = configuration->values;
    struct configured_value *value = RB_MIN(configured_values, &values);

    for (size_t i = 0; i <= settings_count; i++) {
        const struct setting *setting = i < settings_count ? &settings_table[i] : NULL;

        if (setting && (!setting_exists_in(setting, version) || strchr(setting->name, '<')))
            continue;
        for (; value && (!setting || strcmp(value->name, setting->name) < 0);
             value = RB_NEXT(configured_values, &values, value))
            visit(context, value->name, setting_find(value->name, version));
        if (!setting)
            break;
        visit(context, setting->name, setting);
        if (value && str_equal(value->name, setting->name))
            value = RB_NEXT(configured_values, &values, value);
    }
}
