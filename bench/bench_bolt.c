/* Our Bolt client against a real server: what bench/bolt/run measures of each driver.
 *
 *     bench_bolt HOST:PORT USER PASSWORD
 *
 * Prints a line of four figures: connections a second (connect, log in, one statement, close), round trips a
 * second, rows a second, and KiB of memory that an idle connection holds.
 */
#include "bolt/connection.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

enum { CONNECTIONS = 100, TRIPS = 2000, ROWS = 300000, HELD = 100 };

struct server {
    char address[64];
    uint16_t port;
    const char *user;
    struct secret_text password;
};

static int64_t deadline(void) {
    return bolt_now_ns() + 600 * NANOSECONDS_PER_SECOND;
}

static void check(bool is_done, const struct error *err) {
    if (is_done)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static struct bolt_connection *connect_to(const struct server *server) {
    struct bolt_connection *connection = bolt_connection_new(&(struct bolt_login){
        .endpoint = { .address = server->address, .port = server->port },
        .user = server->user,
        .user_agent = "bench/1",
    });
    struct error err = { 0 };

    check(bolt_connection_open(connection, &server->password, deadline(), &err), &err);
    return connection;
}

static void return_one(struct bolt_connection *connection) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_result result;
    struct error err = { 0 };

    check(bolt_connection_run(connection, &(struct bolt_query){ .text = "RETURN 1" }, deadline(), arena,
                              &result, &err),
          &err);
    ensure(result.rows.length == 1);
}

static double a_second(int64_t count, int64_t begin_ns) {
    return (double)count * NANOSECONDS_PER_SECOND / (double)(bolt_now_ns() - begin_ns);
}

static double connections(const struct server *server) {
    int64_t begin_ns = bolt_now_ns();

    for (int i = 0; i < CONNECTIONS; i++) {
        struct bolt_connection *connection = connect_to(server);
        return_one(connection);
        bolt_connection_free(connection);
    }
    return a_second(CONNECTIONS, begin_ns);
}

static double round_trips(struct bolt_connection *connection) {
    int64_t begin_ns = bolt_now_ns();

    for (int i = 0; i < TRIPS; i++)
        return_one(connection);
    return a_second(TRIPS, begin_ns);
}

static double rows(struct bolt_connection *connection) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_ARENA struct arena *batch_arena = arena_new();
    const struct bolt_query query = { .text = "UNWIND range(1, 300000) AS n RETURN n" };
    struct bolt_batch batch = { 0 };
    struct bolt_value columns;
    struct error err = { 0 };
    int64_t begin_ns = bolt_now_ns();
    int64_t sum = 0;

    check(bolt_connection_query(connection, &query, deadline(), arena, &columns, &err), &err);
    while (!batch.is_last) {
        arena_reset(batch_arena);
        check(bolt_connection_fetch(connection, deadline(), batch_arena, &batch, &err), &err);
        BOLT_FOR_EACH_ITEM(row, &batch.rows) {
            sum += bolt_integer(bolt_item(row, 0), 0);
        }
    }
    ensure(sum == (int64_t)ROWS * (ROWS + 1) / 2);
    return a_second(ROWS, begin_ns);
}

static double resident_kib(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    malloc_trim(0);
    ensure(file && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double memory(const struct server *server) {
    struct bolt_connection *held[HELD];
    double before = resident_kib();

    for (int i = 0; i < HELD; i++) {
        held[i] = connect_to(server);
        return_one(held[i]);
        bolt_connection_trim(held[i]);
    }
    double each = (resident_kib() - before) / HELD;
    for (int i = 0; i < HELD; i++)
        bolt_connection_free(held[i]);
    return each;
}

int main(int argc, char **argv) {
    struct server server = { 0 };
    int64_t port = 0;
    const char *colon = argc == 4 ? strrchr(argv[1], ':') : NULL;

    if (!colon || !parse_int64(text_from(colon + 1), &port) || port < 1 || port > UINT16_MAX) {
        fprintf(stderr, "usage: bench_bolt ADDRESS:PORT USER PASSWORD\n");
        return 2;
    }
    snprintf(server.address, sizeof(server.address), "%.*s", (int)(colon - argv[1]), argv[1]);
    server.port = (uint16_t)port;
    server.user = argv[2];
    server.password = (struct secret_text){ argv[3], strlen(argv[3]) };
    struct bolt_connection *connection = connect_to(&server);
    return_one(connection);
    double each = memory(&server);
    double opened = connections(&server);
    double trips = round_trips(connection);
    printf("%.1f %.1f %.1f %.1f\n", opened, trips, rows(connection), each);
    bolt_connection_free(connection);
    return 0;
}
