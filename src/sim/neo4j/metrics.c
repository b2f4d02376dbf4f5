#include "sim/neo4j/metrics.h"

#include "sim/neo4j/session_state.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>

/* What the values are asked of. */
struct metric_scope {
    const struct neo4j_process *process;
    const char *database;                 /* NULL: of the whole server */
    const struct hosted_database *hosted; /* NULL: system, or the whole server */
    const struct raft *raft;              /* of the database; NULL: none */
};

enum metric_type { GAUGE, COUNTER, SUMMARY };

struct metric {
    const char *name; /* behind "neo4j.dbms." or "neo4j.database.<db>." */
    enum metric_type type;
    unsigned since, until; /* as in admin.h: 526, 202501 */
    bool is_clustered;     /* only of databases that are in a raft group */
    double (*value)(const struct metric_scope *scope);
};

void metrics_count_query(struct neo4j_process *process, const char *database, bool is_success) {
    const struct state_database *known = state_find_database(&process->state, database);
    struct hosted_database *hosted = known ? hosting_find(process, known->id) : NULL;
    struct query_counts *counts = hosted ? &hosted->queries : &process->system_queries;

    *(is_success ? &counts->succeeded : &counts->failed) += 1;
}

/* ---- values ---- */

static double zero(const struct metric_scope *scope) {
    return 0;
}

static double connections_opened(const struct metric_scope *scope) {
    return (double)scope->process->connection_serial;
}

static double count_sessions(const struct metric_scope *scope, bool is_running) {
    const struct neo4j_session *session;
    double count = 0;

    LIST_FOREACH (session, &scope->process->sessions, link)
        count += (session->state > STATE_READY) == is_running;
    return count;
}

static double connections_running(const struct metric_scope *scope) {
    return count_sessions(scope, true);
}

static double connections_idle(const struct metric_scope *scope) {
    return count_sessions(scope, false);
}

static double connections_closed(const struct metric_scope *scope) {
    return connections_opened(scope) - connections_running(scope) - connections_idle(scope);
}

static double messages_received(const struct metric_scope *scope) {
    return (double)scope->process->counts.messages_received;
}

static double messages_done(const struct metric_scope *scope) {
    return (double)(scope->process->counts.messages_received - scope->process->counts.messages_failed);
}

static double messages_failed(const struct metric_scope *scope) {
    return (double)scope->process->counts.messages_failed;
}

static double databases_hosted(const struct metric_scope *scope) {
    const struct hosted_database *hosted;
    double count = 1; /* system */

    TAILQ_FOREACH (hosted, &scope->process->hosted, link)
        count += 1;
    return count;
}

static double databases_failed(const struct metric_scope *scope) {
    const struct hosted_database *hosted;
    double count = 0;

    TAILQ_FOREACH (hosted, &scope->process->hosted, link)
        count += hosted->damage != NULL;
    return count;
}

static double databases_desired_started(const struct metric_scope *scope) {
    const struct cluster_state *state = &scope->process->state;
    double count = 1;

    for (size_t i = 0; i < state->database_count; i++)
        count += state->databases[i].is_online &&
                 state_find_allocation(&state->databases[i], process_id(scope->process));
    return count;
}

static double members(const struct metric_scope *scope, bool is_reachable) {
    const struct server_peer *peer;
    double count = is_reachable; /* itself */

    TAILQ_FOREACH (peer, &scope->process->peers, link)
        count += discovery_is_reachable(scope->process, peer) == is_reachable;
    return count;
}

static double members_reachable(const struct metric_scope *scope) {
    return members(scope, true);
}

static double members_unreachable(const struct metric_scope *scope) {
    return members(scope, false);
}

static double heap_max(const struct metric_scope *scope) {
    int64_t bytes = configuration_bytes(scope->process->configuration, "server.memory.heap.max_size");

    return bytes > 0 ? (double)bytes : 512.0 * 1024 * 1024;
}

