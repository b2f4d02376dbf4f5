#include "admin_runs.h"

#include "test.h"

#include "sim/neo4j/file_tree.h"

void admin_prepare(struct world *world, const char *image) {
    struct world_server *server = &world->servers[ADMIN_SLOT];

    server->image = image;
    server->env = json_new_object(world->arena);
    server->files = json_new_object(world->arena);
    server->volume = neo4j_volume_new();
    server->due_ns = INT64_MAX;
}

static struct json *words_of(struct arena *arena, const char *words) {
    struct json *args = json_new_array(arena), *more;
    struct text rest = text_from(words);

    json_append_string(arena, args, "neo4j-admin");
    if (*words == '[') {
        assert_true(json_parse(arena, rest, NULL, &more, NULL));
        JSON_FOR_EACH_ITEM (word, more)
            json_append(arena, args, word);
        return args;
    }
    while (rest.length) {
        struct text word = text_cut(&rest, ' ');
        json_append_string(arena, args, arena_strndup(arena, word.data, word.length));
    }
    return args;
}

struct admin_run admin_run(struct world *world, const char *words) {
    struct world_server *server = &world->servers[ADMIN_SLOT];
    struct admin_run run = { .exit_code = ADMIN_STILL_RUNS };

    buffer_reset(&server->log);
    world_start_with(world, ADMIN_SLOT, words_of(world->arena, words));
    for (int i = 0; i < 1000 && !neo4j_process_exited(server->process, &run.exit_code); i++)
        world_run(world, 100);
    world_run(world, 1000); /* the next artifact has another name */
    run.log = arena_strdup(world->arena, world_log(world, ADMIN_SLOT));
    neo4j_process_free(server->process);
    server->process = NULL;
    return run;
}

static struct hosted_database *hosted(const struct world *world, unsigned server, const char *database) {
    struct neo4j_process *process = world->servers[server].process;
    const struct state_database *known = process ? state_find_database(&process->state, database) : NULL;

    return known ? hosting_find(process, known->id) : NULL;
}

static void on_done(void *context, int64_t now_ns, const struct failure *failure) {
    *(bool *)context = failure == NULL;
}

void admin_write(struct world *world, unsigned servers, const char *database, int64_t value) {
    struct arena *arena = world->arena;
    struct json *changes = json_new_array(arena), *change = json_append_object(arena, changes);
    struct failure failure = { 0 };
    bool is_done = false;
    uint64_t serial;

    for (unsigned i = 0; i < servers; i++) {
        struct hosted_database *leader = hosted(world, i, database);
        if (!leader || !hosting_is_writable(leader))
            continue;
        json_set_string(arena, change, "op", "put");
        json_set_integer(arena, change, "id", ledger_next_id(leader->ledger));
        json_append_string(arena, json_set_array(arena, change, "labels"), "Entry");
        json_set_integer(arena, json_set_object(arena, change, "properties"), "x", value);
        assert_true(hosting_commit(leader, changes, raft_term(leader->raft), on_done, &is_done, &serial,
                                   arena, &failure));
        for (int k = 0; k < 100 && !is_done; k++)
            world_run(world, 50);
        assert_true(is_done);
        world_run(world, 5000); /* to the others, too */
        return;
    }
    fail_msg("no server leads database %s", database);
}

size_t admin_entries(const struct world *world, unsigned server, const char *database) {
    const struct hosted_database *copy = hosted(world, server, database);

    return copy && copy->ledger ? ledger_entry_count(copy->ledger) : SIZE_MAX;
}

const char *admin_last_file(struct world *world, struct neo4j_volume *volume, const char *folder,
                            const char *prefix) {
    const char *last = "";
    const struct json *names = file_tree_list(neo4j_volume_files(volume), world->arena, folder);

    JSON_FOR_EACH_ITEM (name, names)
        if (str_starts_with(name->string, prefix))
            last = name->string;
    return last;
}
