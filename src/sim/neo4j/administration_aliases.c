/* Aliases: CREATE, ALTER and DROP ALIAS, local and remote, and those that are constituents of composite
 * databases.
 *
 * Passwords of remote aliases do not come here: nobody logs in with them. Rules: Cypher Manual, database
 * aliases; Operations Manual, remote database alias configuration. */
#include "sim/neo4j/administration.h"

static bool refuse(const struct administration_view *view, enum failure_kind kind, const struct json *request,
                   struct failure *failure, const char *format, ...) PRINTF_LIKE(5, 6);
static bool refuse(const struct administration_view *view, enum failure_kind kind, const struct json *request,
                   struct failure *failure, const char *format, ...) {
    const char *op = json_string_at(request, "op", "");
    const char *verb = str_equal(op, "create-alias") ? "create"
                       : str_equal(op, "drop-alias") ? "delete"
                                                     : "alter";
    va_list arguments;

    va_start(arguments, format);
    const char *reason = arena_vprintf(view->arena, format, arguments);
    va_end(arguments);
    return failure_set(failure, view->arena, kind, "Failed to %s the specified database alias '%s': %s", verb,
                       json_string_at(request, "alias", ""), reason);
}

static bool check_url(const struct administration_view *view, const struct json *request, const char *url,
                      struct failure *failure) {
    static const char *const schemes[] = { "bolt://",  "bolt+s://",  "bolt+ssc://",
                                           "neo4j://", "neo4j+s://", "neo4j+ssc://" };

    for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
        if (str_starts_with(url, schemes[i]))
            return true;
    return refuse(
        view, FAILURE_ARGUMENT, request, failure,
        "The provided url '%s' has an invalid scheme. Please use one of the following: bolt, bolt+s, "
        "bolt+ssc, neo4j, neo4j+s, neo4j+ssc.",
        url);
}

/* The credentials of another DBMS are kept encrypted: servers need a key for them. */
static bool check_keystore(const struct administration_view *view, const struct json *request,
                           struct failure *failure) {
    const char *keystore = configuration_get(view->configuration, "dbms.security.keystore.path");

    return !json_get(request, "user") || !str_empty(keystore) ||
           refuse(view, FAILURE_ARGUMENT, request, failure,
                  "The setting 'dbms.security.keystore.path' is needed to keep the credentials of a remote "
                  "alias.");
}

static bool check_target(const struct administration_view *view, const struct json *request,
                         struct failure *failure) {
    const char *target = json_string_at(request, "target", NULL), *url = json_string_at(request, "url", NULL);
    const struct state_database *database = target ? state_find_database(view->state, target) : NULL;

    if (url)
        return check_url(view, request, url, failure) && check_keystore(view, request, failure);
    if (!target || !strcasecmp(target, "system"))
        return !target || refuse(view, FAILURE_ON_SYSTEM, request, failure,
                                 "The system database can't be the target of an alias.");
    if (!database)
        return refuse(view, FAILURE_DATABASE_NOT_FOUND, request, failure, "Database '%s' does not exist.",
                      target);
    return database->kind != DATABASE_COMPOSITE ||
           refuse(view, FAILURE_ARGUMENT, request, failure, "Database '%s' is composite.", target);
}

/* "comp.name" where comp is a composite database; "" else. In arena. */
static const char *composite_of(const struct administration_view *view, const char *name) {
    const char *dot = strchr(name, '.');
    char *prefix = dot ? arena_strndup(view->arena, name, (size_t)(dot - name)) : NULL;
    const struct state_database *database = prefix ? state_find_database(view->state, prefix) : NULL;

    return database && database->kind == DATABASE_COMPOSITE ? database->name : "";
}

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = administration_lower_case(view->arena, json_string_at(request, "alias", ""));
    const struct state_alias *existing = state_find_alias(view->state, name);
    bool replaces = json_bool_at(request, "orReplace", false);

    if (existing && json_bool_at(request, "ifNotExists", false))
        return true;
    if (state_find_database(view->state, name))
        return json_bool_at(request, "ifNotExists", false) ||
               refuse(view, FAILURE_DATABASE_EXISTS, request, failure, "Database exists with that name.");
    if (existing && !replaces)
        return refuse(view, FAILURE_ALIAS_EXISTS, request, failure, "Database alias already exists.");
    if (!existing && view->state->alias_count >= STATE_ALIASES_MAX)
        return refuse(view, FAILURE_ARGUMENT, request, failure,
                      "There are %d aliases already, which is all that is simulated.", STATE_ALIASES_MAX);
    const char *composite = composite_of(view, name);
    const char *own = *composite ? name + strlen(composite) + 1 : name;
    if (!administration_check_name(view, "alias", own, failure) || !check_target(view, request, failure))
        return false;
    *out_command = json_copy(view->arena, request);
    json_set_string(view->arena, *out_command, "alias", name);
    json_set_string(view->arena, *out_command, "composite", composite);
    return true;
}

static void set_text(char **place, const struct json *command, const char *key) {
    if (json_get(command, key))
        state_set_string(place, json_string_at(command, key, ""));
}

static void set_json(char **place, const struct json *command, const char *key) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (json_get(command, key))
        state_set_string(place, json_print(arena, json_get(command, key)));
}

static void change(struct state_alias *alias, const struct json *command) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (json_get(command, "target") && !json_get(command, "url"))
        state_set_string(&alias->url, "");
    if (json_get(command, "target"))
        state_set_string(&alias->target,
                         administration_lower_case(arena, json_string_at(command, "target", "")));
    set_text(&alias->url, command, "url");
    set_text(&alias->user, command, "user");
    set_text(&alias->language, command, "language");
    set_json(&alias->driver, command, "driver");
    set_json(&alias->properties, command, "properties");
}

static void apply_create(struct cluster_state *state, const struct json *command) {
    const char *name = json_string_at(command, "alias", "");
    struct state_alias *alias = state_find_alias(state, name);

    if (alias)
        state_remove_alias(state, alias);
    alias = state_add_alias(state, name);
    state_set_string(&alias->composite, json_string_at(command, "composite", ""));
    change(alias, command);
}

static bool plan_existing(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure) {
    const struct state_alias *alias = state_find_alias(view->state, json_string_at(request, "alias", ""));

    if (!alias && json_bool_at(request, "ifExists", false))
        return true;
    if (!alias)
        return refuse(view, FAILURE_DATABASE_NOT_FOUND, request, failure, "Database alias does not exist.");
    if (!*alias->url && !json_get(request, "url") &&
        (json_get(request, "user") || json_get(request, "driver")))
        return refuse(view, FAILURE_ARGUMENT, request, failure,
                      "A local alias has no user, password or driver settings.");
    if (!check_target(view, request, failure) ||
        (json_get(request, "user") && !check_keystore(view, request, failure)))
        return false;
    *out_command = json_copy(view->arena, request);
    json_set_string(view->arena, *out_command, "alias", alias->name);
    return true;
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_alias *alias = state_find_alias(state, json_string_at(command, "alias", ""));

    if (alias)
        change(alias, command);
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_alias *alias = state_find_alias(state, json_string_at(command, "alias", ""));

    if (alias)
        state_remove_alias(state, alias);
}

const struct administration_operation administration_of_aliases[] = {
    { "create-alias", plan_create, apply_create },
    { "alter-alias", plan_existing, apply_alter },
    { "drop-alias", plan_existing, apply_drop },
    { NULL, NULL, NULL },
};
