/* Connections over TLS: whom they trust, and what they show. */
#include "connect.h"
#include "fake_server.h"
#include "test.h"

struct tls_talk {
    struct fake_tls tls;
    struct fake_server *server;
    struct error err;
};

static bool tls_opens(struct tls_talk *talk, const char *server_name, const struct bolt_tls *tls) {
    CLEANUP_POINTER(bolt_tls_context_unref) struct bolt_tls_context *context = NULL;

    talk->err = (struct error){ 0 };
    if (!bolt_tls_context_new(tls, &context, &talk->err))
        return false;
    struct bolt_connection *connection = new_connection(fake_server_port(talk->server), server_name, context);
    bool is_open = bolt_connection_open(connection, &password, in_ms(PATIENCE_MS), &talk->err);

    bolt_connection_free(connection);
    return is_open;
}

static const struct fake_step tls_script[] = { FAKE_5_8, { FAKE_SERVE }, { FAKE_END } };

static void tls_talk_init(struct tls_talk *talk, const char *subject, bool requires_client) {
    static const struct fake_step *const scripts[] = { tls_script, tls_script, tls_script, tls_script };

    *talk = (struct tls_talk){ .tls = fake_tls_new(subject) };
    talk->tls.requires_client = requires_client;
    talk->server = fake_server_start(scripts, ARRAY_LENGTH(scripts), &talk->tls);
}

static void tls_talk_clear(struct tls_talk *talk) {
    fake_server_stop(talk->server);
    fake_tls_clear(&talk->tls);
}

TEST("over TLS: trusts the given authority, and the server's name though dialled by address") {
    struct tls_talk talk;

    tls_talk_init(&talk, "graph-0.graph", false);
    const struct bolt_tls tls = { .ca_pem = text_from(talk.tls.ca_pem) };
    if (!tls_opens(&talk, "graph-0.graph", &tls))
        fail_msg("%s", talk.err.text);
    assert_false(tls_opens(&talk, "graph-1.graph", &tls));
    assert_int_equal(talk.err.kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(talk.err.text, "not trusted as that of graph-1.graph: hostname mismatch"));
    assert_false(tls_opens(&talk, NULL, &tls));
    assert_non_null(strstr(talk.err.text, "IP address mismatch"));
    tls_talk_clear(&talk);

    tls_talk_init(&talk, "127.0.0.1", false);
    const struct bolt_tls by_address = { .ca_pem = text_from(talk.tls.ca_pem) };
    assert_true(tls_opens(&talk, NULL, &by_address));
    tls_talk_clear(&talk);
}

TEST("over TLS: refuses a certificate of another authority") {
    struct fake_tls other = fake_tls_new("graph-0.graph");
    struct tls_talk talk;

    tls_talk_init(&talk, "graph-0.graph", false);
    const struct bolt_tls tls = { .ca_pem = text_from(other.ca_pem) };
    assert_false(tls_opens(&talk, "graph-0.graph", &tls));
    assert_int_equal(talk.err.kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(talk.err.text, "certificate is not trusted"));
    tls_talk_clear(&talk);
    fake_tls_clear(&other);
}

TEST("over TLS: shows its own certificate to a server that asks for one") {
    struct tls_talk talk;

    tls_talk_init(&talk, "graph-0.graph", true);
    const struct secret_text key = { .bytes = talk.tls.key_pem, .length = strlen(talk.tls.key_pem) };
    struct bolt_tls tls = { .ca_pem = text_from(talk.tls.ca_pem) };
    assert_false(tls_opens(&talk, "graph-0.graph", &tls));
    tls.certificate_pem = text_from(talk.tls.certificate_pem);
    tls.private_key_pem = &key;
    if (!tls_opens(&talk, "graph-0.graph", &tls))
        fail_msg("%s", talk.err.text);
    tls_talk_clear(&talk);
}

TEST("over TLS: says which text is no certificate or key") {
    struct fake_tls good = fake_tls_new("graph-0.graph");
    struct fake_tls other = fake_tls_new("graph-0.graph");
    const struct secret_text other_key = { .bytes = other.key_pem, .length = strlen(other.key_pem) };
    struct tls_talk talk;

    tls_talk_init(&talk, "graph-0.graph", false);
    assert_false(tls_opens(&talk, "graph-0.graph", &(struct bolt_tls){ .ca_pem = TEXT("no PEM") }));
    assert_int_equal(talk.err.kind, ERROR_INVALID);
    assert_non_null(strstr(talk.err.text, "ca.crt"));
    assert_false(tls_opens(&talk, "graph-0.graph",
                           &(struct bolt_tls){ .ca_pem = text_from(good.ca_pem),
                                               .certificate_pem = text_from(good.certificate_pem),
                                               .private_key_pem = &other_key }));
    assert_int_equal(talk.err.kind, ERROR_INVALID);
    assert_non_null(strstr(talk.err.text, "tls.key"));
    tls_talk_clear(&talk);
    fake_tls_clear(&good);
    fake_tls_clear(&other);
}

TEST("asking for TLS where there is none ends with a clear word") {
    static const struct fake_step script[] = { { FAKE_RAW, .text = "\0\0\0\0", .length = 4 }, { FAKE_END } };
    const struct fake_step *scripts[] = { script };
    struct fake_tls tls = fake_tls_new("graph-0.graph");
    struct tls_talk talk = { .server = fake_server_start(scripts, 1, NULL) };

    assert_false(tls_opens(&talk, "graph-0.graph", &(struct bolt_tls){ .ca_pem = text_from(tls.ca_pem) }));
    assert_int_equal(talk.err.kind, ERROR_UNAVAILABLE);
    assert_non_null(strstr(talk.err.text, "TLS handshake: "));
    fake_server_stop(talk.server);
    fake_tls_clear(&tls);
}
