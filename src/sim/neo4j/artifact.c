#include "sim/neo4j/artifact.h"

#include "base/encoding.h"

#include <fnmatch.h>
#include <time.h>

enum { SEAL_DIGITS = 32 };

char *artifact_file_name(struct arena *arena, const char *database, int64_t wall_ns) {
    time_t seconds = (time_t)(wall_ns / SECOND_NS);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    return arena_printf(arena, "%s-%04d-%02d-%02dT%02d-%02d-%02d.backup", database, parts.tm_year + 1900,
                        parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool artifact_is_empty(const struct artifact *artifact) {
    return !artifact->is_full && !artifact->lowest;
}

bool artifact_is_later_than(const struct artifact *artifact, const struct neo4j_version *version) {
    struct version own = version_parse(artifact->version);

    return own.family != VERSION_UNKNOWN && version_compare(&own, &version->number) > 0;
}

/* ---- text ---- */

/* The members that are plain values, once for both directions. */
static const struct member {
    const char *key;
    enum { TEXT_MEMBER, FLAG_MEMBER, NUMBER_MEMBER } type;
    size_t offset;
} members[] = {
    { "version", TEXT_MEMBER, offsetof(struct artifact, version) },
    { "database", TEXT_MEMBER, offsetof(struct artifact, database) },
    { "databaseId", TEXT_MEMBER, offsetof(struct artifact, database_id) },
    { "time", NUMBER_MEMBER, offsetof(struct artifact, wall_ns) },
    { "full", FLAG_MEMBER, offsetof(struct artifact, is_full) },
    { "system", FLAG_MEMBER, offsetof(struct artifact, is_system) },
    { "compressed", FLAG_MEMBER, offsetof(struct artifact, is_compressed) },
    { "recovered", FLAG_MEMBER, offsetof(struct artifact, is_recovered) },
    { "lowest", NUMBER_MEMBER, offsetof(struct artifact, lowest) },
    { "highest", NUMBER_MEMBER, offsetof(struct artifact, highest) },
    { "after", NUMBER_MEMBER, offsetof(struct artifact, after) },
    { "before", TEXT_MEMBER, offsetof(struct artifact, before) },
    { "checksum", TEXT_MEMBER, offsetof(struct artifact, checksum) },
    { "store", TEXT_MEMBER, offsetof(struct artifact, store) },
    { "metadata", TEXT_MEMBER, offsetof(struct artifact, metadata) },
};

static const char *seal_of(struct arena *arena, const struct json *unsealed) {
    const char *text = json_print(arena, unsealed);

    return sha256_hex(arena, text, strlen(text), SEAL_DIGITS);
}

char *artifact_print(struct arena *arena, const struct artifact *artifact) {
    struct json *json = json_new_object(arena);

    json_set_string(arena, json, "artifact", artifact->is_dump ? "dump" : "backup");
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const char *place = (const char *)artifact + members[i].offset;
        switch (members[i].type) {
        case TEXT_MEMBER:
            json_set_string(
                arena, json, members[i].key,
                *(const char *const *)(const void *)place ? *(const char *const *)(const void *)place : "");
            break;
        case FLAG_MEMBER:
            json_set_bool(arena, json, members[i].key, *(const bool *)place);
            break;
        case NUMBER_MEMBER:
            json_set_integer(arena, json, members[i].key, *(const int64_t *)(const void *)place);
            break;
        }
    }
    json_set(arena, json, "content", artifact->content);
    json_set_string(arena, json, "seal", seal_of(arena, json));
    return json_print(arena, json);
}

static bool read_members(const struct json *json, struct artifact *artifact) {
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
        const struct json *value = json_get(json, members[i].key);
        char *place = (char *)artifact + members[i].offset;
        switch (members[i].type) {
        case TEXT_MEMBER:
            if (!json_is(value, JSON_STRING))
                return false;
            *(const char **)(void *)place = value->string;
            break;
        case FLAG_MEMBER:
            *(bool *)place = json_bool(value, false);
            break;
        case NUMBER_MEMBER:
            if (!json_is(value, JSON_INTEGER) || value->integer < 0)
                return false;
            *(int64_t *)(void *)place = value->integer;
            break;
        }
    }
    return true;
}

