#include "neo4j/servers.h"

const char servers_query[] = "SHOW SERVERS YIELD *";

static const struct {
    enum server_state state;
    const char *text;
} states[] = {
#define X(state, text) { SERVER_##state, text },
    SERVER_STATES(X)
#undef X
};

const char *server_state_text(enum server_state state) {
    for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
        if (states[i].state == state)
            return states[i].text;
    return "Unknown";
}

static enum server_state parse_state(const char *text) {
    for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
        if (str_equal(states[i].text, text))
            return states[i].state;
    return SERVER_STATE_UNKNOWN;
}

static const char *const constraints[] = {
    [MODE_NONE] = "NONE", [MODE_PRIMARY] = "PRIMARY", [MODE_SECONDARY] = "SECONDARY"
};

const char *mode_constraint_text(enum mode_constraint constraint) {
    return constraints[constraint];
}

bool mode_constraint_parse(const char *text, enum mode_constraint *out_constraint) {
    for (size_t i = 0; i < ARRAY_LENGTH(constraints); i++)
        if (str_equal(constraints[i], text)) {
            *out_constraint = (enum mode_constraint)i;
            return true;
        }
    return false;
}

/* ---- rows ---- */

static const struct row_column columns[] = {
    ROW_KEY(struct server_row, id, TEXT, "serverId"),
    ROW(struct server_row, name, TEXT, "name"),
    ROW(struct server_row, address, TEXT, "address"),
    ROW(struct server_row, http_address, TEXT, "httpAddress"),
    ROW(struct server_row, https_address, TEXT, "httpsAddress"),
    ROW_KEY(struct server_row, state_text, TEXT, "state"),
    ROW(struct server_row, health_text, TEXT, "health"),
    ROW(struct server_row, hosting, TEXTS, "hosting"),
    ROW(struct server_row, requested_hosting, TEXTS, "requestedHosting"),
    ROW(struct server_row, tags, TEXTS, "tags"),
    ROW(struct server_row, allowed_databases, TEXTS, "allowedDatabases"),
    ROW(struct server_row, denied_databases, TEXTS, "deniedDatabases"),
    ROW(struct server_row, mode_text, TEXT, "modeConstraint"),
    ROW(struct server_row, version, TEXT, "version"),
};
static const struct row_kind kind = ROW_KIND("SHOW SERVERS", struct server_row, columns);

bool servers_read(struct arena *arena, const struct neo4j_result *result, struct server_rows *out_rows,
                  struct error *err) {
    struct server_rows rows = { 0 };

    rows.items = rows_read(arena, &kind, result, &rows.count, err);
    if (!rows.items)
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        struct server_row *server = &rows.items[i];
        server->state = parse_state(server->state_text);
        server->is_available = str_equal(server->health_text, "Available");
        if (!mode_constraint_parse(server->mode_text, &server->mode_constraint))
            server->mode_constraint = MODE_NONE;
    }
    *out_rows = rows;
    return true;
}

const struct server_row *servers_by_id(const struct server_rows *rows, const char *id) {
    for (size_t i = 0; i < rows->count; i++)
        if (str_equal(rows->items[i].id, id))
            return &rows->items[i];
    return NULL;
}

/* host:port, the port after the last colon: an IPv6 host is in brackets. */
static struct text host_of(const char *address) {
    const char *colon = strrchr(address, ':');

    return (struct text){ address, colon ? (size_t)(colon - address) : strlen(address) };
}

const struct server_row *servers_by_host(const struct server_rows *rows, const char *host) {
    const struct server_row *found = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        const struct server_row *row = &rows->items[i];
        if (str_empty(row->address) || !text_is(host_of(row->address), host))
            continue;
        if (row->is_available)
            return row;
        found = found ? found : row;
    }
    return found;
}

/* ---- statements ---- */

/* Options must be literals: servers take no parameters inside the map. */
static void add_option(struct statement *statement, const char *key, const struct text_list *texts) {
    if (!texts->count)
        return;
    statement_add(statement, key);
    statement_add_texts(statement, texts);
    statement_add(statement, "]");
}

static void add_options(struct statement *statement, const struct server_options *options) {
    ensure(!options->allowed_databases.count || !options->denied_databases.count);
    statement_add(statement, "OPTIONS {modeConstraint: ");
    statement_add_text(statement, mode_constraint_text(options->mode_constraint));
    add_option(statement, ", allowedDatabases: [", &options->allowed_databases);
    add_option(statement, ", deniedDatabases: [", &options->denied_databases);
    add_option(statement, ", tags: [", &options->tags);
    statement_add(statement, "}");
}

static void start(struct statement *statement, struct arena *arena, const char *words, const char *server) {
    statement_start(statement, arena, words);
    statement_add_parameter(statement, "server", server);
}

const struct administration *server_enable(struct arena *arena, const char *server,
                                           const struct server_options *options) {
    struct statement statement;

    start(&statement, arena, "ENABLE SERVER ", server);
    if (options) {
        statement_add(&statement, " ");
        add_options(&statement, options);
    }
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *server_set_options(struct arena *arena, const char *server,
                                                const struct server_options *options) {
    struct statement statement;

    start(&statement, arena, "ALTER SERVER ", server);
    statement_add(&statement, " SET ");
    add_options(&statement, options);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *server_rename(struct arena *arena, const char *server, const char *new_name) {
    struct statement statement;

    start(&statement, arena, "RENAME SERVER ", server);
    statement_add(&statement, " TO ");
    statement_add_parameter(&statement, "name", new_name);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *server_cordon(struct arena *arena, const char *server) {
    struct statement statement;

    start(&statement, arena, "CALL dbms.cluster.cordonServer(", server);
    statement_add(&statement, ")");
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *server_deallocate(struct arena *arena, const struct text_list *servers,
                                               bool is_dry_run) {
    struct statement statement;

    statement_start(&statement, arena, is_dry_run ? "DRYRUN " : "");
    statement_add(&statement, "DEALLOCATE DATABASES FROM SERVERS ");
    statement_add_parameters(&statement, "server", servers);
    return statement_end(&statement, is_dry_run ? EFFECT_READS : EFFECT_CHANGES);
}

const struct administration *server_drop(struct arena *arena, const char *server) {
    struct statement statement;

    start(&statement, arena, "DROP SERVER ", server);
    return statement_end(&statement, EFFECT_REMOVES);
}
