#include "sim/neo4j/administration.h"

static const struct administration_operation *find(const char *op) {
    const struct administration_operation *const families[] = {
        administration_of_dbms,
        administration_of_servers,
        administration_of_moves,
        administration_of_databases,
        administration_of_changed_databases,
        administration_of_recreation,
        administration_of_aliases,
        administration_of_users,
        administration_of_roles,
        administration_of_privileges,
        administration_of_auth_rules,
    };

    for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
        for (const struct administration_operation *row = families[i]; row->op; row++)
            if (str_equal(row->op, op))
                return row;
    return NULL;
}

bool administration_plan(const struct administration_view *view, const struct json *request,
                         struct json **out_command, struct failure *failure) {
    const char *op = json_string_at(request, "op", "");
    const struct administration_operation *row = find(op);

    *out_command = NULL;
    if (!row || !row->plan)
        return failure_set(failure, view->arena, FAILURE_UNSUPPORTED_ADMINISTRATION,
                           "Unsupported administration command: %s", op);
    return row->plan(view, request, out_command, failure);
}

void administration_note(const struct administration_view *view, enum notification_kind kind,
                         const char *first) {
    struct json *note = view->notes ? json_append_object(view->arena, view->notes) : NULL;

    if (!note)
        return;
    json_set_integer(view->arena, note, "kind", kind);
    json_set_string(view->arena, note, "first", first);
}

void administration_apply(struct cluster_state *state, const struct json *command) {
    const struct administration_operation *row = find(json_string_at(command, "op", ""));

    ensure(row && row->apply);
    row->apply(state, command);
}
