/* One lock guards all entries. It is never held during I/O: an entry that is being opened, checked or used
 * belongs to the thread that took it, and entries that are to be closed are unlinked first.
 */
#include "bolt/pool.h"

#include "base/encoding.h"

#include <pthread.h>
#include <sys/queue.h>

/* What must be the same for a connection to be used again. */
struct pool_key {
    char *address;
    uint16_t port;
    char *server_name;
    char *user;
    bool is_routed;
    char *tls_digest; /* of the authorities and of our certificate; NULL: no TLS */
};

struct pool_entry {
    TAILQ_ENTRY(pool_entry) link;
    struct pool_key key;
    struct secret_text password;    /* with which it logged in */
    struct secret_text private_key; /* that it showed */
    struct bolt_connection *connection;
    bool is_idle;
    int64_t opened_ns;
    int64_t idle_since_ns;
};
TAILQ_HEAD(pool_entries, pool_entry);

struct bolt_pool {
    const struct clock *clock;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct pool_entries entries; /* guarded by lock, as are the counts; the longest idle are in front */
    uint64_t opened;
    uint64_t reused;
};

struct bolt_pool *bolt_pool_new(const struct clock *clock) {
    struct bolt_pool *pool = XNEW(struct bolt_pool);
    pthread_condattr_t attributes;

    pool->clock = clock;
    TAILQ_INIT(&pool->entries);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return pool;
}

/* ---- keys and entries ---- */

/* The caller frees it. Of public texts only: secrets are compared, never digested. */
static char *digest_tls(const struct bolt_tls *tls) {
    enum { DIGITS = 32 };

    if (!tls)
        return NULL;
    CLEANUP_ARENA struct arena *arena = arena_new();
    return xprintf("%s %s", sha256_hex(arena, tls->ca_pem.data, tls->ca_pem.length, DIGITS),
                   sha256_hex(arena, tls->certificate_pem.data, tls->certificate_pem.length, DIGITS));
}

static struct pool_entry *entry_new(const struct bolt_login *login, const struct secret_text *password) {
    const struct bolt_endpoint *endpoint = &login->endpoint;
    const struct secret_text *private_key = endpoint->tls ? endpoint->tls->private_key_pem : NULL;
    struct pool_entry *entry = XNEW(struct pool_entry);

    entry->key = (struct pool_key){
        .address = xstrdup(endpoint->address),
        .port = endpoint->port,
        .server_name = xstrdup(endpoint->server_name ? endpoint->server_name : endpoint->address),
        .user = xstrdup(login->user),
        .is_routed = login->is_routed,
        .tls_digest = digest_tls(endpoint->tls),
    };
    entry->password = secret_text_new(password->bytes, password->length);
    if (private_key)
        entry->private_key = secret_text_new(private_key->bytes, private_key->length);
    entry->connection = bolt_connection_new(login);
    return entry;
}

static void entry_free(struct pool_entry *entry) {
    bolt_connection_free(entry->connection);
    secret_text_clear(&entry->password);
    secret_text_clear(&entry->private_key);
    free(entry->key.address);
    free(entry->key.server_name);
    free(entry->key.user);
    free(entry->key.tls_digest);
    free(entry);
}

static void entries_free(struct pool_entries *entries) {
    struct pool_entry *entry;

    while ((entry = TAILQ_FIRST(entries))) {
        TAILQ_REMOVE(entries, entry, link);
        entry_free(entry);
    }
}

