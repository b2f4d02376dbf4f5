#include "simulate/writer.h"

#include "base/encoding.h"
#include "base/secret.h"
#include "resources/names.h"

enum { PAUSE_MS = 20000, TIMEOUT_MS = 5000, SERVERS_MAX = 20, PASSWORDS_MAX = 32, PASSWORD_BYTES_MAX = 64 };

static const char secret_name[] = "neo4j-admin-secret", cluster_name[] = "graph", namespace[] = "default";

struct writer {
    struct actor actor; /* first */
    struct run *run;
    struct ports ports; /* without any trouble */
    struct links *links;
    struct neo4j_client *neo4j;
    int64_t next_ns;
    uint64_t last; /* number that was tried */
    uint64_t acknowledged_count;
    struct buffer acknowledged;     /* uint64_t each */
    char *passwords[PASSWORDS_MAX]; /* the administrator's, so far: the last was the last to be set */
    size_t password_count;
    size_t which; /* is tried next */
    bool is_sure; /* it worked last time */
};

/* ---- where to ---- */

static bool read_password(struct writer *writer, struct arena *arena, char *out, size_t size) {
    const struct json *secret = NULL;
    struct json *object = NULL;

    ensure(
        kube_get(writer->run->universe->kube, arena, &KUBE_SECRETS, namespace, secret_name, &object, NULL));
    secret = object;
    const char *encoded = json_string_at(secret, "data.password", NULL);
    CLEANUP_BUFFER struct buffer password = { 0 };
    if (!encoded || !base64_decode(&password, text_from(encoded)) || password.length >= size)
        return false;
    memcpy(out, password.data, password.length);
    out[password.length] = '\0';
    return true;
}

static size_t find_servers(struct writer *writer, struct arena *arena, struct neo4j_server *servers) {
    struct store *store = api_store(writer->run->universe->api);
    struct store_list pods = store_list(store, arena, "pods", "default/");
    size_t count = 0;

    for (size_t i = 0; i < pods.count; i++) {
        CLEANUP_POINTER(store_object_unref)
        const struct store_object *pod = store_object(store, pods.items[i]);
        const char *name = json_string_at(pod->json, "metadata.name", "");
        const char *address = json_string_at(pod->json, "status.podIP", NULL);
        if (count == SERVERS_MAX || !address || !str_starts_with(name, "graph-server-"))
            continue;
        servers[count++] = (struct neo4j_server){
            .address = arena_strdup(arena, address),
            .server_name = name_pod_host(arena, cluster_name, namespace,
                                         (int)strtol(name + strlen("graph-server-"), NULL, 10)),
        };
    }
    return count;
}

static bool run_as(struct writer *writer, struct neo4j_client *client, struct arena *arena,
                   const char *password, const struct neo4j_statement *statement,
                   struct neo4j_result *out_result, struct error *err) {
    struct neo4j_server servers[SERVERS_MAX];
    size_t count = find_servers(writer, arena, servers);
    CLEANUP(secret_text_clear) struct secret_text secret = { 0 };

    if (!count)
        return error_set(err, ERROR_UNAVAILABLE, "there are no servers");
    secret = secret_text_new(password, strlen(password));
    const struct neo4j_server *first = &servers[writer->last % count];
    const struct neo4j_target target = { .cluster = "default/graph",
                                         .address = first->address,
                                         .server_name = first->server_name,
                                         .user = "neo4j",
                                         .password = &secret,
                                         .servers = servers,
                                         .server_count = count };
    return neo4j_run(neo4j_client_port(client), &target, statement, arena, out_result, err);
}

const char *writer_password(const struct writer *writer) {
    return writer->is_sure ? writer->passwords[writer->which] : "";
}

const char *writer_likely_password(const struct writer *writer) {
    return writer->password_count ? writer->passwords[writer->which] : "";
}

/* One that is known already is put last, too: it may be the right one again. */
void writer_suspect_password(struct writer *writer, const char *password) {
    if (writer->password_count == PASSWORDS_MAX) {
        free(writer->passwords[0]);
        memmove(writer->passwords, writer->passwords + 1, (PASSWORDS_MAX - 1) * sizeof(*writer->passwords));
        writer->password_count--;
        writer->which -= writer->which > 0;
    }
    writer->passwords[writer->password_count++] = xstrdup(password);
}

void writer_set_password(struct writer *writer, const char *password) {
    writer_suspect_password(writer, password);
    writer->which = writer->password_count - 1;
    writer->is_sure = true;
}

static struct neo4j_client *connect_anew(struct writer *writer) {
    return neo4j_client_new(&(struct neo4j_client_options){ .user_agent = "client/1.0",
                                                            .network = links_network(writer->links) });
}

/* With the password that worked last. When it does not any more, the next call tries the one that came before
 * it, and so on: no more than one wrong one at a time, or Neo4j would answer nobody for a while. */
