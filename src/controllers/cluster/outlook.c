#include "controllers/cluster/outlook.h"

#include "api/cluster_spec.h"
#include "base/clock.h"
#include "base/time.h"
#include "resources/names.h"

/* Neo4j is asked without an object having changed: often while something is about to happen, less and less
 * often the longer it does not (a twentieth of the time it lasts), seldom to see that it still stands, and
 * most seldom with a password that was refused: a few wrong ones in a row lock the user for everybody. */
enum {
    LOOK_SOON_MS = 500,
    LOOK_WAITING_MS = 10000,
    LOOK_READY_MS = 30000,
    LOOK_REFUSED_MS = 60000,
    LOOK_PART_OF_WAIT = 20,
};

static int64_t look_soon(const struct observed_cluster *observed) {
    const struct json *ready = condition_find(json_get(observed->status, "conditions"), "Ready");
    int64_t since_ns;

    if (!time_parse(text_from(json_string_at(ready, "lastTransitionTime", "")), &since_ns))
        return LOOK_SOON_MS;
    int64_t wait_ms = (observed->now_ns - since_ns) / NANOSECONDS_PER_MS / LOOK_PART_OF_WAIT;
    return wait_ms < LOOK_SOON_MS ? LOOK_SOON_MS : wait_ms > LOOK_WAITING_MS ? LOOK_WAITING_MS : wait_ms;
}

bool pod_serves(const struct observed_pod *pod) {
    return pod->server && pod->server->state == SERVER_ENABLED && pod->server->is_available;
}

size_t servers_serving(const struct observed_cluster *observed) {
    size_t count = 0;

    for (size_t i = 0; i < observed->pod_count; i++)
        count += pod_serves(&observed->pods[i]);
    return count;
}

int servers_wanted(const struct observed_cluster *observed) {
    int64_t there = json_integer_at(observed->server_set, "spec.replicas", 0);
    int wanted = observed->spec->topology->servers;

    return there > wanted ? (int)there : wanted;
}

/* ---- what is said when something is not as it should be ---- */

static struct outlook trouble(const struct observed_cluster *observed, struct trouble found) {
    return (struct outlook){ .phase = observed->is_formed ? "Degraded" : "Forming",
                             .ready = CONDITION_FALSE,
                             .reason = found.reason,
                             .message = found.message,
                             .is_trouble = true,
                             .look_again_ms = LOOK_WAITING_MS };
}

/* Whether servers that were never part of the cluster are on their way into it. */
static bool is_growing(const struct observed_cluster *observed) {
    size_t members = 0;

    if (!observed->neo4j_answered)
        return json_integer_at(observed->server_set, "spec.replicas", 0) < servers_wanted(observed);
    for (size_t i = 0; i < observed->servers.count; i++)
        members += observed->servers.items[i].state == SERVER_ENABLED;
    return members < (size_t)servers_wanted(observed);
}

/* A cluster that never formed is forming, one that grows is scaling, and one that stood has lost something.
 */
static struct outlook wait_for(const struct observed_cluster *observed, const char *message,
                               int64_t look_again_ms) {
    enum { FORMING, SCALING, DEGRADED };
    static const struct {
        const char *phase;
        const char *reason;
        enum condition_value ready;
    } stages[] = {
        [FORMING] = { "Forming", "ClusterForming", CONDITION_UNKNOWN },
        [SCALING] = { "Scaling", "Scaling", CONDITION_UNKNOWN },
        [DEGRADED] = { "Degraded", "ServerDegraded", CONDITION_FALSE },
    };
    int stage = !observed->is_formed ? FORMING : is_growing(observed) ? SCALING : DEGRADED;

    return (struct outlook){ .phase = stages[stage].phase,
                             .ready = stages[stage].ready,
                             .reason = stages[stage].reason,
                             .message = message,
                             .look_again_ms = look_again_ms };
}

