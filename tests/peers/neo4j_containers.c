/* Simulated containers of the Neo4j image, one after another at one volume: what neo4j-admin is held against.
 *
 *     neo4j_containers IMAGE      e.g. neo4j:5.26.30-enterprise
 *
 * Each line of standard input is a step, a JSON object of one member and perhaps env, and is answered by a
 * line of JSON. Time is virtual, so nothing is waited for.
 *
 *     {"run": ["neo4j-admin", …], "env": {…}}   a container, until it exits: {"exit_code": 0, "lines": [...]}
 *     {"serve": true, "env": {…}}               a server that goes on once it serves Bolt: the same,
 * exit_code -1 while it runs
 *     {"stop": true}                            ends that server as SIGTERM does: {"exit_code": 143, …}
 *     {"folder": "data/dumps"}                  makes a folder on the volume: {}
 *     {"volume": true}                          takes an empty volume: {}
 */
#include "base/arena.h"
#include "sim/neo4j/file_tree.h"
#include "sim/neo4j/volume.h"

#include <stdio.h>

enum { BOLT_PORT = 7687, STEP_SECONDS_MAX = 300, TICK_MS = 50 };
static const int64_t wall_offset_ns = INT64_C(1767225600) * 1000000000; /* 2026-01-01 */

struct containers {
    const char *image;
    struct neo4j_network *network;
    struct neo4j_volume *volume;
    struct neo4j_process *server; /* NULL: none runs */
    struct json *lines;           /* of the step; in arena */
    bool is_quiet;                /* another container's step: what the server says is not of it */
    struct arena *arena;          /* of the step */
    int64_t now_ns;
};

static struct json *resolve(void *context, struct arena *arena, const char *name) {
    return json_new_array(arena);
}

static void log_line(void *context, const char *line) {
    struct containers *containers = context;

    json_append_string(containers->arena, containers->lines, line);
}

static void log_server_line(void *context, const char *line) {
    if (!((struct containers *)context)->is_quiet)
        log_line(context, line);
}

/* Until the process exits or, when is_server, serves; -1 when it runs. */
static int follow(struct containers *containers, struct neo4j_process *process, bool is_server) {
    int64_t limit_ns = containers->now_ns + INT64_C(1000000000) * STEP_SECONDS_MAX;
    int exit_code = -1;

    while (containers->now_ns < limit_ns && !neo4j_process_exited(process, &exit_code) &&
           !(is_server && neo4j_process_listens(process, BOLT_PORT))) {
        containers->now_ns += INT64_C(1000000) * TICK_MS;
        neo4j_network_tick(containers->network, containers->now_ns);
    }
    return exit_code;
}

static struct neo4j_process *start(struct containers *containers, const struct json *step, bool is_server) {
    const struct json *env = json_get(step, "env");
    struct json *all = env ? json_copy(containers->arena, env) : json_new_object(containers->arena);

    json_set_string(containers->arena, all, "NEO4J_ACCEPT_LICENSE_AGREEMENT", "yes");
    struct neo4j_mount mount = { .path = "/data", .volume = containers->volume };
    struct neo4j_container container = { .image = containers->image,
                                         .args = json_get(step, "run"),
                                         .env = all,
                                         .data = containers->volume,
                                         .mounts = &mount,
                                         .mount_count = 1,
                                         .address = is_server ? "127.0.1.1" : "127.0.1.2",
                                         .host_name = is_server ? "server" : "command",
                                         .start_delay_ms = 500 };
    containers->is_quiet = !is_server;
    return neo4j_process_start(containers->network, &container, containers->now_ns,
                               is_server ? log_server_line : log_line, containers);
}

static void answer(const struct containers *containers, int exit_code) {
    struct json *object = json_new_object(containers->arena);

    json_set_integer(containers->arena, object, "exit_code", exit_code);
    json_set(containers->arena, object, "lines", containers->lines);
    printf("%s\n", json_print(containers->arena, object));
}

static void run(struct containers *containers, const struct json *step) {
    struct neo4j_process *process = start(containers, step, false);

    answer(containers, follow(containers, process, false));
    neo4j_process_free(process);
}

static void stop(struct containers *containers) {
    containers->is_quiet = false;
    neo4j_process_terminate(containers->server, false);
    answer(containers, follow(containers, containers->server, false));
    neo4j_process_free(containers->server);
    containers->server = NULL;
}

static bool take_step(struct containers *containers, const struct json *step) {
    const char *folder = json_string_at(step, "folder", NULL);

    if (json_get(step, "run")) {
        run(containers, step);
    } else if (json_get(step, "serve") && !containers->server) {
        containers->server = start(containers, step, true);
        answer(containers, follow(containers, containers->server, true));
    } else if (json_get(step, "stop") && containers->server) {
        stop(containers);
    } else if (folder) {
        file_tree_make_folder(neo4j_volume_files(containers->volume), folder);
        printf("{}\n");
    } else if (json_get(step, "volume") && !containers->server) {
        neo4j_volume_free(containers->volume);
        containers->volume = neo4j_volume_new();
        printf("{}\n");
    } else {
        return false;
    }
    fflush(stdout);
    return true;
}

int main(int argc, char **argv) {
    struct containers containers = { .image = argc > 1 ? argv[1] : "neo4j:5.26.30-enterprise" };
    struct neo4j_resolver resolver = { &containers, resolve, resolve, NULL };
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    bool ok = true;

    containers.network = neo4j_network_new(&resolver, 1);
    neo4j_network_set_wall_offset(containers.network, wall_offset_ns);
    containers.volume = neo4j_volume_new();
    containers.arena = arena_new();
    while (ok && getline(&line, &size, stdin) > 0) {
        struct json *step;
        arena_reset(containers.arena);
        containers.lines = json_new_array(containers.arena);
        ok = json_parse(containers.arena, text_from(line), NULL, &step, NULL) && take_step(&containers, step);
        if (!ok)
            fprintf(stderr, "not a step that can be taken now: %s", line);
    }
    neo4j_process_free(containers.server);
    neo4j_volume_free(containers.volume);
    neo4j_network_free(containers.network);
    arena_free(containers.arena);
    return ok ? 0 : 2;
}
