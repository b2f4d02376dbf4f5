#include "simulate/volume_loss.h"

#include "neo4j/servers.h"
#include "sim/node/faults.h"
#include "simulate/stage.h"
#include "simulate/words.h"
#include "simulate/writer.h"

enum { MINUTE_MS = 60 * 1000, MS_MAX = 60 * MINUTE_MS, AGAIN_MS = MINUTE_MS / 2 };

const char *volume_loss_invent(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "graph-server-%lld %lld", (long long)chance_between(chance, 0, 4),
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

static bool ask(struct run *run, struct arena *arena, const struct administration *what,
                struct neo4j_result *out_result) {
    struct error err = { 0 };
    bool is_done = writer_ask(run->writer, arena, &what->statement, out_result, &err);

    run_tell(run, "administrator: %s%s%s", what->statement.text, is_done ? "" : ": ", err.text);
    return is_done;
}

static size_t serving(const struct server_rows *rows) {
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++)
        count += rows->items[i].is_available && rows->items[i].state == SERVER_ENABLED;
    return count;
}

/* Databases first, then the server itself; which is refused until it hosts nothing but system, and tried
 * again.
 */
static void take_out(struct run *run, struct arena *arena, const struct server_row *gone) {
    struct neo4j_result ignored = { 0 };
    const char *id = gone->id;
    const struct text_list servers = { .items = &id, .count = 1 };
    bool has_given_away = gone->state == SERVER_DEALLOCATING || gone->state == SERVER_DEALLOCATED;

    (void)ask(run, arena, has_given_away ? server_drop(arena, id) : server_deallocate(arena, &servers, false),
              &ignored);
}

/* Until there are no more servers than pods. A cluster that comes back has them again. */
static void look(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *set = stage_get(run->universe, &KUBE_STATEFUL_SETS, "default", "graph-server");
    size_t pods = (size_t)json_integer_at(set, "spec.replicas", 0);
    struct neo4j_result result = { 0 };
    struct server_rows rows = { 0 };

    bool is_whole = false;
    if (set && ask(run, arena, statement_of(arena, servers_query, EFFECT_READS), &result) &&
        servers_read(arena, &result, &rows, NULL) && serving(&rows) == pods) {
        is_whole = rows.count == pods;
        for (size_t i = 0; i < rows.count; i++)
            if (!rows.items[i].is_available)
                take_out(run, arena, &rows.items[i]);
    }
    /* Neo4j takes a while to notice that a server is gone. */
    if (is_whole && text_is(words, "again"))
        return;
    run_later(run, AGAIN_MS, look, is_whole ? TEXT("again") : TEXT(""));
}

void volume_loss_perform(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *pod = words_take(&words, arena);
    CLEANUP_FREE char *claim = xprintf("data-%s", pod);

    if (run->has_lost_volume || !node_lose_volume(run->universe->node, "default", claim))
        return;
    run->has_lost_volume = true;
    run_later(run, words_take_number(&words, MS_MAX), look, TEXT(""));
}