static struct outlook password_refused(const struct observed_cluster *observed) {
    struct outlook outlook = trouble(
        observed,
        (struct trouble){
            "AdminPasswordRefused",
            arena_printf(
                observed->arena,
                "Neo4j refuses the password in Secret %s (spec.auth.adminSecret): it was changed after "
                "the first start; put the password that Neo4j has into the Secret",
                cluster_admin_secret(observed->spec)) });

    outlook.look_again_ms = LOOK_REFUSED_MS;
    return outlook;
}

/* Who looks earlier than a server is dialled again sees the same. */
static int64_t look_when_dialled(const struct observed_cluster *observed) {
    int64_t soon_ms = look_soon(observed);
    int64_t dialled_ms = (int64_t)observed->neo4j_retry_seconds * 1000;

    return dialled_ms <= soon_ms ? soon_ms : dialled_ms < LOOK_WAITING_MS ? dialled_ms : LOOK_WAITING_MS;
}

static struct outlook neo4j_silent(const struct observed_cluster *observed) {
    size_t ready = 0;

    if (observed->neo4j_error.kind == ERROR_UNAUTHORIZED || observed->neo4j_error.kind == ERROR_THROTTLED)
        return password_refused(observed);
    if (observed->neo4j_error.kind != ERROR_NONE)
        return wait_for(
            observed,
            arena_printf(observed->arena, "waiting for Neo4j to answer: %s", observed->neo4j_error.text),
            look_when_dialled(observed));
    for (size_t i = 0; i < observed->pod_count; i++)
        ready += observed->pods[i].is_ready;
    return wait_for(observed,
                    arena_printf(observed->arena,
                                 "waiting for the servers to find each other: %zu of %d accept connections",
                                 ready, servers_wanted(observed)),
                    LOOK_WAITING_MS);
}

/* ---- the rules ---- */

static const struct observed_pod *first_in_trouble(const struct observed_cluster *observed) {
    for (size_t i = 0; i < observed->pod_count; i++)
        if (observed->pods[i].trouble.reason)
            return &observed->pods[i];
    return NULL;
}

static const struct observed_pod *first_not_serving(const struct observed_cluster *observed) {
    for (size_t i = 0; i < observed->pod_count; i++)
        if (!pod_serves(&observed->pods[i]))
            return &observed->pods[i];
    return NULL;
}

static const char *server_state(const struct observed_cluster *observed, const struct observed_pod *pod) {
    if (!pod->server)
        return "not yet known to the others";
    return arena_printf(observed->arena, "%s, %s", pod->server->state_text, pod->server->health_text);
}

static const struct observed_pod *first_with_other_mode(const struct observed_cluster *observed) {
    for (size_t i = 0; i < observed->pod_count; i++) {
        const struct observed_pod *pod = &observed->pods[i];
        if (pod->server && !str_equal(mode_constraint_text(pod->server->mode_constraint),
                                      cluster_mode_constraint(observed->spec, pod->ordinal)))
            return pod;
    }
    return NULL;
}

static bool has_pod(const struct observed_cluster *observed, const struct server_row *server) {
    for (size_t i = 0; i < observed->pod_count; i++)
        if (observed->pods[i].server == server)
            return true;
    return false;
}

/* A server that nothing can bring back but the volume that it was on, or NULL. Meaningful when every pod is a
 * server. */
static const struct server_row *first_without_pod(const struct observed_cluster *observed) {
    for (size_t i = 0; i < observed->servers.count; i++) {
        const struct server_row *server = &observed->servers.items[i];
        if (!server->is_available && server->state != SERVER_DROPPED && !has_pod(observed, server))
            return server;
    }
    return NULL;
}

/* Whether the volume will come back is not for us to know: a person who does takes the server out.
 * Source: Neo4j Operations Manual, "Managing servers in a cluster" (removing a server). */
