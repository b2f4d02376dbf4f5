#include "kube/fake_server.h"
#include "kube/test_clock.h"
#include "test.h"

#include "base/file.h"
#include "base/time.h"
#include "kube/credentials.h"
#include "kube/exec_credential.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAY_SECONDS = 86400, PATIENCE_MS = 10000 };

/* A folder with a plug-in: a shell script. */
struct plug_in {
    char folder[32];
    char *script;
    char *output; /* what the script prints is read from here */
    char *runs;   /* it adds a line here each time */
    struct kubeconfig config;
    char *arguments[2];
    struct kubeconfig_variable variable;
};

static void plug_in_begin(struct plug_in *plug_in, const char *commands) {
    CLEANUP_FREE char *text = NULL;

    *plug_in = (struct plug_in){ .folder = "/tmp/neo4j-plug-in-XXXXXX" };
    ensure(mkdtemp(plug_in->folder));
    plug_in->script = xprintf("%s/script", plug_in->folder);
    plug_in->output = xprintf("%s/output", plug_in->folder);
    plug_in->runs = xprintf("%s/runs", plug_in->folder);
    text = xprintf("#!/bin/sh\necho run >> '%s'\n%s\n", plug_in->runs, commands);
    ensure(file_write(plug_in->script, text_from(text), 0700, NULL));
    plug_in->arguments[0] = xstrdup("two words");
    plug_in->arguments[1] = plug_in->output;
    plug_in->variable = (struct kubeconfig_variable){ xstrdup("PLUG_IN_VARIABLE"), xstrdup("$value;") };
    plug_in->config = (struct kubeconfig){
        .is_plain_http = true,
        .server = plug_in->folder,
        .exec = { .api_version = xstrdup("client.authentication.k8s.io/v1"),
                  .command = plug_in->script,
                  .arguments = plug_in->arguments,
                  .argument_count = 2,
                  .variables = &plug_in->variable,
                  .variable_count = 1 },
    };
}

static void plug_in_end(struct plug_in *plug_in) {
    (void)unlink(plug_in->script);
    (void)unlink(plug_in->output);
    (void)unlink(plug_in->runs);
    (void)rmdir(plug_in->folder);
    free(plug_in->script);
    free(plug_in->output);
    free(plug_in->runs);
    free(plug_in->arguments[0]);
    free(plug_in->variable.name);
    free(plug_in->variable.value);
    free(plug_in->config.exec.api_version);
}
#define PLUG_IN(name, commands)                                                                              \
    CLEANUP(plug_in_end) struct plug_in name;                                                                \
    plug_in_begin(&name, commands)

static void set_output(struct plug_in *plug_in, const char *status) {
    CLEANUP_FREE char *text = xprintf("{\"kind\":\"ExecCredential\",\"apiVersion\":"
                                      "\"client.authentication.k8s.io/v1\",\"status\":{%s}}",
                                      status);

    ensure(file_write(plug_in->output, text_from(text), 0600, NULL));
}

static size_t count_runs(const struct plug_in *plug_in) {
    CLEANUP_BUFFER struct buffer content = { 0 };

    return file_read(plug_in->runs, 65536, &content, NULL) ? content.length / strlen("run\n") : 0;
}

TEST("runs a plug-in without a shell, with arguments, variables and the protocol's own") {
    PLUG_IN(plug_in, "printf '%s' \"$1 $PLUG_IN_VARIABLE\" > \"$2.seen\"\n"
                     "printf '%s' \"$KUBERNETES_EXEC_INFO\" > \"$2.info\"\ncat \"$2\"");
    CLEANUP(exec_credential_clear) struct exec_credential credential = { 0 };
    CLEANUP_FREE char *seen_path = xprintf("%s.seen", plug_in.output);
    CLEANUP_FREE char *info_path = xprintf("%s.info", plug_in.output);
    CLEANUP_BUFFER struct buffer seen = { 0 };
    CLEANUP_BUFFER struct buffer info = { 0 };
    struct error err = { 0 };

    set_output(&plug_in, "\"token\":\"t0\",\"expirationTimestamp\":\"2026-01-01T01:00:00Z\"");
    if (!exec_credential_run(&plug_in.config, PATIENCE_MS, -1, &credential, &err))
        fail_msg("%s", err.text);
    assert_string_equal(credential.token.bytes, "t0");
    assert_int_equal(credential.expires_wall_ns, (INT64_C(1767225600) + 3600) * NANOSECONDS_PER_SECOND);
    assert_true(file_read(seen_path, 1000, &seen, &err));
    assert_true(file_read(info_path, 1000, &info, &err));
    assert_string_equal(buffer_string(&seen), "two words $value;");
    assert_string_equal(
        buffer_string(&info),
        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":{"
        "\"interactive\":false}}");
    (void)unlink(seen_path);
    (void)unlink(info_path);
}

