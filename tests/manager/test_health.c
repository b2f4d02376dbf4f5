#include "base/arena.h"
#include "manager/health.h"
#include "test.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

struct source {
    bool is_ready;
};

static bool is_ready(void *context, struct buffer *why_not) {
    const struct source *source = context;

    buffer_add_string(why_not, "waiting for pods to be listed");
    return source->is_ready;
}

static void write_metrics(void *context, struct buffer *out) {
    (void)context;
    buffer_add_string(out, "neo4j_operator_x 1\n");
}

static struct health *start(const char *address, struct source *source) {
    struct error err = { 0 };
    struct health *health =
        health_start(address, &(struct health_source){ source, is_ready, write_metrics }, &err);

    if (!health)
        fail_msg("%s", err.text);
    return health;
}

/* The whole answer to one request, in arena. */
static const char *ask(struct arena *arena, const struct health *health, const char *request) {
    CLEANUP_BUFFER struct buffer answer = { 0 };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(health_port(health)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char bytes[512];
    ssize_t count;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    const char *text = arena_printf(arena, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", request);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    while ((count = read(fd, bytes, sizeof(bytes))) > 0)
        buffer_add(&answer, bytes, (size_t)count);
    close(fd);
    return arena_strdup(arena, buffer_string(&answer));
}

TEST("answers on IPv4 for :port: alive at once, ready when it is, with metrics") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct source source = { .is_ready = false };
    CLEANUP_POINTER(health_stop) struct health *health = start(":0", &source);

    assert_true(str_starts_with(ask(arena, health, "GET /healthz"), "HTTP/1.1 200"));
    const char *waiting = ask(arena, health, "GET /readyz");
    assert_true(str_starts_with(waiting, "HTTP/1.1 503"));
    assert_non_null(strstr(waiting, "waiting for pods to be listed\n"));
    assert_true(str_ends_with(ask(arena, health, "GET /metrics"), "neo4j_operator_x 1\n"));
    assert_true(str_starts_with(ask(arena, health, "GET /other"), "HTTP/1.1 404"));
    assert_false(str_starts_with(ask(arena, health, "POST /healthz"), "HTTP/1.1 200"));
}

TEST("is ready without a reason") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct source source = { .is_ready = true };
    CLEANUP_POINTER(health_stop) struct health *health = start("127.0.0.1:0", &source);
    const char *ready = ask(arena, health, "GET /readyz");

    assert_true(str_starts_with(ready, "HTTP/1.1 200"));
    assert_true(str_ends_with(ready, "\r\n\r\nok\n"));
}

TEST("can be stopped as soon as it was started") {
    for (int i = 0; i < 50; i++) {
        struct source source = { .is_ready = true };
        CLEANUP_POINTER(health_stop) struct health *health = start("[::1]:0", &source);
        assert_true(health_port(health) > 0);
    }
}

TEST("says which address it can't listen on") {
    static const char *const addresses[] = { "8081", "host:", ":65536", ":x", "192.0.2.1:1" };
    struct source source = { 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        struct error err = { 0 };
        assert_null(
            health_start(addresses[i], &(struct health_source){ &source, is_ready, write_metrics }, &err));
        assert_non_null(strstr(err.text, addresses[i]));
    }
}
