#include "cluster_world.h"
#include "controllers/cluster/outlook.h"
#include "test.h"

#define SPEC "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: {size: 1Gi}}"

static void nothing(struct observed_cluster *observed) {
    (void)observed;
}

static void secret_missing(struct observed_cluster *observed) {
    observed->admin_secret = ADMIN_SECRET_UNUSABLE;
    observed->admin_secret_trouble = (struct trouble){ "AdminSecretMissing", "Secret s does not exist" };
}

static void no_set(struct observed_cluster *observed) {
    observed->server_set = NULL;
    observed->pod_count = 0;
    observed->neo4j_answered = false;
}

static void no_volume(struct observed_cluster *observed) {
    observed->claim_trouble = (struct trouble){ "StorageClassMissing", "no class" };
}

static void bad_image(struct observed_cluster *observed) {
    observed->pods[1].can_start = false;
    observed->pods[1].trouble = (struct trouble){ "ImagePullFailed", "pod graph-server-1: no such image" };
}

static void pod_gone(struct observed_cluster *observed) {
    observed->pod_count = 2;
}

static void silent(struct observed_cluster *observed) {
    observed->neo4j_answered = false;
    observed->pods[2].is_ready = false;
}

static void wrong_password(struct observed_cluster *observed) {
    observed->neo4j_answered = false;
    error_set(&observed->neo4j_error, ERROR_UNAUTHORIZED, "refused");
}

static void one_free(struct observed_cluster *observed) {
    observed->servers.items[2].state = SERVER_FREE;
    observed->servers.items[2].state_text = "Free";
}

static void one_away(struct observed_cluster *observed) {
    observed->servers.items[2].is_available = false;
    observed->servers.items[2].health_text = "Unavailable";
    observed->is_formed = true;
}

static void joining(struct observed_cluster *observed) {
    one_free(observed);
    observed->is_formed = true;
}

static void other_mode(struct observed_cluster *observed) {
    observed->servers.items[0].mode_constraint = MODE_PRIMARY;
}

/* The pod came back on an empty volume; its old server is still listed. */
static void one_lost(struct observed_cluster *observed) {
    struct server_rows *rows = &observed->servers;
    struct server_row *more = ARENA_ARRAY(observed->arena, struct server_row, rows->count + 1);

    memcpy(more, rows->items, rows->count * sizeof(*more));
    more[rows->count] = (struct server_row){
        .id = "old-id", .state = SERVER_ENABLED, .state_text = "Enabled", .health_text = "Unavailable"
    };
    for (size_t i = 0; i < observed->pod_count; i++)
        observed->pods[i].server = &more[observed->pods[i].server - rows->items];
    *rows = (struct server_rows){ more, rows->count + 1 };
    observed->is_formed = true;
}

static void one_dropped(struct observed_cluster *observed) {
    one_lost(observed);
    observed->servers.items[3].state = SERVER_DROPPED;
    observed->servers.items[3].state_text = "Dropped";
}

static void starting(struct observed_cluster *observed) {
    cluster_world_databases(observed, "starting");
}

TEST("the first rule that applies is what status says, with what is waited for") {
    static const struct {
        const char *when;
        void (*change)(struct observed_cluster *);
        const char *phase;
        const char *reason;
        const char *words; /* in the message */
        bool is_trouble;
    } rows[] = {
        { "all is well", nothing, "Ready", "ClusterReady", "all 3 servers", false },
        { "no admin Secret", secret_missing, "Forming", "AdminSecretMissing", "Secret s", true },
        { "nothing made yet", no_set, "Forming", "ClusterForming", "making the servers", false },
        { "no volume", no_volume, "Forming", "StorageClassMissing", "no class", true },
        { "an image that is not there", bad_image, "Forming", "ImagePullFailed", "graph-server-1", true },
        { "a pod is missing", pod_gone, "Forming", "ClusterForming", "2 of 3", false },
        { "none answers", silent, "Forming", "ClusterForming", "2 of 3 accept connections", false },
        { "the password is refused", wrong_password, "Forming", "AdminPasswordRefused", "neo4j-admin-secret",
          true },
        { "a server is Free", one_free, "Forming", "ClusterForming", "graph-server-2 is Free", false },
        { "a server is away", one_away, "Degraded", "ServerDegraded", "Unavailable", false },
        { "a server joins a cluster that stood", joining, "Scaling", "Scaling", "graph-server-2 is Free",
          false },
        { "a mode constraint differs", other_mode, "Forming", "ClusterForming", "graph-server-0 to NONE",
          false },
        { "a server has lost its volume", one_lost, "Degraded", "ServerLost", "DROP SERVER 'old-id'", true },
        { "a server has been dropped", one_dropped, "Ready", "ClusterReady", "all 3 servers", false },
        { "a database starts", starting, "Forming", "ClusterForming", "database", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct observed_cluster *observed = cluster_world(arena, SPEC);
        cluster_world_pods(observed, 3, 3);
        cluster_world_databases(observed, "online");
        rows[i].change(observed);

        struct outlook outlook = cluster_outlook(observed);
        if (!str_equal(outlook.phase, rows[i].phase) || !str_equal(outlook.reason, rows[i].reason) ||
            !strstr(outlook.message, rows[i].words) || outlook.is_trouble != rows[i].is_trouble)
            fail_msg("%s: %s, %s, %s", rows[i].when, outlook.phase, outlook.reason, outlook.message);
        assert_int_equal(outlook.ready == CONDITION_TRUE, str_equal(rows[i].phase, "Ready"));
    }
}

TEST("a spec that cannot be is Failed, with the field and what is allowed") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct observed_cluster *observed =
        cluster_world(arena, "{image: {repo: neo4j, tag: 4.4.0-enterprise}, topology: {servers: 3}}");
    struct outlook outlook = cluster_outlook(observed);

    assert_string_equal(outlook.phase, "Failed");
    assert_string_equal(outlook.reason, "ValidationFailed");
    assert_non_null(strstr(outlook.message, "spec.image.tag"));
}

TEST("servers are never taken away: what is there stays wanted") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct observed_cluster *observed = cluster_world(arena, SPEC);

    assert_int_equal(servers_wanted(observed), 3);
    cluster_world_pods(observed, 5, 5);
    assert_int_equal(servers_wanted(observed), 5);
}

TEST("servers that are out of reach are looked at when one is dialled again, at most ten seconds later") {
    static const struct {
        unsigned retry_seconds;
        int64_t look_again_ms;
    } rows[] = { { 0, 500 }, { 4, 4000 }, { 30, 10000 } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct observed_cluster *observed = cluster_world(arena, SPEC);
        cluster_world_pods(observed, 3, 3);
        observed->neo4j_answered = false;
        observed->neo4j_retry_seconds = rows[i].retry_seconds;
        error_set(&observed->neo4j_error, ERROR_UNAVAILABLE, "Connection refused");
        assert_int_equal(cluster_outlook(observed).look_again_ms, rows[i].look_again_ms);
    }
}
