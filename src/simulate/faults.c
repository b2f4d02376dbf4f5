/* What goes wrong. Each row: how often, its words, what it does, and how it ends. Sources of the kinds: Sieve
 * (stale reads, unobserved states, crashes in the middle), Acto (errors of the application), and what
 * operators of databases met in production. */
#include "sim/node/faults.h"
#include "sim/neo4j/process.h"
#include "simulate/run.h"
#include "simulate/volume_loss.h"
#include "simulate/words.h"

enum { MINUTE_MS = 60 * 1000, MS_MAX = 60 * MINUTE_MS };

static const char *const pods[] = { "graph-server-0", "graph-server-1", "graph-server-2", "graph-server-3",
                                    "graph-server-4" };

/* ---- calls that fail ---- */

static const char *invent_trouble(struct chance *chance, struct arena *arena, const enum trouble_kind *kinds,
                                  size_t count) {
    enum trouble_kind kind = kinds[chance_below(chance, count)];
    int64_t skip = chance_is(chance, 300) ? 0 : chance_between(chance, 0, 30);
    int64_t met = chance_is(chance, 700) ? 1 : chance_between(chance, 2, 20);

    return arena_printf(arena, "%s %lld %lld %lld", trouble_word(kind), (long long)skip, (long long)met,
                        (long long)chance_between(chance, 100, 20000));
}

static const char *invent_kube(struct chance *chance, struct arena *arena) {
    static const enum trouble_kind kinds[] = { TROUBLE_REFUSED,    TROUBLE_LOST,         TROUBLE_SILENT,
                                               TROUBLE_SLOW,       TROUBLE_CONFLICT,     TROUBLE_THROTTLED,
                                               TROUBLE_BROKEN,     TROUBLE_BROKEN_AFTER, TROUBLE_CRASH,
                                               TROUBLE_CRASH_AFTER };
    return invent_trouble(chance, arena, kinds, ARRAY_LENGTH(kinds));
}

static const char *invent_bolt(struct chance *chance, struct arena *arena) {
    static const enum trouble_kind kinds[] = { TROUBLE_REFUSED,    TROUBLE_LOST,    TROUBLE_SILENT,
                                               TROUBLE_SLOW,       TROUBLE_PARTIAL, TROUBLE_CRASH,
                                               TROUBLE_CRASH_AFTER };
    return invent_trouble(chance, arena, kinds, ARRAY_LENGTH(kinds));
}

static void arm(struct run *run, enum port port, struct text words) {
    struct operator_process *process = run_operator(run);
    struct trouble trouble = { 0 };

    if (!process || !trouble_parse(text_cut(&words, ' '), &trouble.kind))
        return;
    trouble.skip = (unsigned)words_take_number(&words, 1000);
    trouble.count = (unsigned)words_take_number(&words, 1000);
    trouble.ms = words_take_number(&words, MS_MAX);
    if (trouble.count)
        ports_arm(&process->ports, port, &trouble);
}

static void do_kube(struct run *run, struct text words) {
    arm(run, PORT_OF_KUBE, words);
}

static void do_bolt(struct run *run, struct text words) {
    arm(run, PORT_OF_BOLT, words);
}

/* ---- what the operator sees late, or again ---- */

static const char *invent_hold(struct chance *chance, struct arena *arena) {
    static const char *const resources[] = { "*",
                                             "pods",
                                             "statefulsets",
                                             "secrets",
                                             "configmaps",
                                             "neo4jenterpriseclusters",
                                             "services",
                                             "persistentvolumeclaims" };
    return arena_printf(arena, "%s %lld", CHANCE_OF(chance, resources),
                        (long long)chance_between(chance, 500, 5 * MINUTE_MS));
}

static void set_hold(struct run *run, const char *plural, bool is_held) {
    for (size_t i = 0; i < RUN_OPERATORS_MAX; i++)
        if (run->operators[i])
            sim_kube_hold(run->operators[i]->real, str_equal(plural, "*") ? NULL : plural, is_held);
}

static void end_hold(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    set_hold(run, words_take(&words, arena), false);
}

static void do_hold(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text plural = words;
    const char *name = words_take(&words, arena);

    set_hold(run, name, true);
    run_later(run, words_take_number(&words, MS_MAX), end_hold, plural);
}

static void do_watches_break(struct run *run, struct text words) {
    for (size_t i = 0; i < RUN_OPERATORS_MAX; i++)
        if (run->operators[i])
            sim_kube_disconnect(run->operators[i]->real);
}