bool artifact_parse(struct arena *arena, const char *text, struct artifact *out_artifact, struct error *err) {
    struct artifact artifact = { 0 };
    struct json *json;

    if (!json_parse(arena, text_from(text), NULL, &json, NULL) || !json_get(json, "artifact"))
        return error_set(err, ERROR_INVALID, "Not a valid backup artifact: the file has no artifact header");
    const char *seal = arena_strdup(arena, json_string_at(json, "seal", ""));
    json_remove(json, "seal");
    if (!str_equal(seal, seal_of(arena, json)))
        return error_set(err, ERROR_INVALID,
                         "The artifact is corrupt: its checksum does not match its content");
    artifact.is_dump = str_equal(json_string_at(json, "artifact", ""), "dump");
    artifact.content = json_get(json, "content");
    if (!read_members(json, &artifact) || !*artifact.database || !artifact.content ||
        artifact.lowest > artifact.highest)
        return error_set(err, ERROR_INVALID, "The artifact is corrupt: its header is incomplete");
    *out_artifact = artifact;
    return true;
}

/* ---- folders ---- */

bool artifact_glob(const char *pattern, const char *database) {
    return fnmatch(pattern, database, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

bool artifact_read(const struct storage_place *file, struct arena *arena, struct artifact *out_artifact,
                   struct error *err) {
    const char *text = storage_read(file);

    if (!text)
        return error_set(err, ERROR_NOT_FOUND, "%s does not exist", storage_name(file, arena));
    if (!artifact_parse(arena, text, out_artifact, err))
        return error_wrap(err, "%s", storage_name(file, arena));
    out_artifact->file = arena_strdup(arena, storage_file_name(file));
    return true;
}

static int newest_first(const void *a, const void *b) {
    const struct artifact *left = a, *right = b;

    if (left->wall_ns / SECOND_NS != right->wall_ns / SECOND_NS)
        return left->wall_ns > right->wall_ns ? -1 : 1;
    if (left->highest != right->highest)
        return left->highest > right->highest ? -1 : 1;
    return -strcmp(left->file, right->file);
}

struct artifact_list artifact_list_folder(const struct storage_place *folder, struct arena *arena,
                                          const char *database, struct buffer *skipped) {
    const struct json *names = file_tree_list(folder->tree, arena, folder->path);
    struct artifact_list list = { .items = ARENA_ARRAY(arena, struct artifact, json_length(names) + 1) };

    JSON_FOR_EACH_ITEM (name, names) {
        struct storage_place file = storage_inside(folder, arena, name->string);
        struct artifact *artifact = &list.items[list.count];
        struct error err = { 0 };
        if (!str_ends_with(name->string, ".backup"))
            continue;
        if (artifact_read(&file, arena, artifact, &err))
            list.count += !database || artifact_glob(database, artifact->database);
        else if (skipped)
            buffer_printf(skipped, "%s\n", err.text);
    }
    qsort(list.items, list.count, sizeof(list.items[0]), newest_first);
    return list;
}

const struct artifact *artifact_latest(const struct artifact_list *list, const char *database) {
    const struct artifact *best = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct artifact *artifact = &list->items[i];
        uint64_t reach = artifact_is_empty(artifact) ? artifact->after : artifact->highest;
        uint64_t best_reach = best ? artifact_is_empty(best) ? best->after : best->highest : 0;
        if (!strcasecmp(artifact->database, database) && (!best || reach > best_reach))
            best = artifact;
    }
    return best;
}

/* Whether artifact is what the differential artifact next goes on from. */
static bool is_parent(const struct artifact *artifact, const struct artifact *next) {
    uint64_t reach = artifact_is_empty(artifact) ? artifact->after : artifact->highest;

    return str_equal(artifact->database_id, next->database_id) && str_equal(artifact->store, next->store) &&
           reach == next->after && str_equal(artifact->checksum, next->before) && !artifact->is_dump &&
           !artifact_is_empty(artifact);
}

bool artifact_chain(const struct artifact_list *list, struct arena *arena, const struct artifact *last,
                    struct artifact_list *out_chain, struct error *err) {
    struct artifact *chain = ARENA_ARRAY(arena, struct artifact, list->count + 1);
    size_t first = list->count;

    chain[first] = *last;
    while (!chain[first].is_full) {
        const struct artifact *parent = NULL;
        for (size_t i = 0; i < list->count && first; i++)
            if (is_parent(&list->items[i], &chain[first]) && (!parent || list->items[i].is_full))
                parent = &list->items[i];
        if (!parent)
            return error_set(err, ERROR_NOT_FOUND,
                             "No backup chain ends with '%s': the artifact of database '%s' that ends with "
                             "transaction %llu is not in the same folder",
                             last->file, last->database, (unsigned long long)chain[first].after);
        chain[--first] = *parent;
    }
    *out_chain = (struct artifact_list){ &chain[first], list->count - first + 1 };
    return true;
}
