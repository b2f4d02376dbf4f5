#include "sim/neo4j/settings.h"

#include <bsd/sys/tree.h>
#include <string.h>

struct configured_value {
    RB_ENTRY(configured_value) link;
    char *name;
    char *value;
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
static bool complain(bool strict, struct buffer *warnings, const struct error *problem, struct error *err) {
    if (strict)
        return error_set(err, ERROR_INVALID, "%s", problem->text);
    buffer_printf(warnings, "%s\n", problem->text);
    return true;
}

static bool judge(const struct configuration *configuration, const struct configuration_line *line,
                  bool *out_is_usable, struct error *problem) {
    const struct setting *setting = setting_find(line->name, &configuration->version);
    struct error why = { 0 };

    *out_is_usable = true;
    if (!setting && !setting_is_unchecked(line->name)) {
        *out_is_usable = false;
        return error_set(problem, ERROR_INVALID, "Unrecognized setting. No declared setting with name: %s.",
                         line->name);
    }
    if (setting && !setting_check(setting, line->value, &why)) {
        *out_is_usable = false;
        return error_set(problem, ERROR_INVALID, "Error evaluating value for setting '%s'. %s", line->name,
                         why.text);
    }
    if (find(configuration, line->name) && !str_equal(line->name, "server.jvm.additional"))
        return error_set(problem, ERROR_INVALID, "%s declared multiple times.", line->name);
    return true;
}

static void put(struct configuration *configuration, const struct configuration_line *line) {
    struct configured_value *value = find(configuration, line->name);
    bool appends = value && str_equal(line->name, "server.jvm.additional");

    if (!value) {
        value = XNEW(struct configured_value);
        value->name = xstrdup(line->name);
        RB_INSERT(configured_values, &configuration->values, value);
    }
    char *text = appends ? xprintf("%s\n%s", value->value, line->value) : xstrdup(line->value);
    free(value->value);
    value->value = text;
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
        struct error problem = { 0 };
        bool is_usable;

        if (!raw.length || raw.data[0] == '#')
            continue;
        value = text_trim(value);
        struct configuration_line line = { arena_strndup(arena, name.data, name.length),
                                           arena_strndup(arena, value.data ? value.data : "", value.length) };
        if (!judge(configuration, &line, &is_usable, &problem) && !complain(strict, warnings, &problem, err))
            return false;
        if (is_usable && *line.value)
            put(configuration, &line);
    }
    return true;
}

const char *configuration_get(const struct configuration *configuration, const char *name) {
    const struct configured_value *value = find(configuration, name);
    const struct setting *setting;

    if (value)
        return value->value;
    setting = setting_find(name, &configuration->version);
    return setting ? setting->default_value : NULL;
}

bool configuration_is_explicit(const struct configuration *configuration, const char *name) {
    return find(configuration, name) != NULL;
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
                        void (*visit)(void *context, const char *name, const struct setting *setting,
                                      const char *explicit_value),
                        void *context) {
    struct configured_values values = configuration->values;
    struct configured_value *value = RB_MIN(configured_values, &values);

    for (size_t i = 0; i <= settings_count; i++) {
        const struct setting *setting = i < settings_count ? &settings_table[i] : NULL;
        bool exists = setting && setting_exists_in(setting, &configuration->version);

        for (; value && (!setting || strcmp(value->name, setting->name) < 0);
             value = RB_NEXT(configured_values, &values, value))
            visit(context, value->name, NULL, value->value);
        if (exists && value && str_equal(value->name, setting->name)) {
            visit(context, value->name, setting, value->value);
            value = RB_NEXT(configured_values, &values, value);
        } else if (exists) {
            visit(context, setting->name, setting, NULL);
        }
    }
}
