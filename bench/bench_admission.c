/* Asks the admission server for reviews over TLS, on connections that are kept, as an API server does.
 *
 *     bench_admission MANIFEST.yaml [REVIEWS]     default 100000
 *
 * Server and clients share a process, the two cores, and the memory that is printed: resident after a tenth
 * of the reviews, and after all. The object is the manifest's, judged by the rules that are shipped, with as
 * much around it as a real review has.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/yaml.h"
#include "webhook/admission_server.h"
#include "webhook/certificates.h"
#include "webhook/judging.h"
#include "webhook/tls_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { CLIENTS = 4, REVIEWS = 100000, MANIFEST_BYTES_MAX = 1024 * 1024 };

struct load {
    uint16_t port;
    const struct certificate *authority;
    struct text request;
    atomic_long left;
    atomic_long failed;
};

static void *ask(void *context) {
    CLEANUP_BUFFER struct buffer answer = { 0 };
    CLEANUP(tls_client_close) struct tls_client client;
    struct load *load = context;

    ensure(tls_client_connect(&client, load->port, load->authority));
    while (atomic_fetch_sub(&load->left, 1) > 0) {
        bool is_answered = tls_client_send(&client, load->request.data, load->request.length) &&
                           tls_client_receive(&client, &answer) == 200;
        if (!is_answered || !strstr(answer.data, "\"allowed\":true"))
            atomic_fetch_add(&load->failed, 1);
        if (!is_answered)
            break;
    }
    return NULL;
}

/* Seconds. */
static double run(struct load *load, long reviews) {
    int64_t began_ns = clock_monotonic(&clock_system);
    pthread_t clients[CLIENTS];

    atomic_store(&load->left, reviews);
    for (int i = 0; i < CLIENTS; i++)
        ensure(pthread_create(&clients[i], NULL, ask, load) == 0);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    return (double)(clock_monotonic(&clock_system) - began_ns) / (double)NANOSECONDS_PER_SECOND;
}

static long resident_kib(void) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    long pages = 0;

    ensure(file_read("/proc/self/statm", 4096, &text, NULL));
    ensure(sscanf(buffer_string(&text), "%*d %ld", &pages) == 1);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The whole HTTP request, in arena. */
static struct text make_request(struct arena *arena, const struct json *object) {
    struct json *review = json_new_object(arena), *request, *kind;
    CLEANUP_BUFFER struct buffer out = { 0 };

    json_set_string(arena, review, "apiVersion", "admission.k8s.io/v1");
    json_set_string(arena, review, "kind", "AdmissionReview");
    request = json_set_object(arena, review, "request");
    json_set_string(arena, request, "uid", "705ab4f5-6393-11e8-b7cc-42010a800002");
    kind = json_set_object(arena, request, "kind");
    json_set_string(arena, kind, "group", "neo4j.neo4j.com");
    json_set_string(arena, kind, "version", "v1alpha1");
    json_set_string(arena, kind, "kind", json_string_at(object, "kind", ""));
    json_set_string(arena, request, "name", json_string_at(object, "metadata.name", ""));
    json_set_string(arena, request, "namespace", "default");
    json_set_string(arena, request, "operation", "CREATE");
    json_set(arena, request, "object", object);
    const char *body = json_print(arena, review);
    buffer_printf(&out,
                  "POST /validate-neo4j-neo4j-com-v1alpha1?timeout=5s HTTP/1.1\r\nHost: hook.ns.svc\r\n"
                  "User-Agent: kube-apiserver-admission\r\nAccept: application/json, */*\r\n"
                  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(body), body);
    return text_from(arena_strdup(arena, buffer_string(&out)));
}

static const struct json *read_manifest(struct arena *arena, const char *path) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents = NULL;
    struct error err = { 0 };

    if (file_read(path, MANIFEST_BYTES_MAX, &text, &err) &&
        yaml_parse(arena, buffer_text(&text), &documents, &err))
        return json_item(documents, 0);
    fprintf(stderr, "%s\n", err.text);
    exit(2);
}

int main(int argc, char **argv) {
    static const char *const names[] = { "hook.ns.svc", NULL };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct error err = { 0 };
    int64_t reviews = REVIEWS;

    if (argc < 2 || argc > 3 || (argc == 3 && !parse_int64(text_from(argv[2]), &reviews)) || reviews < 10) {
        fprintf(stderr, "usage: bench_admission MANIFEST.yaml [REVIEWS]\n");
        return 2;
    }
    ensure(certificates_carry_out(&held, ROTATION_CREATE, names, time(NULL), &err));
    CLEANUP_POINTER(admission_server_free)
    struct admission_server *server = admission_server_start(
        &(struct admission_server_options){ .address = "127.0.0.1:0",
                                            .admission = { .judge = judging_by(judge), .version = "0" } },
        &err);
    ensure(server && admission_server_serve(server, &held.serving, 1, &err));
    struct load load = { .port = admission_server_port(server),
                         .authority = &held.authorities[0],
                         .request = make_request(arena, read_manifest(arena, argv[1])) };
    (void)run(&load, (long)reviews / 10);
    long before_kib = resident_kib();
    double seconds = run(&load, (long)reviews);
    printf("%lld reviews of %zu bytes: %.0f/s, %ld failed; resident %.1f MiB before, %.1f MiB after\n",
           (long long)reviews, load.request.length, (double)reviews / seconds, atomic_load(&load.failed),
           (double)before_kib / 1024, (double)resident_kib() / 1024);
    return atomic_load(&load.failed) != 0;
}
