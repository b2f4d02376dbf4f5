#include "neo4j/servers.h"

#include "neo4j/quote.h"

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

static struct server_row read_row(struct arena *arena, const struct neo4j_result *result, size_t row) {
    struct server_row server = {
        .id = row_string(result, row, "serverId"),
        .name = row_string(result, row, "name"),
        .address = row_string(result, row, "address"),
        .http_address = row_string(result, row, "httpAddress"),
        .https_address = row_string(result, row, "httpsAddress"),
        .state_text = row_string(result, row, "state"),
        .health_text = row_string(result, row, "health"),
        .hosting = row_texts(arena, result, row, "hosting"),
        .requested_hosting = row_texts(arena, result, row, "requestedHosting"),
        .tags = row_texts(arena, result, row, "tags"),
        .allowed_databases = row_texts(arena, result, row, "allowedDatabases"),
        .denied_databases = row_texts(arena, result, row, "deniedDatabases"),
        .version = row_string(result, row, "version"),
    };

    server.state = parse_state(server.state_text);
    server.is_available = str_equal(server.health_text, "Available");
    if (!mode_constraint_parse(row_string(result, row, "modeConstraint"), &server.mode_constraint))
        server.mode_constraint = MODE_NONE;
    return server;
}

static int compare_ids(const void *a, const void *b) {
    return strcmp(((const struct server_row *)a)->id, ((const struct server_row *)b)->id);
}

bool servers_read(struct arena *arena, const struct neo4j_result *result, struct server_rows *out_rows,
                  struct error *err) {
    size_t count = neo4j_result_rows(result);
    struct server_row *items = ARENA_ARRAY(arena, struct server_row, count);

    for (size_t i = 0; i < count; i++) {
        items[i] = read_row(arena, result, i);
        if (str_empty(items[i].id) || str_empty(items[i].state_text))
            return error_set(err, ERROR_PROTOCOL, "SHOW SERVERS: row %zu has no serverId or state", i + 1);
    }
    if (count)
        qsort(items, count, sizeof(*items), compare_ids);
    *out_rows = (struct server_rows){ .items = items, .count = count };
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
    for (size_t i = 0; i < rows->count; i++)
        if (!str_empty(rows->items[i].address) && text_is(host_of(rows->items[i].address), host))
            return &rows->items[i];
    return NULL;
}

/* ---- statements ---- */

/* Options must be literals: servers take no parameters inside the map. */
static void add_texts(struct buffer *out, const char *key, const struct text_list *texts) {
    if (!texts->count)
        return;
    buffer_printf(out, ", %s: [", key);
    for (size_t i = 0; i < texts->count; i++) {
        buffer_add_string(out, i ? ", " : "");
        quote_string(out, texts->items[i]);
    }
    buffer_add_char(out, ']');
}

static void add_options(struct buffer *out, const struct server_options *options) {
    ensure(!options->allowed_databases.count || !options->denied_databases.count);
    buffer_printf(out, "OPTIONS {modeConstraint: '%s'", mode_constraint_text(options->mode_constraint));
    add_texts(out, "allowedDatabases", &options->allowed_databases);
    add_texts(out, "deniedDatabases", &options->denied_databases);
    add_texts(out, "tags", &options->tags);
    buffer_add_char(out, '}');
}

/* before 'name' after, in arena. */
static char *statement(struct arena *arena, const char *before, const char *name, const char *after,
                       const struct server_options *options) {
    CLEANUP_BUFFER struct buffer out = { 0 };

    buffer_add_string(&out, before);
    quote_string(&out, name);
    buffer_add_string(&out, after);
    if (options)
        add_options(&out, options);
    return arena_strdup(arena, buffer_string(&out));
}

char *servers_enable(struct arena *arena, const char *name, const struct server_options *options) {
    return statement(arena, "ENABLE SERVER ", name, options ? " " : "", options);
}

char *servers_set_options(struct arena *arena, const char *name, const struct server_options *options) {
    return statement(arena, "ALTER SERVER ", name, " SET ", options);
}

char *servers_rename(struct arena *arena, const char *name, const char *new_name) {
    char *rename = statement(arena, "RENAME SERVER ", name, " TO ", NULL);

    return statement(arena, rename, new_name, "", NULL);
}

char *servers_cordon(struct arena *arena, const char *name) {
    return statement(arena, "CALL dbms.cluster.cordonServer(", name, ")", NULL);
}

char *servers_deallocate(struct arena *arena, const char *name, bool is_dry_run) {
    return statement(
        arena, is_dry_run ? "DRYRUN DEALLOCATE DATABASES FROM SERVER " : "DEALLOCATE DATABASES FROM SERVER ",
        name, "", NULL);
}

char *servers_drop(struct arena *arena, const char *name) {
    return statement(arena, "DROP SERVER ", name, "", NULL);
}