TEST("says why a plug-in gave nothing, without its output") {
    static const struct {
        const char *name;
        const char *commands;
        enum error_kind kind;
        const char *text;
    } rows[] = {
        { "it fails", "echo secret; exit 3", ERROR_UNAVAILABLE, "ended with status 3" },
        { "it crashes", "kill -9 $$", ERROR_UNAVAILABLE, "ended by signal 9" },
        { "no JSON", "echo secret", ERROR_PROTOCOL, "not JSON" },
        { "too slow", "exec sleep 100", ERROR_TIMEOUT, "did not answer in time" },
        { "slow to end", "exec >&-; exec sleep 100", ERROR_TIMEOUT, "did not end in time" },
        { "too much", "exec head -c 2000000 /dev/zero", ERROR_PROTOCOL, "more than 1048576 bytes" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        PLUG_IN(plug_in, rows[i].commands);
        CLEANUP(exec_credential_clear) struct exec_credential credential = { 0 };
        struct error err = { 0 };
        int timeout_ms = rows[i].kind == ERROR_TIMEOUT ? 200 : PATIENCE_MS;
        if (exec_credential_run(&plug_in.config, timeout_ms, -1, &credential, &err))
            fail_msg("%s: succeeded", rows[i].name);
        if (err.kind != rows[i].kind || !strstr(err.text, rows[i].text) || strstr(err.text, "secret"))
            fail_msg("%s: %s", rows[i].name, err.text);
    }
}

TEST("passes the install hint on when a plug-in is missing") {
    PLUG_IN(plug_in, "");
    CLEANUP(exec_credential_clear) struct exec_credential credential = { 0 };
    char command[] = "/nonexistent/plug-in", hint[] = "install it";
    struct error err = { 0 };

    plug_in.config.exec.command = command;
    plug_in.config.exec.install_hint = hint;
    assert_false(exec_credential_run(&plug_in.config, PATIENCE_MS, -1, &credential, &err));
    assert_non_null(strstr(err.text, "No such file or directory; install it"));
}

TEST("refuses output that is no credential") {
#define STATUS(status)                                                                                       \
    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{" status "}}"
    static const char *const rows[] = {
        "",
        "[]",
        "{}",
        STATUS(""),
        STATUS("\"token\":\"\""),
        STATUS("\"token\":7"),
        STATUS("\"clientCertificateData\":\"a\""),
        STATUS("\"clientKeyData\":\"a\""),
        STATUS("\"token\":\"a\",\"expirationTimestamp\":\"soon\""),
        ("{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{"
         "\"token\":\"a\"}}"),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct exec_credential credential = { 0 };
        struct error err = { 0 };
        assert_false(
            exec_credential_parse(text_from(rows[i]), "client.authentication.k8s.io/v1", &credential, &err));
        assert_int_equal(err.kind, ERROR_PROTOCOL);
    }
}

static void assert_token(struct credentials *credentials, const char *token) {
    struct error err = { 0 };
    CLEANUP_POINTER(credential_unref)
    struct credential *credential = credentials_take(credentials, PATIENCE_MS, &err);

    if (!credential)
        fail_msg("%s", err.text);
    assert_string_equal(credential->token.bytes, token);
}

TEST("runs a plug-in once, again before its token expires, and after a refusal") {
    PLUG_IN(plug_in, "cat \"$2\"");
    struct test_clock clock = test_clock_make();
    struct error err = { 0 };
    CLEANUP_POINTER(credentials_free)
    struct credentials *credentials = credentials_new(&plug_in.config, &clock.clock, &err);

    set_output(&plug_in, "\"token\":\"t0\",\"expirationTimestamp\":\"2026-01-01T00:10:00Z\"");
    assert_token(credentials, "t0");
    test_clock_advance_ms(&clock, 9 * 60 * 1000);
    assert_token(credentials, "t0");
    assert_int_equal(count_runs(&plug_in), 1);

    set_output(&plug_in, "\"token\":\"t1\",\"expirationTimestamp\":\"2026-01-01T00:20:00Z\"");
    test_clock_advance_ms(&clock, 60 * 1000); /* expired */
    assert_token(credentials, "t1");
    assert_int_equal(count_runs(&plug_in), 2);

    set_output(&plug_in, "\"token\":\"t2\"");
    CLEANUP_POINTER(credential_unref) struct credential *refused = credentials_take(credentials, 0, &err);
    credentials_refused(credentials, refused);
    test_clock_advance_ms(&clock, 60 * 1000);
    assert_token(credentials, "t2");
    assert_int_equal(count_runs(&plug_in), 3);
    credentials_refused(credentials, refused); /* an old one: nothing new is known */
    assert_token(credentials, "t2");
    assert_int_equal(count_runs(&plug_in), 3);
}

