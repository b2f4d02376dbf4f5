/* Logging in: HELLO, LOGON, LOGOFF. Up to Bolt 5.0 HELLO carries the credentials. */
#include "sim/neo4j/authentication.h"
#include "sim/neo4j/session_state.h"

enum { RECV_TIMEOUT_SECONDS = 120 };

static bool log_in(struct neo4j_session *session, const struct bolt_value *token, struct bolt_value *metadata,
                   struct arena *arena) {
    const char *user = bolt_string(bolt_get(token, "principal"), "");
    struct failure failure = { 0 };

    if (!authenticate(session->process, arena, bolt_string(bolt_get(token, "scheme"), NULL), user,
                      bolt_text(bolt_get(token, "credentials")), &session->must_change_password, &failure)) {
        session_fail(session, &failure);
        return false;
    }
    /* Where authentication is off, nobody is known by name. */
    bool is_known = configuration_bool(session->process->configuration, "dbms.security.auth_enabled");
    state_set_string(&session->user, is_known ? user : "");
    if (session->must_change_password)
        bolt_set_bool(arena, metadata, "credentials_expired", true);
    session->state = STATE_READY;
    return true;
}

static bool asks_for_utc(const struct bolt_value *extra) {
    BOLT_FOR_EACH_ITEM(patch, bolt_get(extra, "patch_bolt"))
    if (str_equal(bolt_string(patch, ""), "utc"))
        return true;
    return false;
}

void session_hello(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena), *hints = bolt_new_map(arena);

    session->may_forward = bolt_is(bolt_get(request->extra, "routing"), BOLT_MAP);
    session->has_utc = session_at_least(session, 5, 0) || asks_for_utc(request->extra);
    if (!bolt_is(bolt_get(request->extra, "user_agent"), BOLT_STRING)) {
        session_fail_with(session, FAILURE_REQUEST_INVALID, "HELLO needs a user_agent");
        return;
    }
    state_set_string(&session->user_agent, bolt_string(bolt_get(request->extra, "user_agent"), ""));
    bolt_set_string(arena, metadata, "server",
                    arena_printf(arena, "Neo4j/%s", session->process->version.text));
    bolt_set_string(arena, metadata, "connection_id",
                    arena_printf(arena, "bolt-%lu", (unsigned long)session->connection_id));
    bolt_set_integer(arena, hints, "connection.recv_timeout_seconds", RECV_TIMEOUT_SECONDS);
    if (session_at_least(session, 5, 4))
        bolt_set_bool(arena, hints, "telemetry.enabled", false);
    if (session_at_least(session, 5, 8))
        bolt_set_bool(arena, hints, "ssr.enabled", true);
    bolt_set(arena, metadata, "hints", hints);
    if (!session_at_least(session, 5, 0) && session->has_utc)
        bolt_append_string(arena, bolt_set(arena, metadata, "patch_bolt", bolt_new_list(arena)), "utc");
    if (session_at_least(session, 5, 1))
        session->state = STATE_AUTHENTICATION;
    else if (!log_in(session, request->extra, metadata, arena))
        return;
    session_succeed(session, metadata);
}

static const char *own_address(const struct neo4j_session *session, struct arena *arena) {
    const struct neo4j_process *process = session->process;

    if (session->options.routes_by_address)
        return arena_printf(arena, "%s:%u", process->container.address, process->listen[PORT_BOLT].port);
    return process_advertised(process, arena, PORT_BOLT);
}

void session_logon(struct neo4j_session *session, const struct bolt_request *request) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    if (!log_in(session, request->extra, metadata, arena))
        return;
    if (session_at_least(session, 5, 8))
        bolt_set_string(arena, metadata, "advertised_address", own_address(session, arena));
    session_succeed(session, metadata);
}

void session_logoff(struct neo4j_session *session, const struct bolt_request *request) {
    state_set_string(&session->user, "");
    session->state = STATE_AUTHENTICATION;
    session_succeed(session, NULL);
}

/* ---- impersonation ---- */

const char *session_user(const struct neo4j_session *session) {
    return session->impersonated ? session->impersonated : session->user;
}

bool session_impersonate(struct neo4j_session *session, const struct bolt_value *extra) {
    const struct cluster_state *state = &session->process->state;
    const char *name = bolt_string(bolt_get(extra, "imp_user"), NULL);
    struct privilege_object object = { .action = PRIVILEGE_IMPERSONATE, .name = name };
    bool is_allowed = !name || (state_find_user(state, name) &&
                                privilege_permission(state, session->user, &object) == PERMISSION_GRANTED);

    if (!is_allowed) {
        session_fail_with(session, FAILURE_FORBIDDEN, "Cannot impersonate user '%s'.", name);
        return false;
    }
    state_set_string(&session->impersonated, name && !str_equal(name, session->user) ? name : NULL);
    return true;
}