void bolt_pool_free(struct bolt_pool *pool) {
    struct pool_entry *entry;

    if (!pool)
        return;
    TAILQ_FOREACH (entry, &pool->entries, link)
        ensure(entry->is_idle);
    entries_free(&pool->entries);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static bool is_same_server(const struct pool_key *key, const struct bolt_endpoint *endpoint) {
    return key->port == endpoint->port && str_equal(key->address, endpoint->address);
}

static bool is_same_login(const struct pool_key *key, const struct bolt_login *login) {
    const struct bolt_endpoint *endpoint = &login->endpoint;

    return is_same_server(key, endpoint) && str_equal(key->user, login->user) &&
           str_equal(key->server_name, endpoint->server_name ? endpoint->server_name : endpoint->address) &&
           key->is_routed == login->is_routed;
}

static bool has_same_secrets(const struct pool_entry *entry, const struct bolt_login *login,
                             const struct secret_text *password) {
    static const struct secret_text none = { 0 };
    const struct bolt_tls *tls = login->endpoint.tls;

    CLEANUP_FREE char *tls_digest = digest_tls(tls);

    return str_equal(entry->key.tls_digest, tls_digest) && secret_text_equal(&entry->password, password) &&
           secret_text_equal(&entry->private_key, tls && tls->private_key_pem ? tls->private_key_pem : &none);
}

/* ---- under the lock ---- */

static int64_t now(const struct bolt_pool *pool) {
    return clock_monotonic(pool->clock);
}

static void move(struct bolt_pool *pool, struct pool_entry *entry, struct pool_entries *to) {
    TAILQ_REMOVE(&pool->entries, entry, link);
    TAILQ_INSERT_TAIL(to, entry, link);
}

static bool is_old(const struct bolt_pool *pool, const struct pool_entry *entry) {
    return now(pool) - entry->opened_ns >= BOLT_POOL_LIFETIME_SECONDS * NANOSECONDS_PER_SECOND;
}

/* Unlinks what is idle and old, or logged in with what is no longer right. */
static void sort_out(struct bolt_pool *pool, const struct bolt_login *login,
                     const struct secret_text *password, struct pool_entries *closing) {
    struct pool_entry *entry;
    struct pool_entry *next;

    for (entry = TAILQ_FIRST(&pool->entries); entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (entry->is_idle && (is_old(pool, entry) || (is_same_login(&entry->key, login) &&
                                                       !has_same_secrets(entry, login, password))))
            move(pool, entry, closing);
    }
}

/* The idle entry that rested least. */
static struct pool_entry *find_idle(struct bolt_pool *pool, const struct bolt_login *login) {
    struct pool_entry *entry;

    TAILQ_FOREACH_REVERSE(entry, &pool->entries, pool_entries, link) {
        if (entry->is_idle && is_same_login(&entry->key, login))
            return entry;
    }
    return NULL;
}

static size_t count_server(struct bolt_pool *pool, const struct bolt_endpoint *endpoint,
                           struct pool_entry **out_idle) {
    struct pool_entry *entry;
    size_t count = 0;

    *out_idle = NULL;
    TAILQ_FOREACH (entry, &pool->entries, link)
        if (is_same_server(&entry->key, endpoint)) {
            count++;
            if (entry->is_idle && !*out_idle)
                *out_idle = entry;
        }
    return count;
}

static bool wait_for_change(struct bolt_pool *pool, int64_t deadline_ns) {
    const struct timespec until = { .tv_sec = deadline_ns / NANOSECONDS_PER_SECOND,
                                    .tv_nsec = deadline_ns % NANOSECONDS_PER_SECOND };

    return pthread_cond_timedwait(&pool->changed, &pool->lock, &until) == 0;
}

/* An entry that is in use from now on: an idle one, or a new one that is not open yet. NULL: all of the
 * server's are in use until the deadline. */
static struct pool_entry *claim(struct bolt_pool *pool, const struct bolt_login *login,
                                const struct secret_text *password, int64_t deadline_ns,
                                struct pool_entries *closing) {
    struct pool_entry *entry;
    struct pool_entry *spare;

    sort_out(pool, login, password, closing);
    while (!(entry = find_idle(pool, login)) &&
           count_server(pool, &login->endpoint, &spare) >= BOLT_POOL_PER_SERVER_MAX) {
        if (spare) /* another user's, or of other routing */
            move(pool, spare, closing);
        else if (!wait_for_change(pool, deadline_ns))
            return NULL;
    }
    if (!entry) {
        entry = entry_new(login, password);
        TAILQ_INSERT_TAIL(&pool->entries, entry, link);
    }
    entry->is_idle = false;
    return entry;
}

static void drop(struct bolt_pool *pool, struct pool_entry *entry) {
    pthread_mutex_lock(&pool->lock);
    TAILQ_REMOVE(&pool->entries, entry, link);
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    entry_free(entry);
}

/* ---- without the lock ---- */

/* Whether a connection that was idle can be used: asks the server where that is in doubt. */
static bool is_usable(struct bolt_pool *pool, struct pool_entry *entry, int64_t deadline_ns) {
    int64_t rest_ns = now(pool) - entry->idle_since_ns;
    int64_t check_until = bolt_now_ns() + BOLT_POOL_CHECK_MS * NANOSECONDS_PER_MS;

    if (bolt_connection_state(entry->connection) == BOLT_READY &&
        rest_ns < BOLT_POOL_REST_SECONDS * NANOSECONDS_PER_SECOND &&
        !bolt_connection_has_news(entry->connection))
        return true;
    return bolt_connection_reset(entry->connection, check_until < deadline_ns ? check_until : deadline_ns,
                                 NULL);
}

static bool open_entry(struct bolt_pool *pool, struct pool_entry *entry, const struct secret_text *password,
                       int64_t deadline_ns, struct arena *arena, struct bolt_failure *out_failure,
                       struct error *err) {
    if (!bolt_connection_open(entry->connection, password, deadline_ns, err)) {
        const struct bolt_failure *failure = bolt_connection_failure(entry->connection);
        if (failure && out_failure)
            *out_failure = bolt_failure_copy(arena, failure);
        return false;
    }
    pthread_mutex_lock(&pool->lock);
    entry->opened_ns = now(pool);
    pool->opened++;
    pthread_mutex_unlock(&pool->lock);
    return true;
}

static struct pool_entry *claim_locked(struct bolt_pool *pool, const struct bolt_login *login,
                                       const struct secret_text *password, int64_t deadline_ns) {
    struct pool_entries closing = TAILQ_HEAD_INITIALIZER(closing);

    pthread_mutex_lock(&pool->lock);
    struct pool_entry *entry = claim(pool, login, password, deadline_ns, &closing);
    pthread_mutex_unlock(&pool->lock);
    entries_free(&closing);
    return entry;
}

bool bolt_pool_take(struct bolt_pool *pool, const struct bolt_login *login,
                    const struct secret_text *password, int64_t deadline_ns, struct arena *arena,
                    struct bolt_connection **out_connection, struct bolt_failure *out_failure,
                    struct error *err) {
    for (;;) {
        struct pool_entry *entry = claim_locked(pool, login, password, deadline_ns);
        if (!entry)
            return error_set(err, ERROR_UNAVAILABLE, "%s:%u: all %d connections are in use",
                             login->endpoint.address, login->endpoint.port, BOLT_POOL_PER_SERVER_MAX);
        if (bolt_connection_state(entry->connection) == BOLT_NEW) {
            if (!open_entry(pool, entry, password, deadline_ns, arena, out_failure, err)) {
                drop(pool, entry);
                return false;
            }
            *out_connection = entry->connection;
            return true;
        }
        if (is_usable(pool, entry, deadline_ns)) {
            pthread_mutex_lock(&pool->lock);
            pool->reused++;
            pthread_mutex_unlock(&pool->lock);
            *out_connection = entry->connection;
            return true;
        }
        drop(pool, entry);
    }
}

static struct pool_entry *find_entry(struct bolt_pool *pool, const struct bolt_connection *connection) {
    struct pool_entry *entry;

    TAILQ_FOREACH (entry, &pool->entries, link)
        if (entry->connection == connection)
            break;
    ensure(entry && !entry->is_idle);
    return entry;
}

/* Unlinks the longest idle entry when more than the limit are idle. */
static void limit_idle(struct bolt_pool *pool, struct pool_entries *closing) {
    struct pool_entry *entry;
    struct pool_entry *oldest = NULL;
    size_t idle = 0;

    TAILQ_FOREACH (entry, &pool->entries, link)
        if (entry->is_idle) {
            idle++;
            oldest = oldest ? oldest : entry;
        }
    if (idle > BOLT_POOL_IDLE_MAX)
        move(pool, oldest, closing);
}

void bolt_pool_put(struct bolt_pool *pool, struct bolt_connection *connection) {
    struct pool_entries closing = TAILQ_HEAD_INITIALIZER(closing);
    enum bolt_connection_state state = bolt_connection_state(connection);

    bolt_connection_trim(connection);
    pthread_mutex_lock(&pool->lock);
    struct pool_entry *entry = find_entry(pool, connection);
    entry->idle_since_ns = now(pool);
    if ((state == BOLT_READY || state == BOLT_FAILED) && !is_old(pool, entry)) {
        entry->is_idle = true;
        TAILQ_REMOVE(&pool->entries, entry, link);
        TAILQ_INSERT_TAIL(&pool->entries, entry, link);
        limit_idle(pool, &closing);
    } else {
        move(pool, entry, &closing);
    }
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    entries_free(&closing);
}

void bolt_pool_forget(struct bolt_pool *pool, const char *address) {
    struct pool_entries closing = TAILQ_HEAD_INITIALIZER(closing);
    struct pool_entry *entry;
    struct pool_entry *next;

    pthread_mutex_lock(&pool->lock);
    for (entry = TAILQ_FIRST(&pool->entries); entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (entry->is_idle && (!address || str_equal(entry->key.address, address)))
            move(pool, entry, &closing);
    }
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    entries_free(&closing);
}

struct bolt_pool_counts bolt_pool_counts(struct bolt_pool *pool) {
    struct pool_entry *entry;

    pthread_mutex_lock(&pool->lock);
    struct bolt_pool_counts counts = { .opened = pool->opened, .reused = pool->reused };
    TAILQ_FOREACH (entry, &pool->entries, link)
        *(entry->is_idle ? &counts.idle : &counts.in_use) += 1;
    pthread_mutex_unlock(&pool->lock);
    return counts;
}
