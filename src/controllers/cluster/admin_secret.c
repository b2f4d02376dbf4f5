#include "controllers/cluster/admin_secret.h"

#include "controllers/secret_store.h"
#include "resources/names.h"

const char *admin_secret_refusal(struct arena *arena, const struct secret_text *user,
                                 const struct secret_text *password, int minimum_length) {
    if (!str_equal(user->bytes, "neo4j"))
        return "key username must be neo4j: no other user can be made at the first start";
    if (!password->length)
        return "key password is empty";
    if (strlen(password->bytes) != password->length)
        return "key password holds a NUL byte";
    if (password->bytes[password->length - 1] == '\n')
        return "key password ends with a newline (printf instead of echo makes it without)";
    if (str_equal(password->bytes, "neo4j"))
        return "key password must not be neo4j: Neo4j refuses it";
    if (strchr(password->bytes, '/'))
        return "key password must not contain /: it separates user and password in NEO4J_AUTH";
    if (password->bytes[0] == '-')
        return "key password must not start with -: neo4j-admin takes it for an option";
    if (password->length < (size_t)minimum_length)
        return arena_printf(arena, "key password must have at least %d characters", minimum_length);
    return NULL;
}

static void set_trouble(struct observed_cluster *observed, const char *reason, const char *message) {
    observed->admin_secret = ADMIN_SECRET_UNUSABLE;
    observed->admin_secret_trouble = (struct trouble){ reason, message };
}

static void on_absent_key(struct observed_cluster *observed, const char *secret, const char *key) {
    set_trouble(
        observed, "AdminSecretInvalid",
        arena_printf(observed->arena,
                     "Secret %s (spec.auth.adminSecret) has no key %s; it needs username and password",
                     secret, key));
}

bool admin_secret_observe(struct pass *pass, struct observed_cluster *observed, struct error *err) {
    const char *secret = cluster_admin_secret(observed->spec);
    bool is_named = !str_empty(observed->spec->auth->admin_secret);
    CLEANUP(secret_text_clear) struct secret_text user = { 0 };
    CLEANUP(secret_text_clear) struct secret_text password = { 0 };

    enum secret_answer answer =
        secret_store_read(pass->secrets, pass->namespace, secret, "username", &user, err);
    if (answer == SECRET_UNREADABLE)
        return false;
    if (answer == SECRET_NO_SUCH_OBJECT && json_length(observed->claims)) {
        set_trouble(
            observed, "AdminSecretMissing",
            arena_printf(
                pass->arena,
                "Secret %s (spec.auth.adminSecret) is gone, but the volumes of this cluster hold a password "
                "already; make the Secret again with that password (keys username and password)",
                secret));
        return true;
    }
    if (answer == SECRET_NO_SUCH_OBJECT && !is_named) {
        observed->admin_secret = ADMIN_SECRET_TO_MAKE;
        return true;
    }
    if (answer == SECRET_NO_SUCH_OBJECT) {
        set_trouble(
            observed, "AdminSecretMissing",
            arena_printf(
                pass->arena,
                "Secret %s (spec.auth.adminSecret) does not exist; make it with the keys username (neo4j) "
                "and password: kubectl -n %s create secret generic %s --from-literal=username=neo4j "
                "--from-literal=password=…",
                secret, pass->namespace, secret));
        return true;
    }
    if (answer == SECRET_NO_SUCH_KEY) {
        on_absent_key(observed, secret, "username");
        return true;
    }
    answer = secret_store_read(pass->secrets, pass->namespace, secret, "password", &password, err);
    if (answer == SECRET_UNREADABLE)
        return false;
    if (answer != SECRET_FOUND) {
        on_absent_key(observed, secret, "password");
        return true;
    }
    const char *refusal = admin_secret_refusal(pass->arena, &user, &password,
                                               observed->spec->auth->password_policy->min_length);
    if (refusal) {
        set_trouble(observed, "AdminSecretInvalid",
                    arena_printf(pass->arena, "Secret %s (spec.auth.adminSecret): %s", secret, refusal));
        return true;
    }
    /* For as long as the pass: the statements of its plan log in with it. */
    observed->password.bytes = arena_strndup(pass->arena, password.bytes, password.length);
    observed->password.length = password.length;
    return true;
}