static void do_compact(struct run *run, struct text words) {
    store_compact(api_store(run->universe->api), run->looker.version);
    do_watches_break(run, words);
}

/* ---- the operator ---- */

static const char *invent_down(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%lld",
                        (long long)chance_between(chance, 0, chance_is(chance, 800) ? 5000 : 10 * MINUTE_MS));
}

static void do_crash(struct run *run, struct text words) {
    run_kill_operator(run, words_take_number(&words, MS_MAX));
}

static const char *invent_travel(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%lld %lld", (long long)chance_between(chance, 1, 200),
                        (long long)chance_between(chance, 0, 5000));
}

static void do_travel(struct run *run, struct text words) {
    run->lag = words_take_number(&words, 10000);
    run_kill_operator(run, words_take_number(&words, MS_MAX));
}

static const char *invent_second(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%lld %lld", (long long)chance_between(chance, 1000, 2 * MINUTE_MS),
                        (long long)chance_between(chance, 1, 10));
}

/* The one before stands still in its next call while another takes over; then it goes on for some calls. */
static void do_second(struct run *run, struct text words) {
    struct operator_process *process = run_operator(run);
    int64_t ms = words_take_number(&words, MS_MAX);
    unsigned calls = (unsigned)words_take_number(&words, 1000);

    if (!process || !calls)
        return;
    ports_arm_first(&process->ports, PORT_OF_KUBE,
                    &(struct trouble){ .kind = TROUBLE_PAUSE, .count = 1, .ms = ms });
    process->ports.last_call = calls;
    process->until_ns = universe_now(run->universe) + (ms + MINUTE_MS) * NANOSECONDS_PER_MS;
    run_start_second(run);
}

static const char *invent_jump(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%s %lld %lld", chance_is(chance, 500) ? "forward" : "back",
                        (long long)chance_between(chance, 1000, 24 * 60 * MINUTE_MS),
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

static void set_jump(struct run *run, int64_t ns) {
    for (size_t i = 0; i < RUN_OPERATORS_MAX; i++)
        if (run->operators[i])
            run->operators[i]->clock.jump_ns = ns;
}

static void end_jump(struct run *run, struct text words) {
    set_jump(run, 0);
}

static void do_jump(struct run *run, struct text words) {
    bool is_forward = text_is(text_cut(&words, ' '), "forward");
    int64_t ns = words_take_number(&words, INT64_C(100) * 24 * 60 * MINUTE_MS) * NANOSECONDS_PER_MS;

    set_jump(run, is_forward ? ns : -ns);
    run_later(run, words_take_number(&words, MS_MAX), end_jump, TEXT(""));
}

/* ---- pods ---- */

static const char *invent_pod(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%s %s", CHANCE_OF(chance, pods),
                        chance_is(chance, 500) ? "gently" : "at-once");
}

static void do_pod_delete(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = words_take(&words, arena);
    const struct kube_call call = { .verb = KUBE_DELETE,
                                    .resource = &KUBE_PODS,
                                    .namespace = "default",
                                    .name = name,
                                    .immediately = text_is(text_cut(&words, ' '), "at-once") };
    struct error ignored = { 0 };

    (void)run->universe->kube->call(run->universe->kube, &call, arena, NULL, &ignored);
}

/* Anything that somebody may do to a pod's metadata. */
static void do_pod_touch(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = words_take(&words, arena);
    struct json *patch = json_new_object(arena);
    struct json *metadata = json_set_object(arena, patch, "metadata");
    struct error ignored = { 0 };

    json_set_string(arena, json_set_object(arena, metadata, "annotations"), "example.com/touched",
                    arena_printf(arena, "%lld", (long long)universe_now(run->universe)));
    json_set_string(arena, json_set_object(arena, metadata, "labels"), "example.com/touched", "yes");
    (void)!kube_merge_patch(run->universe->kube, arena, &KUBE_PODS, "default", name, NULL, patch, NULL,
                            &ignored);
}

/* ---- servers ---- */

static const char *address_of(struct run *run, struct arena *arena, const char *pod) {
    struct json *object = NULL;

    ensure(kube_get(run->universe->kube, arena, &KUBE_PODS, "default", pod, &object, NULL));
    return json_string_at(object, "status.podIP", NULL);
}