static struct outlook server_lost(const struct observed_cluster *observed, const struct server_row *server) {
    return trouble(
        observed,
        (struct trouble){
            "ServerLost",
            arena_printf(observed->arena,
                         "server %s (%s) is part of the cluster, but no pod has its volume: bring the volume "
                         "back, or, if it is lost, take the server out with DEALLOCATE DATABASES FROM SERVER "
                         "'%s', and DROP SERVER '%s' when it hosts only system",
                         server->id, server->state_text, server->id, server->id) });
}

/* The name of a database that must be online and is not, or NULL. */
static const char *database_missing(const struct observed_cluster *observed) {
    const char *wanted[] = { "system", "neo4j" };

    for (size_t i = 0; i < observed->databases.count; i++)
        if (observed->databases.items[i].is_default)
            wanted[1] = observed->databases.items[i].name;
    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++)
        if (!databases_summary(&observed->databases, wanted[i]).is_online)
            return wanted[i];
    return NULL;
}

static struct outlook ready(const struct observed_cluster *observed) {
    return (struct outlook){ .phase = "Ready",
                             .ready = CONDITION_TRUE,
                             .reason = "ClusterReady",
                             .message =
                                 arena_printf(observed->arena, "all %zu servers are Enabled and Available",
                                              observed->pod_count),
                             .look_again_ms = LOOK_READY_MS };
}

struct outlook cluster_outlook(const struct observed_cluster *observed) {
    struct arena *arena = observed->arena;
    const struct server_row *server;
    const struct observed_pod *pod;
    const char *database;

    if (observed->errors.count)
        return (struct outlook){ .phase = "Failed",
                                 .ready = CONDITION_FALSE,
                                 .reason = "ValidationFailed",
                                 .message = field_errors_message(&observed->errors),
                                 .is_trouble = true };
    if (observed->admin_secret == ADMIN_SECRET_UNUSABLE)
        return trouble(observed, observed->admin_secret_trouble);
    if (observed->admin_secret == ADMIN_SECRET_TO_MAKE)
        return wait_for(observed, "making the admin Secret", LOOK_WAITING_MS);
    if (!observed->server_set)
        return wait_for(observed, "making the servers", LOOK_WAITING_MS);
    if (observed->claim_trouble.reason)
        return trouble(observed, observed->claim_trouble);
    pod = first_in_trouble(observed);
    if (pod)
        return trouble(observed, pod->trouble);
    if (observed->pod_count < (size_t)servers_wanted(observed))
        return wait_for(observed,
                        arena_printf(arena, "waiting for pods: %zu of %d are there", observed->pod_count,
                                     servers_wanted(observed)),
                        LOOK_WAITING_MS);
    if (!observed->neo4j_answered)
        return neo4j_silent(observed);
    pod = first_not_serving(observed);
    if (pod)
        return wait_for(observed,
                        arena_printf(arena, "%zu of %zu servers are Enabled and Available; %s is %s",
                                     servers_serving(observed), observed->pod_count, pod->name,
                                     server_state(observed, pod)),
                        look_soon(observed));
    pod = first_with_other_mode(observed);
    if (pod)
        return wait_for(observed,
                        arena_printf(arena, "setting the mode constraint of %s to %s", pod->name,
                                     cluster_mode_constraint(observed->spec, pod->ordinal)),
                        look_soon(observed));
    server = first_without_pod(observed);
    if (server)
        return server_lost(observed, server);
    database = database_missing(observed);
    if (database) {
        struct database_summary summary = databases_summary(&observed->databases, database);
        return wait_for(observed,
                        arena_printf(arena,
                                     "waiting for database %s: online on %zu of %zu servers, else %s%s%s",
                                     database, summary.online, summary.hosts, summary.worst_status,
                                     str_empty(summary.status_message) ? "" : ": ",
                                     str_empty(summary.status_message) ? "" : summary.status_message),
                        look_soon(observed));
    }
    return ready(observed);
}