static double bytes_of_databases(const struct metric_scope *scope) {
    const struct hosted_database *hosted;
    double bytes = 0;

    TAILQ_FOREACH (hosted, &scope->process->hosted, link)
        bytes += hosted->ledger ? (double)ledger_bytes(hosted->ledger) : 0;
    return bytes;
}

static double heap_used(const struct metric_scope *scope) {
    return 64.0 * 1024 * 1024 + bytes_of_databases(scope);
}

static double page_cache_usage(const struct metric_scope *scope) {
    int64_t bytes = configuration_bytes(scope->process->configuration, "server.memory.pagecache.size");

    return bytes > 0 ? bytes_of_databases(scope) / (double)bytes : 0;
}

static double one(const struct metric_scope *scope) {
    return 1;
}

/* A pool without a bound says the largest number. */
static double unlimited(const struct metric_scope *scope) {
    return 9.223372036854776e18;
}

static double is_leader(const struct metric_scope *scope) {
    return raft_role(scope->raft) == RAFT_LEADER;
}

static double raft_term_of(const struct metric_scope *scope) {
    return (double)raft_term(scope->raft);
}

static double raft_commit_index(const struct metric_scope *scope) {
    return (double)raft_committed(scope->raft);
}

static double raft_applied_index(const struct metric_scope *scope) {
    return (double)raft_applied(scope->raft);
}

static double raft_append_index(const struct metric_scope *scope) {
    const struct neo4j_process *process = scope->process;

    return (double)(scope->hosted ? scope->hosted->store->log.count : process->volume->system.count);
}

static double raft_prune_index(const struct metric_scope *scope) {
    return scope->hosted ? (double)scope->hosted->store->log.cut : 0;
}

static double last_leader_message(const struct metric_scope *scope) {
    return (double)(raft_silence_ns(scope->raft, scope->process->now_ns) / MS_NS);
}

static double last_transaction(const struct metric_scope *scope) {
    if (scope->hosted)
        return scope->hosted->ledger ? (double)ledger_transaction(scope->hosted->ledger) : 0;
    return scope->raft ? (double)raft_applied(scope->raft) : 0;
}

static double store_bytes(const struct metric_scope *scope) {
    const struct ledger *ledger = scope->hosted ? scope->hosted->ledger : NULL;

    return 900.0 * 1024 + (ledger ? (double)ledger_bytes(ledger) : 0);
}

static double node_count(const struct metric_scope *scope) {
    const struct ledger *ledger = scope->hosted ? scope->hosted->ledger : NULL;

    return ledger ? (double)ledger_entry_count(ledger) : 0;
}

static double node_ids(const struct metric_scope *scope) {
    const struct ledger *ledger = scope->hosted ? scope->hosted->ledger : NULL;

    return ledger ? (double)ledger_next_id(ledger) : 0;
}

static double checkpoints(const struct metric_scope *scope) {
    return scope->hosted ? scope->hosted->store->base_index > 0 : 0;
}

static const struct query_counts *queries(const struct metric_scope *scope) {
    return scope->hosted ? &scope->hosted->queries : &scope->process->system_queries;
}

static double queries_succeeded(const struct metric_scope *scope) {
    return (double)queries(scope)->succeeded;
}

static double queries_failed(const struct metric_scope *scope) {
    return (double)queries(scope)->failed;
}

static double transactions_open(const struct metric_scope *scope, bool reads) {
    const struct neo4j_session *session;
    double count = 0;

    LIST_FOREACH (session, &scope->process->sessions, link)
        count +=
            session->database && !strcasecmp(session->database, scope->database) && session->is_read == reads;
    return count;
}

static double transactions_read(const struct metric_scope *scope) {
    return transactions_open(scope, true);
}

static double transactions_write(const struct metric_scope *scope) {
    return transactions_open(scope, false);
}

static double transactions_active(const struct metric_scope *scope) {
    return transactions_open(scope, true) + transactions_open(scope, false);
}

/* ---- the tables ---- */

