/* Simulated Neo4j servers behind real Bolt sockets, and nothing else: what the drivers are held against.
 *
 *     neo4j_cluster [SERVERS [IMAGE [FIRST_ADDRESS_PREFIX [TLS_FOLDER [TLS_LEVEL [CLIENT_AUTH]]]]]]
 *                                                default: 3 neo4j:5.26.0-enterprise 127.77.1, no TLS
 *
 * Server i listens on PREFIX.(i+1): 7687 for Bolt, 7474 for HTTP. Prints "ready PREFIX.1 …" once all serve
 * clients, runs until it is killed. User neo4j, password secret-word. Takes lines from standard input: "kill
 * N" ends server N as SIGKILL does, "stop N" as SIGTERM does, "start N" starts it again with its data; N as
 * in the address.
 *
 * With TLS_FOLDER, which must exist, Bolt speaks TLS (TLS_LEVEL: OPTIONAL or REQUIRED, the default), HTTPS is
 * on 7473, and so is the policy for what servers say to each other. All certificates come from an authority
 * that is made for the run, and are for the servers' addresses. For clients there are then in the folder:
 * ca.crt, and client.crt with client.key, which the servers trust. CLIENT_AUTH: NONE (the default), OPTIONAL
 * or REQUIRE.
 */
#include "base/arena.h"
#include "base/certificate.h"
#include "base/clock.h"
#include "base/file.h"
#include "sandbox/bolt_server.h"
#include "sandbox/http_server.h"

#include <event2/buffer.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { SERVERS_MAX = 9, BOLT_PORT = 7687, HTTP_PORT = 7474, HTTPS_PORT = 7473 };

struct cluster {
    struct event_base *loop;
    struct event *timer;
    struct neo4j_network *network;
    const char *prefix;
    unsigned count;
    const char *image;
    struct event *commands;
    struct evbuffer *input;
    struct neo4j_volume *volumes[SERVERS_MAX];
    struct neo4j_process *processes[SERVERS_MAX]; /* NULL: ended */
    struct bolt_server *bolts[SERVERS_MAX];
    struct http_server *webs[SERVERS_MAX];
    struct http_server *secure_webs[SERVERS_MAX];
    const char *tls_folder; /* NULL: no TLS */
    const char *tls_level, *client_auth;
    struct certificate authority;
    bool is_ready;
};

static struct json *resolve(void *context, struct arena *arena, const char *name) {
    const struct cluster *cluster = context;
    struct json *addresses = json_new_array(arena);
    unsigned number;

    if (sscanf(name, "server-%u.graph", &number) == 1 && number < cluster->count)
        json_append_string(arena, addresses, arena_printf(arena, "%s.%u", cluster->prefix, number + 1));
    return addresses;
}

static struct json *resolve_srv(void *context, struct arena *arena, const char *name) {
    return json_new_array(arena);
}

static void log_line(void *context, const char *line) {
    fprintf(stderr, "%s: %s\n", (const char *)context, line);
}

static void schedule(struct cluster *cluster, int64_t at_ns) {
    int64_t wait_ns = at_ns - clock_monotonic(&clock_system);
    struct timeval wait = { 0 };

    if (wait_ns > 0)
        wait =
            (struct timeval){ wait_ns / NANOSECONDS_PER_SECOND, wait_ns % NANOSECONDS_PER_SECOND / 1000 + 1 };
    event_add(cluster->timer, &wait);
}

static void open_fronts(struct cluster *cluster, unsigned i) {
    CLEANUP_FREE char *address = xprintf("%s.%u", cluster->prefix, i + 1);
    struct error err = { 0 };
    bool ok = true;

    if (!cluster->bolts[i] && neo4j_process_listens(cluster->processes[i], BOLT_PORT))
        ok = bolt_server_new(cluster->loop, &clock_system, cluster->processes[i], address, BOLT_PORT,
                             &(struct bolt_server_options){ 0 }, &cluster->bolts[i], &err);
    if (ok && !cluster->webs[i] && neo4j_process_listens(cluster->processes[i], HTTP_PORT))
        ok = http_server_new(cluster->loop, &clock_system, cluster->processes[i], address, HTTP_PORT, false,
                             &cluster->webs[i], &err);
    if (ok && !cluster->secure_webs[i] && neo4j_process_listens(cluster->processes[i], HTTPS_PORT))
        ok = http_server_new(cluster->loop, &clock_system, cluster->processes[i], address, HTTPS_PORT, true,
                             &cluster->secure_webs[i], &err);
    if (ok)
        return;
    fprintf(stderr, "%s\n", err.text);
    exit(1);
}

static void close_fronts_of_exited(struct cluster *cluster, unsigned i) {
    int exit_code;

    if (!cluster->processes[i] || !neo4j_process_exited(cluster->processes[i], &exit_code))
        return;
    bolt_server_free(cluster->bolts[i]);
    http_server_free(cluster->webs[i]);
    http_server_free(cluster->secure_webs[i]);
    neo4j_process_free(cluster->processes[i]);
    cluster->bolts[i] = NULL;
    cluster->webs[i] = NULL;
    cluster->secure_webs[i] = NULL;
    cluster->processes[i] = NULL;
}