static const char *invent_cut(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%s %lld", CHANCE_OF(chance, pods),
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

static void set_cut(struct run *run, const char *address, bool is_cut) {
    struct neo4j_network *network = node_network(run->universe->node);

    neo4j_network_cut(network, address, "*", is_cut);
    neo4j_network_cut(network, "*", address, is_cut);
}

static void end_cut(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    set_cut(run, words_take(&words, arena), false);
}

static void do_cut(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *address = address_of(run, arena, words_take(&words, arena));

    if (!address)
        return;
    set_cut(run, address, true);
    run_later(run, words_take_number(&words, MS_MAX), end_cut, text_from(address));
}

/* ---- machines ---- */

static const char *const nodes[] = { "node-0", "node-1", "node-2", "node-3" };

static const char *invent_kill(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%s %s", CHANCE_OF(chance, pods), chance_is(chance, 300) ? "memory" : "crash");
}

static void do_kill(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *pod = words_take(&words, arena);

    (void)node_kill_container(run->universe->node, "default", pod, "neo4j", text_is(words, "memory"));
}

static const char *invent_node(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%s %lld", CHANCE_OF(chance, nodes),
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

static bool is_node(const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(nodes); i++)
        if (str_equal(nodes[i], name))
            return true;
    return false;
}

static void power_on(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    node_set_power(run->universe->node, words_take(&words, arena), true);
}

static void do_power(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = words_take(&words, arena);

    if (!is_node(name))
        return;
    node_set_power(run->universe->node, name, false);
    run_later(run, words_take_number(&words, MS_MAX), power_on, text_from(name));
}

static void connect_kubelet(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    node_set_kubelet(run->universe->node, words_take(&words, arena), true);
}

static void do_kubelet(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = words_take(&words, arena);

    if (!is_node(name))
        return;
    node_set_kubelet(run->universe->node, name, false);
    run_later(run, words_take_number(&words, MS_MAX), connect_kubelet, text_from(name));
}

static const char *invent_disk(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "data-%s %s %lld", CHANCE_OF(chance, pods),
                        chance_is(chance, 500) ? "full" : "slow",
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

/* Who makes room on a disk restarts the server, as a database that found it full stays offline. */
static void mend_disk(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *claim = words_take(&words, arena);

    if (node_set_disk(run->universe->node, "default", claim, NODE_DISK_FINE))
        (void)node_kill_container(run->universe->node, "default", claim + strlen("data-"), "neo4j", false);
}

static void do_disk(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *claim = words_take(&words, arena);
    bool is_full = text_is(text_cut(&words, ' '), "full");

    if (str_starts_with(claim, "data-") &&
        node_set_disk(run->universe->node, "default", claim, is_full ? NODE_DISK_FULL : NODE_DISK_SLOW))
        run_later(run, words_take_number(&words, MS_MAX), mend_disk, text_from(claim));
}

const struct deed_kind faults[] = {
    { "kube", true, 30, invent_kube, do_kube, "a call to the API server" },
    { "bolt", true, 30, invent_bolt, do_bolt, "a request to a Neo4j server" },
    { "watch-hold", true, 8, invent_hold, do_hold, "events come late" },
    { "watch-break", true, 4, NULL, do_watches_break, "all watches end, and list anew" },
    { "compact", true, 3, NULL, do_compact, "the API server forgets its history" },
    { "crash", true, 8, invent_down, do_crash, "the operator is killed" },
    { "time-travel", true, 5, invent_travel, do_travel,
      "the operator starts anew on a replica of the API server that is behind" },
    { "second", true, 5, invent_second, do_second,
      "a second operator takes over, the first goes on for a while" },
    { "clock-jump", true, 3, invent_jump, do_jump, "the operator's clock is wrong" },
    { "pod-delete", true, 12, invent_pod, do_pod_delete, "a pod is deleted" },
    { "pod-touch", true, 3, invent_pod, do_pod_touch, "a pod's labels and annotations change" },
    { "container-kill", true, 8, invent_kill, do_kill, "a container is killed" },
    { "power-cut", true, 4, invent_node, do_power, "a node has no power for a while" },
    { "kubelet-cut", true, 4, invent_node, do_kubelet, "a kubelet can't reach the API server for a while" },
    { "disk", true, 4, invent_disk, do_disk, "a volume is full, or slow, for a while" },
    { "volume-loss", true, 2, volume_loss_invent, volume_loss_perform,
      "a volume is lost, and its server replaced by hand" },
    { "server-cut", true, 10, invent_cut, do_cut, "a server is cut off from the others" },
    { 0 },
};