static const struct metric of_server[] = {
    { "bolt.connections_closed", COUNTER, .value = connections_closed },
    { "bolt.connections_idle", GAUGE, .value = connections_idle },
    { "bolt.connections_opened", COUNTER, .value = connections_opened },
    { "bolt.connections_running", GAUGE, .value = connections_running },
    { "bolt.messages_done", COUNTER, .value = messages_done },
    { "bolt.messages_failed", COUNTER, .value = messages_failed },
    { "bolt.messages_received", COUNTER, .value = messages_received },
    { "bolt.messages_started", COUNTER, .value = messages_received },
    { "cluster.discovery.memberset.reachable", GAUGE, .value = members_reachable },
    { "cluster.discovery.memberset.unreachable", GAUGE, .value = members_unreachable },
    { "db.operation.count.failed", COUNTER, .value = databases_failed },
    { "db.state.count.desired_started", GAUGE, .value = databases_desired_started },
    { "db.state.count.failed", GAUGE, .value = databases_failed },
    { "db.state.count.hosted", GAUGE, .value = databases_hosted },
    { "page_cache.evictions", COUNTER, .value = zero },
    { "page_cache.flushes", COUNTER, .value = zero },
    { "page_cache.hit_ratio", GAUGE, .value = one },
    { "page_cache.hits", COUNTER, .value = zero },
    { "page_cache.page_faults", COUNTER, .value = zero },
    { "page_cache.usage_ratio", GAUGE, .value = page_cache_usage },
    { "pool.bolt.free", GAUGE, .value = unlimited },
    { "pool.bolt.total_size", GAUGE, .value = unlimited },
    { "pool.bolt.total_used", GAUGE, .value = zero },
    { "pool.bolt.used_heap", GAUGE, .value = zero },
    { "vm.file.descriptors.count", GAUGE, .value = connections_idle },
    { "vm.gc.time.g1_old_generation", COUNTER, .value = zero },
    { "vm.gc.time.g1_young_generation", COUNTER, .value = zero },
    { "vm.heap.committed", GAUGE, .value = heap_max },
    { "vm.heap.max", GAUGE, .value = heap_max },
    { "vm.heap.used", GAUGE, .value = heap_used },
    { "vm.memory.buffer.direct.used", GAUGE, .value = zero },
    { "vm.memory.pool.g1_eden_space", GAUGE, .value = zero },
    { "vm.memory.pool.g1_old_gen", GAUGE, .value = heap_used },
    { "vm.pause_time", COUNTER, .value = zero },
    { "vm.threads", GAUGE, .value = connections_running },
};

static const struct metric of_database[] = {
    { "check_point.duration", GAUGE, .value = zero },
    { "check_point.events", COUNTER, .value = checkpoints },
    { "check_point.total_time", COUNTER, .value = zero },
    { "cluster.raft.append_index", GAUGE, .is_clustered = true, .value = raft_append_index },
    { "cluster.raft.applied_index", GAUGE, .is_clustered = true, .value = raft_applied_index },
    { "cluster.raft.commit_index", GAUGE, .is_clustered = true, .value = raft_commit_index },
    { "cluster.raft.is_leader", GAUGE, .is_clustered = true, .value = is_leader },
    { "cluster.raft.last_leader_message", GAUGE, .is_clustered = true, .value = last_leader_message },
    { "cluster.raft.prune_index", GAUGE, .is_clustered = true, .value = raft_prune_index },
    { "cluster.raft.replication_attempt", COUNTER, .is_clustered = true, .value = raft_append_index },
    { "cluster.raft.replication_fail", COUNTER, .is_clustered = true, .value = zero },
    { "cluster.raft.term", GAUGE, .is_clustered = true, .value = raft_term_of },
    { "db.query.execution.failure", COUNTER, .value = queries_failed },
    { "db.query.execution.latency.millis", SUMMARY, .value = queries_succeeded },
    { "db.query.execution.success", COUNTER, .value = queries_succeeded },
    { "ids_in_use.node", GAUGE, .value = node_ids },
    { "ids_in_use.property", GAUGE, .value = node_ids },
    { "ids_in_use.relationship", GAUGE, .value = zero },
    { "ids_in_use.relationship_type", GAUGE, .value = zero },
    { "log.rotation_events", COUNTER, .value = zero },
    { "neo4j.count.node", GAUGE, .since = 202503, .value = node_count },
    { "neo4j.count.relationship", GAUGE, .since = 202503, .value = zero },
    { "store.size.database", GAUGE, .value = store_bytes },
    { "store.size.full", GAUGE, .since = 202501, .value = store_bytes },
    { "store.size.total", GAUGE, .until = 526, .value = store_bytes },
    { "transaction.active", GAUGE, .value = transactions_active },
    { "transaction.active_read", GAUGE, .value = transactions_read },
    { "transaction.active_write", GAUGE, .value = transactions_write },
    { "transaction.committed", COUNTER, .value = last_transaction },
    { "transaction.last_closed_tx_id", COUNTER, .value = last_transaction },
    { "transaction.last_committed_tx_id", COUNTER, .value = last_transaction },
    { "transaction.peak_concurrent", COUNTER, .value = zero },
    { "transaction.rollbacks", COUNTER, .value = zero },
    { "transaction.terminated", COUNTER, .value = zero },
};