static void on_timer(evutil_socket_t socket, short events, void *context) {
    struct cluster *cluster = context;
    int64_t next_ns = neo4j_network_tick(cluster->network, clock_monotonic(&clock_system));
    unsigned ready = 0;

    for (unsigned i = 0; i < cluster->count; i++) {
        close_fronts_of_exited(cluster, i);
        if (cluster->processes[i])
            open_fronts(cluster, i);
        ready += cluster->bolts[i] && cluster->webs[i] && (!cluster->tls_folder || cluster->secure_webs[i]);
    }
    if (ready == cluster->count && !cluster->is_ready) {
        cluster->is_ready = true;
        printf("ready");
        for (unsigned i = 0; i < cluster->count; i++)
            printf(" %s.%u", cluster->prefix, i + 1);
        printf("\n");
        fflush(stdout);
    }
    schedule(cluster, next_ns);
}

static void on_wake(void *context, struct neo4j_process *process, int64_t at_ns) {
    schedule(context, at_ns);
}

/* ---- TLS ---- */

static void must(bool ok, const struct error *err) {
    if (ok)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static struct certificate make_certificate(const char *name, const char *usage, const char *names,
                                           const struct certificate *issuer) {
    int64_t now = clock_wall(&clock_system) / NANOSECONDS_PER_SECOND;
    struct certificate made;
    struct error err = { 0 };

    must(certificate_make(&made,
                          &(struct certificate_subject){ .common_name = name,
                                                         .usage = usage,
                                                         .names = names,
                                                         .begins = now - 3600,
                                                         .ends = now + 30 * 24 * 3600 },
                          issuer, &err),
         &err);
    return made;
}

static char *pem_of(struct arena *arena, const struct certificate *certificate) {
    CLEANUP_BUFFER struct buffer pem = { 0 };

    certificate_write(certificate, &pem);
    return arena_strdup(arena, buffer_string(&pem));
}

static void write_file(const struct cluster *cluster, const char *name, struct text content) {
    CLEANUP_FREE char *path = xprintf("%s/%s", cluster->tls_folder, name);
    struct error err = { 0 };

    must(file_write(path, content, 0600, &err), &err);
}

static void make_authority(struct cluster *cluster) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    cluster->authority = make_certificate("neo4j_cluster authority", NULL, NULL, NULL);
    CLEANUP_CERTIFICATE struct certificate client =
        make_certificate("client", "clientAuth", NULL, &cluster->authority);
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&client);
    write_file(cluster, "ca.crt", text_from(pem_of(arena, &cluster->authority)));
    write_file(cluster, "client.crt", text_from(pem_of(arena, &client)));
    write_file(cluster, "client.key", (struct text){ key.bytes, key.length });
}

static void set_policy(struct arena *arena, struct json *env, const char *scope, const char *client_auth) {
    const char *prefix = arena_printf(arena, "NEO4J_dbms_ssl_policy_%s", scope);

    json_set_string(arena, env, arena_printf(arena, "%s_enabled", prefix), "true");
    json_set_string(arena, env, arena_printf(arena, "%s_base__directory", prefix), "/ssl");
    json_set_string(arena, env, arena_printf(arena, "%s_client__auth", prefix), client_auth);
}

/* The files as a Secret is mounted, and the settings. */
static void add_tls(struct cluster *cluster, unsigned i, struct arena *arena, struct json *env,
                    struct json *files) {
    CLEANUP_CERTIFICATE struct certificate own =
        make_certificate("neo4j_cluster server", "serverAuth,clientAuth",
                         arena_printf(arena, "IP:%s.%u,DNS:server-%u.graph,DNS:localhost,IP:127.0.0.1",
                                      cluster->prefix, i + 1, i),
                         &cluster->authority);
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&own);

    json_set_string(arena, files, "/ssl/private.key", arena_strndup(arena, key.bytes, key.length));
    json_set_string(arena, files, "/ssl/public.crt", pem_of(arena, &own));
    json_set_string(arena, files, "/ssl/trusted/ca.crt", pem_of(arena, &cluster->authority));
    set_policy(arena, env, "bolt", cluster->client_auth);
    set_policy(arena, env, "https", cluster->client_auth);
    set_policy(arena, env, "cluster", "REQUIRE");
    json_set_string(arena, env, "NEO4J_server_bolt_tls__level", cluster->tls_level);
    json_set_string(arena, env, "NEO4J_server_https_enabled", "true");
}

