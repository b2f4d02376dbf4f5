/* Each version of Bolt that a real server still speaks: a proxy on loopback lets the server see one version
 * only in the handshake, and passes everything else on.
 */
#include "peer_connection.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct proxy {
    const struct peer *peer;
    struct bolt_version version;
    int listener;
    uint16_t port;
    pthread_t thread;
};

static bool read_all(int fd, void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t got = read(fd, (char *)bytes + done, length - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t sent = send(fd, (const char *)bytes + done, length - done, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

static int dial(const struct peer *peer) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(peer->port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (inet_pton(AF_INET, peer->address, &address.sin_addr) == 1 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Until one of them ends. */
static void pass_on(int client, int server) {
    struct pollfd fds[] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
    char bytes[16384];

    while (poll(fds, 2, -1) > 0)
        for (int i = 0; i < 2; i++) {
            if (!fds[i].revents)
                continue;
            ssize_t got = read(fds[i].fd, bytes, sizeof(bytes));
            if (got <= 0 || !write_all(fds[1 - i].fd, bytes, (size_t)got))
                return;
        }
}

static void *proxy_thread(void *argument) {
    const struct proxy *proxy = argument;
    char request[HANDSHAKE_REQUEST_BYTES];
    int client = accept(proxy->listener, NULL, NULL);
    int server = dial(proxy->peer);

    if (client >= 0 && server >= 0 && read_all(client, request, sizeof(request))) {
        /* After the four bytes of the magic: one slot with the version, the others empty. */
        memset(request + 4, 0, sizeof(request) - 4);
        request[6] = (char)proxy->version.minor;
        request[7] = (char)proxy->version.major;
        if (write_all(server, request, sizeof(request)))
            pass_on(client, server);
    }
    close(client);
    close(server);
    return NULL;
}

static void proxy_start(struct proxy *proxy, const struct peer *peer, struct bolt_version version) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);

    *proxy = (struct proxy){ .peer = peer, .version = version, .listener = socket(AF_INET, SOCK_STREAM, 0) };
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(proxy->listener, 1), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&address, &length), 0);
    proxy->port = ntohs(address.sin_port);
    pthread_create(&proxy->thread, NULL, proxy_thread, proxy);
}

static void proxy_stop(struct proxy *proxy) {
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
}

/* Values back, a failure by its code, a transaction, a routing table. */
static void converse(struct bolt_connection *connection, struct arena *arena) {
    struct bolt_value *parameters = bolt_new_map(arena);
    struct bolt_value *sent = bolt_set(arena, parameters, "sent", bolt_new_list(arena));
    const struct bolt_transaction neo4j = { .database = "neo4j" };
    struct bolt_value table;
    struct error err = { 0 };

    bolt_append_string(arena, sent, "word");
    bolt_append(arena, sent, bolt_new_date_time(arena, INT64_C(1700000000123456789)));
    struct bolt_result result =
        peer_run(connection, arena, "RETURN [$sent[0], $sent[1]] AS back", parameters, NULL);
    assert_true(bolt_equal(bolt_item(bolt_item(&result.rows, 0), 0), sent));
    assert_false(bolt_connection_run(connection, &(struct bolt_query){ .text = "RETRUN 1" }, peer_deadline(),
                                     arena, &result, &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_string_equal(bolt_connection_failure(connection)->code, "Neo.ClientError.Statement.SyntaxError");
    err = (struct error){ 0 };
    if (!bolt_connection_reset(connection, peer_deadline(), &err) ||
        !bolt_connection_begin(connection, &(struct bolt_transaction){ .is_read = true }, peer_deadline(),
                               &err))
        fail_msg("%s", err.text);
    result = peer_run(connection, arena, "UNWIND range(1, 2500) AS i RETURN i", NULL, NULL);
    assert_int_equal(result.rows.length, 2500);
    if (!bolt_connection_commit(connection, peer_deadline(), arena, NULL, &err) ||
        !bolt_connection_route(connection, &neo4j, peer_deadline(), arena, &table, &err))
        fail_msg("%s", err.text);
    assert_int_equal(bolt_length(bolt_get(&table, "servers")), 3);
}

TEST("an older version of Bolt: each that the server speaks") {
    static const struct bolt_version versions[] = { { 4, 4 }, { 5, 0 }, { 5, 1 }, { 5, 2 }, { 5, 3 },
                                                    { 5, 4 }, { 5, 6 }, { 5, 7 }, { 5, 8 } };
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();

    if (peer_tls(&peer)) {
        print_message("# The proxy can't read the handshake inside TLS: skipped\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(versions); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct peer proxied = { .user = peer.user, .address = "127.0.0.1" };
        struct error err = { 0 };
        struct proxy proxy;
        proxy_start(&proxy, &peer, versions[i]);
        proxied.port = proxy.port;
        struct bolt_connection *connection = peer_connection(&proxied, true);
        if (!bolt_connection_open(connection, &peer.password, peer_deadline(), &err))
            fail_msg("Bolt %u.%u: %s", versions[i].major, versions[i].minor, err.text);
        assert_int_equal(bolt_connection_version(connection).major, versions[i].major);
        assert_int_equal(bolt_connection_version(connection).minor, versions[i].minor);
        converse(connection, arena);
        bolt_connection_free(connection);
        proxy_stop(&proxy);
    }
}