/* What goes through when the configuration says nothing. */
static const char default_filter[] =
    "*bolt.connections*,*bolt.messages_received*,*bolt.messages_started*,*dbms.pool.bolt.free,"
    "*dbms.pool.bolt.total_size,*dbms.pool.bolt.total_used,*dbms.pool.bolt.used_heap,*cluster.raft.is_leader,"
    "*cluster.raft.last_leader_message,*cluster.raft.replication_attempt,*cluster.raft.replication_fail,"
    "*cluster.raft.last_applied,*cluster.raft.last_appended,*cluster.raft.append_index,*cluster.raft.commit_"
    "index,"
    "*cluster.raft.applied_index,*cluster.internal.discovery.*,*check_point.*,*cypher.replan_events,*cypher."
    "cache*,"
    "*ids_in_use*,*pool.transaction.*.total_used,*pool.transaction.*.used_heap,*pool.transaction.*.used_"
    "native,"
    "*store.size*,*transaction.active_read,*transaction.active_write,*transaction.committed*,"
    "*transaction.last_committed_tx_id,*transaction.peak_concurrent,*transaction.rollbacks*,*page_cache.hit*,"
    "*page_cache.page_faults,*page_cache.usage_ratio,*vm.file.descriptors.count,*vm.gc.time.*,*vm.heap.used,"
    "*vm.memory.buffer.direct.used,*vm.memory.pool.g1_eden_space,*vm.memory.pool.g1_old_gen,*vm.pause_time,"
    "*vm.thread*,*db.query.execution*,*protocol*,*.neo4j.count.*";

static bool matches(const char *globs, const char *name) {
    struct text rest = text_from(globs);

    while (rest.data) {
        struct text glob = text_trim(text_cut(&rest, ','));
        CLEANUP_FREE char *pattern = xstrndup(glob.data, glob.length);
        if (*pattern && fnmatch(pattern, name, 0) == 0)
            return true;
    }
    return false;
}

static bool passes(const struct neo4j_process *process, const char *name) {
    const struct configuration *configuration = process->configuration;
    bool has_own = configuration_is_explicit(configuration, "server.metrics.filter");
    const char *filter = has_own ? configuration_get(configuration, "server.metrics.filter") : NULL;
    const char *denied = configuration_get(configuration, "server.metrics.deny_filter");

    return matches(filter ? filter : default_filter, name) && !(denied && matches(denied, name));
}

/* ---- text ---- */