static bool run_statement(struct writer *writer, struct neo4j_client *client, struct arena *arena,
                          const struct neo4j_statement *statement, struct neo4j_result *out_result,
                          struct error *err) {
    char of_secret[PASSWORD_BYTES_MAX];

    if (!writer->password_count) {
        if (!read_password(writer, arena, of_secret, sizeof(of_secret)))
            return error_set(err, ERROR_UNAVAILABLE, "there is no password");
        writer_set_password(writer, of_secret);
    }
    writer->is_sure =
        run_as(writer, client, arena, writer->passwords[writer->which], statement, out_result, err);
    if (!writer->is_sure && err->kind == ERROR_UNAUTHORIZED)
        writer->which = (writer->which ? writer->which : writer->password_count) - 1;
    return writer->is_sure;
}

bool writer_ask(struct writer *writer, struct arena *arena, const struct neo4j_statement *statement,
                struct neo4j_result *out_result, struct error *err) {
    return run_statement(writer, writer->neo4j, arena, statement, out_result, err);
}

bool writer_administer(struct writer *writer, const char *text, const struct bolt_value *parameters,
                       struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result = { 0 };
    const struct neo4j_statement statement = { .text = text,
                                               .parameters = parameters,
                                               .database = "system",
                                               .access = NEO4J_WRITE,
                                               .is_routed = true,
                                               .timeout_ms = TIMEOUT_MS };

    return writer_ask(writer, arena, &statement, &result, err);
}

bool writer_find_password(struct writer *writer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(neo4j_client_free) struct neo4j_client *fresh = connect_anew(writer);
    const struct neo4j_statement statement = { .text = "SHOW CURRENT USER",
                                               .database = "system",
                                               .access = NEO4J_WRITE,
                                               .is_routed = true,
                                               .timeout_ms = TIMEOUT_MS };
    struct neo4j_result result = { 0 };
    struct error ignored = { 0 };

    return run_statement(writer, fresh, arena, &statement, &result, &ignored);
}

/* ---- writing ---- */

static void write_one(struct writer *writer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result = { 0 };
    struct bolt_value *parameters = bolt_new_map(arena);
    uint64_t number = ++writer->last;
    const struct neo4j_statement statement = { .text = "CREATE (:Entry {key: $key})",
                                               .parameters = parameters,
                                               .database = "neo4j",
                                               .access = NEO4J_WRITE,
                                               .is_routed = true,
                                               .timeout_ms = TIMEOUT_MS };
    struct error err = { 0 };

    bolt_set_integer(arena, parameters, "key", (int64_t)number);
    bool is_done = run_statement(writer, writer->neo4j, arena, &statement, &result, &err);
    if (is_done) {
        buffer_add(&writer->acknowledged, &number, sizeof(number));
        writer->acknowledged_count++;
    }
    run_tell(writer->run, "client: entry %llu %s%s", (unsigned long long)number,
             is_done               ? "is acknowledged"
             : err.outcome_unknown ? "may be written: "
                                   : "is not written: ",
             is_done ? "" : err.text);
}

static int64_t act(struct actor *actor) {
    struct writer *writer = (struct writer *)actor;

    if (writer->run->is_over)
        return UNIVERSE_NEVER;
    if (universe_now(writer->run->universe) >= writer->next_ns) {
        write_one(writer);
        writer->next_ns = universe_now(writer->run->universe) + PAUSE_MS * NANOSECONDS_PER_MS;
    }
    return writer->next_ns;
}

uint64_t writer_acknowledged(const struct writer *writer) {
    return writer->acknowledged_count;
}

static bool has_key(const struct neo4j_result *result, int64_t key, size_t *at) {
    for (; *at < neo4j_result_rows(result); ++*at) {
        int64_t found = bolt_integer(neo4j_result_get(result, *at, "key"), -1);
        if (found >= key)
            return found == key;
    }
    return false;
}

bool writer_check(struct writer *writer, uint64_t *out_missing, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result = { 0 };
    const struct neo4j_statement statement = { .text = "MATCH (n:Entry) RETURN n.key AS key ORDER BY key",
                                               .database = "neo4j",
                                               .access = NEO4J_WRITE, /* the leader's word */
                                               .is_routed = true,
                                               .timeout_ms = TIMEOUT_MS };
    size_t at = 0;

    *out_missing = 0;
    if (!run_statement(writer, writer->neo4j, arena, &statement, &result, err))
        return false;
    for (uint64_t i = 0; i < writer->acknowledged_count; i++) {
        uint64_t number;
        memcpy(&number, writer->acknowledged.data + i * sizeof(number), sizeof(number));
        if (!has_key(&result, (int64_t)number, &at)) {
            *out_missing = number;
            return true;
        }
    }
    return true;
}

/* ---- life ---- */

struct writer *writer_new(struct run *run) {
    struct writer *writer = XNEW(struct writer);

    writer->actor.act = act;
    writer->run = run;
    ports_init(&writer->ports, run->universe);
    writer->links = links_new(&writer->ports, &run->universe->clock);
    writer->neo4j = connect_anew(writer);
    universe_add(run->universe, &writer->actor);
    return writer;
}

void writer_free(struct writer *writer) {
    if (!writer)
        return;
    universe_remove(writer->run->universe, &writer->actor);
    ports_kill(&writer->ports);
    neo4j_client_free(writer->neo4j);
    links_free(writer->links);
    ports_clear(&writer->ports);
    for (size_t i = 0; i < writer->password_count; i++)
        free(writer->passwords[i]);
    buffer_clear(&writer->acknowledged);
    free(writer);
}
