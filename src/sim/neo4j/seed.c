#include "sim/neo4j/seed.h"

#include "sim/neo4j/store_image.h"

/* Which provider reads which scheme. Source: Operations Manual, seed providers; URLConnectionSeedProvider
 * stopped reading files with 2025.01. */
static const struct {
    const char *scheme;
    const char *provider;
    unsigned calendar_only; /* 1: since 2025.01; 2: until 2025.01 */
} providers[] = {
    { "s3:", "S3SeedProvider", 2 },     { "s3:", "CloudSeedProvider", 0 },
    { "gs:", "CloudSeedProvider", 0 },  { "azb:", "CloudSeedProvider", 0 },
    { "file:", "FileSeedProvider", 1 }, { "file:", "URLConnectionSeedProvider", 2 },
};

static bool lists(const char *list, const char *word) {
    struct text rest = text_from(list ? list : "");

    while (rest.data)
        if (text_is(text_trim(text_cut(&rest, ',')), word))
            return true;
    return false;
}

static bool has_provider(const struct neo4j_process *process, const char *uri) {
    const char *list = configuration_get(process->configuration, "dbms.databases.seed_from_uri_providers");
    unsigned other_family = neo4j_version_is_calendar(&process->version) ? 2 : 1;

    for (size_t i = 0; i < ARRAY_LENGTH(providers); i++)
        if (str_starts_with(uri, providers[i].scheme) && providers[i].calendar_only != other_family &&
            lists(list, providers[i].provider))
            return true;
    return false;
}

/* The only database of a folder, or the one that was asked for. */
static const char *database_of(const struct seed *seed, const struct artifact_list *list, struct error *err) {
    if (seed->source_database)
        return seed->source_database;
    for (size_t i = 1; i < list->count; i++)
        if (strcasecmp(list->items[i].database, list->items[0].database)) {
            error_set(err, ERROR_INVALID,
                      "The folder %s holds backups of several databases; name one with seedSourceDatabase",
                      seed->uri);
            return NULL;
        }
    if (!list->count)
        error_set(err, ERROR_NOT_FOUND, "No backup artifact found at %s", seed->uri);
    return list->count ? list->items[0].database : NULL;
}

static bool choose(const struct storage_place *place, struct arena *arena, const struct seed *seed,
                   struct artifact_list *out_chain, struct error *err) {
    bool is_folder = storage_is_folder(place);
    struct storage_place folder = is_folder ? *place : storage_parent(place, arena);
    struct artifact last;

    if (!is_folder && !artifact_read(place, arena, &last, err))
        return false;
    struct artifact_list list = artifact_list_folder(&folder, arena, is_folder ? NULL : last.database, NULL);
    if (is_folder) {
        const char *database = database_of(seed, &list, err);
        const struct artifact *latest = database ? artifact_latest(&list, database) : NULL;
        if (!database)
            return false;
        if (!latest)
            return error_set(err, ERROR_NOT_FOUND, "No backup artifact of database '%s' found at %s",
                             database, seed->uri);
        last = *latest;
    }
    return artifact_chain(&list, arena, &last, out_chain, err);
}

bool seed_read(struct neo4j_process *process, const struct seed *seed, struct ledger **out_ledger,
               struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct restore_until until = { 0 };
    struct storage_place place;
    struct artifact_list chain;

    if (!has_provider(process, seed->uri))
        return error_set(err, ERROR_INVALID,
                         "No registered seed provider supports the URI %s; "
                         "dbms.databases.seed_from_uri_providers lists what this server has",
                         seed->uri);
    if (seed->restore_until && !restore_until_parse(seed->restore_until, &until))
        return error_set(err, ERROR_INVALID,
                         "seedRestoreUntil is neither a date and time nor a transaction: %s",
                         seed->restore_until);
    if (!storage_locate(process, arena, seed->uri, &place, err) || !choose(&place, arena, seed, &chain, err))
        return false;
    if (artifact_is_later_than(&chain.items[chain.count - 1], &process->version))
        return error_set(err, ERROR_INVALID,
                         "The backup was made by Neo4j %s, which is newer than this server (%s)",
                         chain.items[chain.count - 1].version, process->version.text);
    if (chain.items[0].is_system)
        return error_set(err, ERROR_INVALID, "A backup of the system database can't seed another database");
    return store_image_replay(&chain, &until, out_ledger, err);
}

bool seed_fill(struct neo4j_process *process, struct volume_database *store, const char *database,
               const char *seed, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    struct json *json;

    if (!*seed || !json_parse(arena, text_from(seed), NULL, &json, NULL) || !json_get(json, "uri"))
        return true;
    const struct json *uri = json_get(json, "uri");
    uri = json_is(uri, JSON_OBJECT) ? json_get(uri, database) : uri;
    if (!json_is(uri, JSON_STRING))
        return error_set(err, ERROR_INVALID, "The seed names no URI for database '%s'", database);
    struct seed asked = { .uri = uri->string,
                          .source_database = json_string_at(json, "sourceDatabase", NULL),
                          .restore_until = json_string_at(json, "restoreUntil", NULL) };
    const struct json *until = json_get(json, "restoreUntil");
    if (json_is(until, JSON_INTEGER))
        asked.restore_until = arena_printf(arena, "%lld", (long long)until->integer);
    if (!seed_read(process, &asked, &ledger, err))
        return false;
    store->base = xstrdup(json_print(arena, ledger_write(ledger, arena)));
    return true;
}
