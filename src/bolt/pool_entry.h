/* Entry of a pool: a connection, and what it was opened with. No lock and no clock: pool.c's part. */
#pragma once

#include "bolt/pool.h"

#include <sys/queue.h>

/* opened_ns of an entry that was not connected yet. */
#define NEVER_OPENED INT64_MIN

struct pool_entry {
    TAILQ_ENTRY(pool_entry) link;
    char *address;
    uint16_t port;
    char *server_name;
    char *user;
    bool is_routed;
    struct secret_text password;  /* with which it logged in */
    struct bolt_tls_context *tls; /* a reference; NULL: no TLS */
    struct bolt_connection *connection;
    bool is_idle;
    bool is_retired; /* to be closed as soon as it is put back */
    int64_t opened_ns;
    int64_t idle_since_ns;
};
TAILQ_HEAD(pool_entries, pool_entry);

/* Not connected yet. Takes a reference to tls, which may be NULL. */
struct pool_entry *pool_entry_new(const struct bolt_pool_request *request, struct bolt_tls_context *tls);
void pool_entry_free(struct pool_entry *entry);
void pool_entries_free(struct pool_entries *entries);

bool pool_entry_is_at(const struct pool_entry *entry, const struct bolt_endpoint *endpoint);
/* The same server by the same name, the same TLS settings, user and routing: the password may differ. */
bool pool_entry_is_for(const struct pool_entry *entry, const struct bolt_pool_request *request);
bool pool_entry_has_password(const struct pool_entry *entry, const struct secret_text *password);
void pool_entry_set_password(struct pool_entry *entry, const struct secret_text *password);
