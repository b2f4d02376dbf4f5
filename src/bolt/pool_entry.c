#include "bolt/pool_entry.h"

static const char *name_of(const struct bolt_endpoint *endpoint) {
    return endpoint->server_name ? endpoint->server_name : endpoint->address;
}

struct pool_entry *pool_entry_new(const struct bolt_pool_request *request, struct bolt_tls_context *tls) {
    struct pool_entry *entry = XNEW(struct pool_entry);
    struct bolt_login login = request->login;

    login.endpoint.tls = tls;
    entry->address = xstrdup(login.endpoint.address);
    entry->port = login.endpoint.port;
    entry->server_name = xstrdup(name_of(&login.endpoint));
    entry->user = xstrdup(login.user);
    entry->is_routed = login.is_routed;
    entry->tls = tls ? bolt_tls_context_ref(tls) : NULL;
    entry->opened_ns = NEVER_OPENED;
    entry->connection = bolt_connection_new(&login);
    pool_entry_set_password(entry, request->password);
    return entry;
}

void pool_entry_free(struct pool_entry *entry) {
    bolt_connection_free(entry->connection);
    bolt_tls_context_unref(entry->tls);
    secret_text_clear(&entry->password);
    free(entry->address);
    free(entry->server_name);
    free(entry->user);
    free(entry);
}

void pool_entries_free(struct pool_entries *entries) {
    struct pool_entry *entry;

    while ((entry = TAILQ_FIRST(entries))) {
        TAILQ_REMOVE(entries, entry, link);
        pool_entry_free(entry);
    }
}

bool pool_entry_is_at(const struct pool_entry *entry, const struct bolt_endpoint *endpoint) {
    return entry->port == endpoint->port && str_equal(entry->address, endpoint->address);
}

bool pool_entry_is_for(const struct pool_entry *entry, const struct bolt_pool_request *request) {
    const struct bolt_login *login = &request->login;

    return pool_entry_is_at(entry, &login->endpoint) && bolt_tls_context_is_of(entry->tls, request->tls) &&
           str_equal(entry->user, login->user) && str_equal(entry->server_name, name_of(&login->endpoint)) &&
           entry->is_routed == login->is_routed;
}

bool pool_entry_has_password(const struct pool_entry *entry, const struct secret_text *password) {
    return secret_text_equal(&entry->password, password);
}

void pool_entry_set_password(struct pool_entry *entry, const struct secret_text *password) {
    secret_text_clear(&entry->password);
    entry->password = secret_text_new(password->bytes, password->length);
}
