/* SHOW SETTINGS, of the server that is asked. */
#include "sim/neo4j/statement.h"

static const struct table_column columns[] = {
    { "name", true, 0 },
    { "value", true, 0 },
    { "isDynamic", true, 0 },
    { "defaultValue", true, 0 },
    { "description", true, 0 },
    { "startupValue", false, 0 },
    { "isExplicitlySet", false, 0 },
    { "validValues", false, 0 },
    { "isDeprecated", false, 0 },
};

static bool is_secret(const char *name, const struct setting *setting) {
    return setting ? setting->type == SETTING_SECRET
                   : str_ends_with(name, "password") || str_ends_with(name, ".token");
}

struct adding {
    struct statement *statement;
    const struct bolt_value *names;
    bool ok;
};

static bool is_wanted(const struct adding *adding, const char *name) {
    if (!adding->names)
        return true;
    BOLT_FOR_EACH_ITEM(wanted, adding->names)
    if (str_equal(bolt_string(wanted, ""), name))
        return true;
    return false;
}

/* A value as the server shows it; in arena, NULL when there is none. */
static const char *shown(struct arena *arena, const char *name, const struct setting *setting,
                         const char *value) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    if (!value)
        return NULL;
    if (is_secret(name, setting))
        return "*******";
    if (!setting || !*value)
        return value;
    setting_write_value(setting, value, &text);
    return arena_strdup(arena, buffer_string(&text));
}

static void add_setting(void *context, const char *name, const struct setting *setting) {
    CLEANUP_BUFFER struct buffer allowed = { 0 };
    struct adding *adding = context;
    struct arena *arena = adding->statement->arena;
    const struct configuration *configuration = adding->statement->process->configuration;

    struct privilege_object object = { .action = PRIVILEGE_SHOW_SETTING, .name = name };
    if (!adding->ok || !is_wanted(adding, name) ||
        privilege_permission(&adding->statement->process->state, adding->statement->user, &object) !=
            PERMISSION_GRANTED)
        return;
    if (setting)
        setting_write_allowed(setting, &allowed);
    else
        buffer_add_string(&allowed, "A string.");
    struct bolt_value *row = bolt_new_map(arena);
    bolt_set_string(arena, row, "name", name);
    bolt_set_string(arena, row, "value", shown(arena, name, setting, configuration_get(configuration, name)));
    bolt_set_bool(arena, row, "isDynamic", setting && setting->is_dynamic);
    bolt_set_string(arena, row, "defaultValue", setting ? setting->default_value : NULL);
    bolt_set_string(arena, row, "description", arena_strdup(arena, buffer_string(&allowed)));
    bolt_set_string(arena, row, "startupValue",
                    shown(arena, name, setting, configuration_startup(configuration, name)));
    bolt_set_bool(arena, row, "isExplicitlySet", configuration_is_explicit(configuration, name));
    bolt_set_string(arena, row, "validValues", arena_strdup(arena, buffer_string(&allowed)));
    bolt_set_bool(arena, row, "isDeprecated", setting && setting->is_deprecated);
    adding->ok = table_add_map(&adding->statement->cursor, &adding->statement->table, row);
}

bool settings_add_rows(struct statement *statement, const struct bolt_value *names) {
    struct adding adding = { statement, names, true };

    configuration_each(statement->process->configuration, add_setting, &adding);
    return adding.ok;
}

/* SHOW SETTINGS 'a', 'b' or SHOW SETTINGS $names. */
static bool show_settings(struct statement *statement) {
    struct bolt_value *names;

    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    return statement_texts(statement, &names) && settings_add_rows(statement, names) &&
           table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

const struct statement_form statements_of_settings[] = {
    { "SHOW SETTING|SETTINGS", show_settings, .is_administration = true },
    { NULL, NULL, false, false },
};