TEST("does not run a plug-in in a loop when its tokens are refused") {
    PLUG_IN(plug_in, "cat \"$2\"");
    struct test_clock clock = test_clock_make();
    struct error err = { 0 };
    CLEANUP_POINTER(credentials_free)
    struct credentials *credentials = credentials_new(&plug_in.config, &clock.clock, &err);

    set_output(&plug_in, "\"token\":\"bad\"");
    for (int i = 0; i < 5; i++) {
        CLEANUP_POINTER(credential_unref)
        struct credential *credential = credentials_take(credentials, PATIENCE_MS, &err);
        if (credential)
            credentials_refused(credentials, credential);
    }
    assert_int_equal(count_runs(&plug_in), 1);
    assert_int_equal(err.kind, ERROR_UNAUTHORIZED);
}

TEST("does not wait for a plug-in where waiting is not allowed") {
    PLUG_IN(plug_in, "cat \"$2\"");
    struct test_clock clock = test_clock_make();
    struct error err = { 0 };
    CLEANUP_POINTER(credentials_free)
    struct credentials *credentials = credentials_new(&plug_in.config, &clock.clock, &err);

    set_output(&plug_in, "\"token\":\"t\"");
    assert_null(credentials_take(credentials, 0, &err));
    assert_int_equal(err.kind, ERROR_NONE);
    assert_token(credentials, "t");
    assert_int_equal(count_runs(&plug_in), 1);
}

TEST("kills a plug-in that still runs when it is no longer needed") {
    PLUG_IN(plug_in, "exec sleep 1000");
    struct test_clock clock = test_clock_make();
    struct error err = { 0 };
    struct credentials *credentials = credentials_new(&plug_in.config, &clock.clock, &err);

    assert_null(credentials_take(credentials, 0, &err));
    credentials_free(credentials); /* returns at once, or the test's time runs out */
}

TEST("reads a token file again after a minute, and keeps the snapshot while nothing changed") {
    char path[] = "/tmp/neo4j-token-XXXXXX";
    struct kubeconfig config = { .is_plain_http = true, .token_file = path };
    struct test_clock clock = test_clock_make();
    int fd = mkstemp(path);
    struct error err = { 0 };

    assert_true(fd >= 0 && !close(fd));
    assert_true(file_write(path, TEXT(" one\n"), 0600, &err));
    CLEANUP_POINTER(credentials_free)
    struct credentials *credentials = credentials_new(&config, &clock.clock, &err);
    CLEANUP_POINTER(credential_unref) struct credential *first = credentials_take(credentials, 0, &err);
    assert_string_equal(first->token.bytes, "one");
    test_clock_advance_ms(&clock, 61000);
    CLEANUP_POINTER(credential_unref) struct credential *second = credentials_take(credentials, 0, &err);
    assert_ptr_equal(first, second);
    assert_true(file_write(path, TEXT("two"), 0600, &err));
    test_clock_advance_ms(&clock, 59000);
    assert_token(credentials, "one");
    test_clock_advance_ms(&clock, 1000);
    assert_token(credentials, "two");
    assert_int_equal(unlink(path), 0);
    test_clock_advance_ms(&clock, 61000);
    assert_token(credentials, "two"); /* a moment without a file is no reason to forget it */
}

TEST("refuses a token that would break out of its header") {
    static const char *const rows[] = { "a\r\nX-Remote-User: root", "s3 cr3t", "\xc3\xa4" };
    struct test_clock clock = test_clock_make();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct kubeconfig config = { .is_plain_http = true,
                                     .token = secret_text_new(rows[i], strlen(rows[i])) };
        struct error err = { 0 };
        assert_null(credentials_new(&config, &clock.clock, &err));
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_null(strstr(err.text, rows[i]));
        secret_text_clear(&config.token);
    }
}

TEST("refuses keys and authorities that it can't use, from the start") {
    CLEANUP(test_identity_clear) struct test_identity one = test_identity_make("one", NULL, DAY_SECONDS);
    CLEANUP(test_identity_clear) struct test_identity two = test_identity_make("two", NULL, DAY_SECONDS);
    struct test_clock clock = test_clock_make();
    char nonsense[] = "nonsense";
    const struct {
        const char *name;
        char *ca;
        char *certificate;
        char *key;
        const char *text; /* NULL: is fine */
    } rows[] = {
        { "all well", one.certificate_pem, one.certificate_pem, one.key_pem, NULL },
        { "authority", nonsense, NULL, NULL, "certificate authority" },
        { "certificate", one.certificate_pem, nonsense, one.key_pem, "client certificate" },
        { "key", one.certificate_pem, one.certificate_pem, nonsense, "client key" },
        { "key of another", one.certificate_pem, one.certificate_pem, two.key_pem, "does not fit" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct kubeconfig config = { .ca_pem = rows[i].ca,
                                     .client_certificate_pem = rows[i].certificate,
                                     .client_key_pem = { rows[i].key,
                                                         rows[i].key ? strlen(rows[i].key) : 0 } };
        struct error err = { 0 };
        CLEANUP_POINTER(credentials_free)
        struct credentials *credentials = credentials_new(&config, &clock.clock, &err);
        if (!credentials != !!rows[i].text || (rows[i].text && !strstr(err.text, rows[i].text)))
            fail_msg("%s: %s", rows[i].name, err.text);
    }
}