static void start(struct cluster *cluster, unsigned i) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *env = json_new_object(arena);
    char *name = arena_printf(arena, "server-%u.graph", i);
    bool is_calendar = !strstr(cluster->image, ":5.");
    CLEANUP_BUFFER struct buffer endpoints = { 0 };

    for (unsigned k = 0; k < cluster->count; k++)
        buffer_printf(&endpoints, "%sserver-%u.graph:6000", k ? "," : "", k);
    json_set_string(arena, env, "NEO4J_ACCEPT_LICENSE_AGREEMENT", "yes");
    json_set_string(arena, env, "NEO4J_AUTH", "neo4j/secret-word");
    json_set_string(arena, env, "NEO4J_server_default__advertised__address", name);
    json_set_string(arena, env, "NEO4J_server_cluster_advertised__address",
                    arena_printf(arena, "%s:6000", name));
    json_set_string(arena, env, "NEO4J_server_cluster_raft_advertised__address",
                    arena_printf(arena, "%s:7000", name));
    json_set_string(arena, env, "NEO4J_server_routing_advertised__address",
                    arena_printf(arena, "%s:7688", name));
    json_set_string(arena, env, "NEO4J_dbms_cluster_raft_leader__failure__detection__window", "2s-3s");
    json_set_string(arena, env, "NEO4J_dbms_cluster_raft_election__failure__detection__window", "1s-2s");
    json_set_string(arena, env, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count",
                    arena_printf(arena, "%u", cluster->count));
    json_set_string(arena, env, "NEO4J_initial_dbms_default__primaries__count",
                    arena_printf(arena, "%u", cluster->count));
    json_set_string(arena, env,
                    is_calendar ? "NEO4J_dbms_cluster_endpoints"
                                : "NEO4J_dbms_cluster_discovery_v2_endpoints",
                    buffer_string(&endpoints));
    if (!is_calendar)
        json_set_string(arena, env, "NEO4J_dbms_cluster_discovery_version", "V2_ONLY");
    struct json *files = json_new_object(arena);
    if (cluster->tls_folder)
        add_tls(cluster, i, arena, env, files);
    struct neo4j_container container = { .image = cluster->image,
                                         .env = env,
                                         .files = files,
                                         .data = cluster->volumes[i],
                                         .address = arena_printf(arena, "%s.%u", cluster->prefix, i + 1),
                                         .host_name = arena_printf(arena, "server-%u", i),
                                         .start_delay_ms = 500 };
    cluster->processes[i] = neo4j_process_start(cluster->network, &container, clock_monotonic(&clock_system),
                                                log_line, xprintf("server-%u", i));
}

static void obey(struct cluster *cluster, const char *line) {
    char word[8];
    unsigned number;

    if (sscanf(line, "%7s %u", word, &number) != 2 || number < 1 || number > cluster->count) {
        fprintf(stderr, "neither kill, stop nor start with the number of a server: %s\n", line);
        exit(2);
    }
    if (str_equal(word, "start") && !cluster->processes[number - 1])
        start(cluster, number - 1);
    else if (!str_equal(word, "start") && cluster->processes[number - 1])
        neo4j_process_terminate(cluster->processes[number - 1], str_equal(word, "kill"));
    schedule(cluster, 0);
}

static void on_command(evutil_socket_t socket, short events, void *context) {
    struct cluster *cluster = context;
    char *line;

    if (evbuffer_read(cluster->input, socket, -1) <= 0)
        event_del(cluster->commands);
    while ((line = evbuffer_readln(cluster->input, NULL, EVBUFFER_EOL_LF))) {
        obey(cluster, line);
        free(line);
    }
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct event_config *config = event_config_new();
    event_config_require_features(config, EV_FEATURE_FDS); /* standard input may be a file */
    struct cluster cluster = { .loop = event_base_new_with_config(config),
                               .input = evbuffer_new(),
                               .image = argc > 2 ? argv[2] : "neo4j:5.26.0-enterprise",
                               .prefix = argc > 3 ? argv[3] : "127.77.1",
                               .tls_folder = argc > 4 ? argv[4] : NULL,
                               .tls_level = argc > 5 ? argv[5] : "REQUIRED",
                               .client_auth = argc > 6 ? argv[6] : "NONE" };
    struct neo4j_resolver resolver = { &cluster, resolve, resolve_srv, NULL, NULL };
    uint64_t count = 3;

    if (argc > 1 && (!parse_uint64(text_from(argv[1]), &count) || count < 1 || count > SERVERS_MAX)) {
        fprintf(stderr, "SERVERS must be 1 to %d\n", SERVERS_MAX);
        return 2;
    }
    cluster.count = (unsigned)count;
    if (cluster.tls_folder)
        make_authority(&cluster);
    cluster.timer = event_new(cluster.loop, -1, 0, on_timer, &cluster);
    cluster.network = neo4j_network_new(&resolver, (uint64_t)clock_wall(&clock_system));
    neo4j_network_set_wall_offset(cluster.network,
                                  clock_wall(&clock_system) - clock_monotonic(&clock_system));
    neo4j_network_on_wake(cluster.network, on_wake, &cluster);
    for (unsigned i = 0; i < cluster.count; i++) {
        cluster.volumes[i] = neo4j_volume_new();
        start(&cluster, i);
    }
    cluster.commands = event_new(cluster.loop, STDIN_FILENO, EV_READ | EV_PERSIST, on_command, &cluster);
    event_add(cluster.commands, NULL);
    schedule(&cluster, 0);
    event_base_dispatch(cluster.loop);
    return 0;
}
