/* One lock guards all entries and breakers. It is never held during I/O: an entry that is being opened,
 * checked or used belongs to the thread that took it, and entries that are to be closed are unlinked first.
 */
#include "bolt/pool.h"

#include "bolt/pool_entry.h"
#include "bolt/pool_servers.h"

#include <pthread.h>

struct bolt_pool {
    const struct clock *clock;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct pool_entries entries; /* guarded by lock, as is all that follows; the longest idle are in front */
    struct pool_servers servers;
    struct bolt_tls_context *tls; /* of the last request; NULL: none yet, or no TLS */
    struct bolt_pool_counts counts;
};

struct bolt_pool *bolt_pool_new(const struct clock *clock) {
    struct bolt_pool *pool = XNEW(struct bolt_pool);
    pthread_condattr_t attributes;

    pool->clock = clock;
    TAILQ_INIT(&pool->entries);
    TAILQ_INIT(&pool->servers);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return pool;
}

void bolt_pool_free(struct bolt_pool *pool) {
    struct pool_entry *entry;

    if (!pool)
        return;
    TAILQ_FOREACH (entry, &pool->entries, link)
        ensure(entry->is_idle);
    pool_entries_free(&pool->entries);
    pool_servers_forget(&pool->servers, NULL);
    bolt_tls_context_unref(pool->tls);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* ---- under the lock ---- */

static int64_t now(const struct bolt_pool *pool) {
    return clock_monotonic(pool->clock);
}

static struct pool_time both_times(const struct bolt_pool *pool) {
    return (struct pool_time){ .monotonic_ns = now(pool), .wall_ns = clock_wall(pool->clock) };
}

static void move(struct bolt_pool *pool, struct pool_entry *entry, struct pool_entries *to) {
    TAILQ_REMOVE(&pool->entries, entry, link);
    TAILQ_INSERT_TAIL(to, entry, link);
    pool->counts.closed++;
}

static bool is_older(const struct bolt_pool *pool, int64_t since_ns, int64_t seconds) {
    return now(pool) - since_ns >= seconds * NANOSECONDS_PER_SECOND;
}

/* Whether an idle entry is of no more use to anybody, or not to the one who asks and nobody after him. */
static bool is_over(const struct bolt_pool *pool, const struct pool_entry *entry,
                    const struct bolt_pool_request *request) {
    const struct bolt_endpoint *endpoint = &request->login.endpoint;

    return is_older(pool, entry->opened_ns, BOLT_POOL_LIFETIME_SECONDS) ||
           is_older(pool, entry->idle_since_ns, BOLT_POOL_IDLE_SECONDS) ||
           (pool_entry_is_at(entry, endpoint) && !bolt_tls_context_is_of(entry->tls, request->tls));
}

static void sort_out(struct bolt_pool *pool, const struct bolt_pool_request *request,
                     struct pool_entries *closing) {
    struct pool_entry *entry;
    struct pool_entry *next;

    for (entry = TAILQ_FIRST(&pool->entries); entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (entry->is_idle && is_over(pool, entry, request))
            move(pool, entry, closing);
    }
    pool_servers_tidy(&pool->servers, both_times(pool));
}

/* The idle entry that rested least; rather one that needs no other login. */
static struct pool_entry *find_idle(struct bolt_pool *pool, const struct bolt_pool_request *request) {
    struct pool_entry *other = NULL;
    struct pool_entry *entry;

    TAILQ_FOREACH_REVERSE(entry, &pool->entries, pool_entries, link) {
        if (!entry->is_idle || !pool_entry_is_for(entry, request))
            continue;
        if (pool_entry_has_password(entry, request->password))
            return entry;
        other = other ? other : entry;
    }
    return other;
}

static size_t count_entries(const struct bolt_pool *pool, struct pool_entry **out_idle) {
    struct pool_entry *entry;
    size_t count = 0;

    *out_idle = NULL;
    TAILQ_FOREACH (entry, &pool->entries, link) {
        count++;
        if (entry->is_idle && !*out_idle)
            *out_idle = entry;
    }
    return count;
}

static bool wait_for_change(struct bolt_pool *pool, int64_t deadline_ns) {
    const struct timespec until = { .tv_sec = deadline_ns / NANOSECONDS_PER_SECOND,
                                    .tv_nsec = deadline_ns % NANOSECONDS_PER_SECOND };

    pool->counts.waiting++;
    bool is_in_time = pthread_cond_timedwait(&pool->changed, &pool->lock, &until) == 0;
    pool->counts.waiting--;
    return is_in_time;
}

static bool all_in_use(const struct bolt_pool_request *request, struct error *err) {
    const struct bolt_endpoint *endpoint = &request->login.endpoint;

    return error_set(err, ERROR_UNAVAILABLE, "%s:%u: all %d connections of the cluster are in use",
                     endpoint->address, endpoint->port, BOLT_POOL_CONNECTIONS_MAX);
}

/* An entry that is not open yet, unless the server is left alone. */
static struct pool_entry *new_entry(struct bolt_pool *pool, const struct bolt_pool_request *request,
                                    struct bolt_tls_context *tls, struct error *err) {
    if (!pool_servers_allow(&pool->servers, &request->login.endpoint, both_times(pool), err)) {
        pool->counts.refused++;
        return NULL;
    }
    struct pool_entry *entry = pool_entry_new(request, tls);
    TAILQ_INSERT_TAIL(&pool->entries, entry, link);
    return entry;
}

/* An entry that is in use from now on: an idle one, or a new one. */
static struct pool_entry *claim(struct bolt_pool *pool, const struct bolt_pool_request *request,
                                struct bolt_tls_context *tls, int64_t deadline_ns,
                                struct pool_entries *closing, struct error *err) {
    struct pool_entry *entry;
    struct pool_entry *spare;

    sort_out(pool, request, closing);
    while (!(entry = find_idle(pool, request)) && count_entries(pool, &spare) >= BOLT_POOL_CONNECTIONS_MAX) {
        if (spare) { /* another server's, another user's, or of other routing */
            move(pool, spare, closing);
        } else if (!wait_for_change(pool, deadline_ns)) {
            all_in_use(request, err);
            return NULL;
        }
    }
    if (!entry)
        entry = new_entry(pool, request, tls, err);
    if (entry)
        entry->is_idle = false;
    return entry;
}

/* ---- without the lock ---- */

/* A reference to the context of these texts: the pool's, or a new one, which it keeps from then on. Parsing
 * is slow: it is done outside of the lock. */
static bool prepare_tls(struct bolt_pool *pool, const struct bolt_tls *tls,
                        struct bolt_tls_context **out_context, struct error *err) {
    struct bolt_tls_context *context = NULL;

    pthread_mutex_lock(&pool->lock);
    bool is_known = bolt_tls_context_is_of(pool->tls, tls);
    if (is_known && tls)
        context = bolt_tls_context_ref(pool->tls);
    pthread_mutex_unlock(&pool->lock);
    if (!is_known && tls) {
        if (!bolt_tls_context_new(tls, &context, err))
            return false;
        pthread_mutex_lock(&pool->lock);
        struct bolt_tls_context *old = pool->tls;
        pool->tls = bolt_tls_context_ref(context);
        pthread_mutex_unlock(&pool->lock);
        bolt_tls_context_unref(old);
    }
    *out_context = context;
    return true;
}

static void drop(struct bolt_pool *pool, struct pool_entry *entry) {
    pthread_mutex_lock(&pool->lock);
    TAILQ_REMOVE(&pool->entries, entry, link);
    pool->counts.closed += entry->opened_ns != NEVER_OPENED;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    pool_entry_free(entry);
}

static struct pool_entry *claim_locked(struct bolt_pool *pool, const struct bolt_pool_request *request,
                                       struct bolt_tls_context *tls, int64_t deadline_ns, struct error *err) {
    struct pool_entries closing = TAILQ_HEAD_INITIALIZER(closing);

    pthread_mutex_lock(&pool->lock);
    struct pool_entry *entry = claim(pool, request, tls, deadline_ns, &closing, err);
    pthread_mutex_unlock(&pool->lock);
    pool_entries_free(&closing);
    return entry;
}

static void copy_failure(const struct pool_entry *entry, struct arena *arena,
                         struct bolt_failure *out_failure) {
    const struct bolt_failure *failure = bolt_connection_failure(entry->connection);

    if (failure && out_failure)
        *out_failure = bolt_failure_copy(arena, failure);
}

static void note_attempt(struct bolt_pool *pool, struct pool_entry *entry,
                         const struct bolt_endpoint *endpoint, struct error *why) {
    pthread_mutex_lock(&pool->lock);
    if (!why)
        entry->opened_ns = now(pool);
    *(why ? &pool->counts.failed : &pool->counts.opened) += 1;
    pool_servers_note(&pool->servers, endpoint, both_times(pool), why);
    pthread_mutex_unlock(&pool->lock);
}

static bool open_entry(struct bolt_pool *pool, struct pool_entry *entry,
                       const struct bolt_pool_request *request, int64_t deadline_ns, struct arena *arena,
                       struct bolt_failure *out_failure, struct error *err) {
    struct error why = { 0 };
    bool is_open = bolt_connection_open(entry->connection, request->password, deadline_ns, &why);

    note_attempt(pool, entry, &request->login.endpoint, is_open ? NULL : &why);
    if (is_open)
        return true;
    copy_failure(entry, arena, out_failure);
    drop(pool, entry);
    return error_set(err, why.kind, "%s", why.text);
}

/* By the clock of the network, which deadlines are of. */
static int64_t deadline_in(const struct bolt_pool_request *request, int64_t ms) {
    return clock_monotonic(bolt_endpoint_network(&request->login.endpoint)->clock) + ms * NANOSECONDS_PER_MS;
}

/* Whether a connection that was idle can be used: asks the server where that is in doubt. */
static bool is_usable(struct bolt_pool *pool, struct pool_entry *entry,
                      const struct bolt_pool_request *request, int64_t deadline_ns) {
    int64_t check_until = deadline_in(request, BOLT_POOL_CHECK_MS);

    if (bolt_connection_state(entry->connection) == BOLT_READY &&
        !is_older(pool, entry->idle_since_ns, BOLT_POOL_REST_SECONDS) &&
        !bolt_connection_has_news(entry->connection))
        return true;
    return bolt_connection_reset(entry->connection, check_until < deadline_ns ? check_until : deadline_ns,
                                 NULL);
}

enum reuse {
    REUSE_DONE,
    REUSE_LOST,    /* no use: take another */
    REUSE_REFUSED, /* the server refuses the login */
};

static enum reuse relogin(struct pool_entry *entry, const struct bolt_pool_request *request,
                          int64_t deadline_ns, struct error *err) {
    if (!bolt_connection_can_relogin(entry->connection))
        return REUSE_LOST;
    if (bolt_connection_relogin(entry->connection, request->login.user, request->password, deadline_ns,
                                err)) {
        pool_entry_set_password(entry, request->password);
        return REUSE_DONE;
    }
    return bolt_connection_failure(entry->connection) ? REUSE_REFUSED : REUSE_LOST;
}

static enum reuse reuse(struct bolt_pool *pool, struct pool_entry *entry,
                        const struct bolt_pool_request *request, int64_t deadline_ns, struct error *err) {
    bool is_other = !pool_entry_has_password(entry, request->password);

    if (!is_usable(pool, entry, request, deadline_ns))
        return REUSE_LOST;
    enum reuse result = is_other ? relogin(entry, request, deadline_ns, err) : REUSE_DONE;
    pthread_mutex_lock(&pool->lock);
    pool->counts.reused += result == REUSE_DONE;
    pool->counts.relogged += result == REUSE_DONE && is_other;
    pool->counts.failed += result == REUSE_REFUSED;
    pthread_mutex_unlock(&pool->lock);
    return result;
}

static bool take(struct bolt_pool *pool, const struct bolt_pool_request *request,
                 struct bolt_tls_context *tls, int64_t deadline_ns, struct arena *arena,
                 struct pool_entry **out_entry, struct bolt_failure *out_failure, struct error *err) {
    for (;;) {
        struct error why = { 0 };
        struct pool_entry *entry = claim_locked(pool, request, tls, deadline_ns, err);
        if (!entry)
            return false;
        *out_entry = entry;
        if (bolt_connection_state(entry->connection) == BOLT_NEW)
            return open_entry(pool, entry, request, deadline_ns, arena, out_failure, err);
        switch (reuse(pool, entry, request, deadline_ns, &why)) {
        case REUSE_DONE:
            return true;
        case REUSE_REFUSED:
            copy_failure(entry, arena, out_failure);
            drop(pool, entry);
            return error_set(err, why.kind, "%s", why.text);
        case REUSE_LOST:
            drop(pool, entry);
        }
    }
}

bool bolt_pool_take(struct bolt_pool *pool, const struct bolt_pool_request *request, int64_t deadline_ns,
                    struct arena *arena, struct bolt_connection **out_connection,
                    struct bolt_failure *out_failure, struct error *err) {
    CLEANUP_POINTER(bolt_tls_context_unref) struct bolt_tls_context *tls = NULL;
    int64_t until = deadline_in(request, BOLT_POOL_TAKE_MS);
    struct pool_entry *entry;

    if (!prepare_tls(pool, request->tls, &tls, err) ||
        !take(pool, request, tls, until < deadline_ns ? until : deadline_ns, arena, &entry, out_failure, err))
        return false;
    *out_connection = entry->connection;
    return true;
}

/* ---- giving back ---- */

static struct pool_entry *find_entry(struct bolt_pool *pool, const struct bolt_connection *connection) {
    struct pool_entry *entry;

    TAILQ_FOREACH (entry, &pool->entries, link)
        if (entry->connection == connection)
            break;
    ensure(entry && !entry->is_idle);
    return entry;
}

void bolt_pool_put(struct bolt_pool *pool, struct bolt_connection *connection) {
    struct pool_entries closing = TAILQ_HEAD_INITIALIZER(closing);
    enum bolt_connection_state state = bolt_connection_state(connection);
    bool is_of_use = state == BOLT_READY || state == BOLT_FAILED;

    if (is_of_use)
        bolt_connection_trim(connection);
    pthread_mutex_lock(&pool->lock);
    struct pool_entry *entry = find_entry(pool, connection);
    TAILQ_REMOVE(&pool->entries, entry, link);
    TAILQ_INSERT_TAIL(&pool->entries, entry, link);
    if (!is_of_use || entry->is_retired || is_older(pool, entry->opened_ns, BOLT_POOL_LIFETIME_SECONDS)) {
        move(pool, entry, &closing);
    } else {
        entry->is_idle = true;
        entry->idle_since_ns = now(pool);
    }
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    pool_entries_free(&closing);
}

void bolt_pool_forget(struct bolt_pool *pool, const char *address) {
    struct pool_entries closing = TAILQ_HEAD_INITIALIZER(closing);
    struct pool_entry *entry;
    struct pool_entry *next;

    pthread_mutex_lock(&pool->lock);
    for (entry = TAILQ_FIRST(&pool->entries); entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (address && !str_equal(entry->address, address))
            continue;
        entry->is_retired = true;
        if (entry->is_idle)
            move(pool, entry, &closing);
    }
    pool_servers_forget(&pool->servers, address);
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    pool_entries_free(&closing);
}

struct bolt_pool_counts bolt_pool_counts(struct bolt_pool *pool) {
    struct pool_entry *entry;

    pthread_mutex_lock(&pool->lock);
    struct bolt_pool_counts counts = pool->counts;
    TAILQ_FOREACH (entry, &pool->entries, link)
        *(entry->is_idle ? &counts.idle : &counts.in_use) += 1;
    counts.breakers_open = pool_servers_open(&pool->servers);
    pthread_mutex_unlock(&pool->lock);
    return counts;
}