/* As Java prints a double: "3.0", "2.7E8", "9.223372036854776E18". */
static void add_double(struct buffer *out, double value) {
    char text[40];
    int digits = 1;

    do
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);
    while (strtod(text, NULL) != value && digits++ < 17);
    int exponent = atoi(strchr(text, 'e') + 1);
    if (value == 0 || (exponent >= -3 && exponent < 7)) {
        int decimals = digits - 1 - exponent;
        buffer_printf(out, "%.*f", decimals < 1 ? 1 : decimals, value);
        return;
    }
    *strchr(text, 'e') = '\0';
    buffer_printf(out, "%s%sE%d", text, strchr(text, '.') ? "" : ".0", exponent);
}

/* Names of databases may hold what names of metrics may not. */
static char *prometheus_name(struct arena *arena, const char *dotted) {
    char *name = arena_strdup(arena, dotted);

    for (char *letter = name; *letter; letter++)
        if (!isalnum((unsigned char)*letter) && *letter != ':')
            *letter = '_';
    return name;
}

static void add_summary(struct buffer *out, const char *name, double count) {
    static const char *const quantiles[] = { "0.5", "0.75", "0.95", "0.98", "0.99", "0.999" };

    for (size_t i = 0; i < ARRAY_LENGTH(quantiles); i++)
        buffer_printf(out, "%s{quantile=\"%s\",} %s\n", name, quantiles[i], count > 0 ? "1.0" : "0.0");
    buffer_printf(out, "%s_count ", name);
    add_double(out, count);
    buffer_add_char(out, '\n');
}

static void add_metric(struct buffer *out, struct arena *arena, const struct metric_scope *scope,
                       const struct metric *metric) {
    static const char *const types[] = { "gauge", "counter", "summary" };
    static const char *const classes[] = { "com.codahale.metrics.Gauge",
                                           "com.neo4j.metrics.metric.MetricsCounter",
                                           "com.codahale.metrics.Histogram" };
    const struct neo4j_process *process = scope->process;
    const char *prefix = configuration_get(process->configuration, "server.metrics.prefix");
    const char *dotted = scope->database
                             ? arena_printf(arena, "%s.database.%s.%s", prefix, scope->database, metric->name)
                             : arena_printf(arena, "%s.dbms.%s", prefix, metric->name);
    const char *name =
        arena_printf(arena, "%s%s", prometheus_name(arena, dotted), metric->type == COUNTER ? "_total" : "");
    unsigned number = process->version.number.major * 100 + process->version.number.minor;

    if (number < metric->since || (metric->until && number > metric->until) || !passes(process, dotted) ||
        (metric->is_clustered && !scope->raft))
        return;
    buffer_printf(out,
                  "# HELP %s Generated from Dropwizard metric import (metric=%s, type=%s)\n# TYPE %s %s\n",
                  name, dotted, classes[metric->type], name, types[metric->type]);
    if (metric->type == SUMMARY) {
        add_summary(out, name, metric->value(scope));
        return;
    }
    buffer_printf(out, "%s ", name);
    add_double(out, metric->value(scope));
    buffer_add_char(out, '\n');
}

static void add_database(struct buffer *out, struct arena *arena, const struct metric_scope *scope) {
    for (size_t i = 0; i < ARRAY_LENGTH(of_database); i++)
        add_metric(out, arena, scope, &of_database[i]);
}

void metrics_answer(struct neo4j_process *process, struct arena *arena,
                    struct neo4j_http_response *out_response) {
    struct metric_scope scope = { .process = process };
    struct buffer *out = &out_response->body;
    const struct hosted_database *hosted;

    out_response->status = 200;
    out_response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    for (size_t i = 0; i < ARRAY_LENGTH(of_server); i++)
        add_metric(out, arena, &scope, &of_server[i]);
    scope.database = "system";
    scope.raft = process->is_alone ? NULL : process->system;
    add_database(out, arena, &scope);
    TAILQ_FOREACH (hosted, &process->hosted, link) {
        const struct state_database *database = state_find_database_id(&process->state, hosted->id);
        if (!database || hosted->status != HOSTED_ONLINE)
            continue;
        scope.database = database->name;
        scope.hosted = hosted;
        scope.raft = process->is_alone ? NULL : hosted->raft;
        add_database(out, arena, &scope);
    }
}
