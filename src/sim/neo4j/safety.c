#include "sim/neo4j/safety.h"

#include "base/encoding.h"

struct leader {
    uint64_t term;
    char *server_id;
};

/* What is known of one transaction: 0 and "" where nothing is. */
struct link {
    uint64_t index; /* of its entry in the log */
    char checksum[LEDGER_CHECKSUM_BYTES];
};

/* How far one volume has been looked at. */
struct seen {
    TAILQ_ENTRY(seen) link;
    char *server_id;
    uint64_t committed;
    uint64_t base_index;
};

struct group {
    TAILQ_ENTRY(group) link;
    char *id;
    struct leader *leaders;
    size_t leader_count;
    uint64_t *hashes; /* of the committed entry with index i + 1; 0: not seen */
    uint64_t hash_count;
    struct link *transactions; /* by number */
    uint64_t transaction_count;
    uint64_t acknowledged;
    TAILQ_HEAD(, seen) seen;
};

struct safety {
    TAILQ_HEAD(, group) groups;
};

/* ---- what is remembered ---- */

struct safety *safety_new(void) {
    struct safety *safety = XNEW(struct safety);

    TAILQ_INIT(&safety->groups);
    return safety;
}

static void group_free(struct group *group) {
    struct seen *seen;

    while ((seen = TAILQ_FIRST(&group->seen))) {
        TAILQ_REMOVE(&group->seen, seen, link);
        free(seen->server_id);
        free(seen);
    }
    for (size_t i = 0; i < group->leader_count; i++)
        free(group->leaders[i].server_id);
    free(group->leaders);
    free(group->hashes);
    free(group->transactions);
    free(group->id);
    free(group);
}

void safety_free(struct safety *safety) {
    struct group *group;

    if (!safety)
        return;
    while ((group = TAILQ_FIRST(&safety->groups))) {
        TAILQ_REMOVE(&safety->groups, group, link);
        group_free(group);
    }
    free(safety);
}

static struct group *find_group(struct safety *safety, const char *id) {
    struct group *group;

    TAILQ_FOREACH (group, &safety->groups, link)
        if (str_equal(group->id, id))
            return group;
    group = XNEW(struct group);
    group->id = xstrdup(id);
    TAILQ_INIT(&group->seen);
    TAILQ_INSERT_TAIL(&safety->groups, group, link);
    return group;
}

static struct seen *find_seen(struct group *group, const char *server_id) {
    struct seen *seen;

    TAILQ_FOREACH (seen, &group->seen, link)
        if (str_equal(seen->server_id, server_id))
            return seen;
    seen = XNEW(struct seen);
    seen->server_id = xstrdup(server_id);
    TAILQ_INSERT_TAIL(&group->seen, seen, link);
    return seen;
}

/* The place of element index of a growing array, whose new elements are zero. */
static void *place(void **array, uint64_t *count, uint64_t index, size_t size) {
    if (index >= *count) {
        uint64_t more = index * 2 + 64;
        char *grown = xrealloc(*array, more * size);
        memset(grown + *count * size, 0, (more - *count) * size);
        *array = grown;
        *count = more;
    }
    return (char *)*array + index * size;
}

static uint64_t *hash_at(struct group *group, uint64_t index) {
    void *array = group->hashes;
    uint64_t *found = place(&array, &group->hash_count, index, sizeof(*found));

    group->hashes = array;
    return found;
}

static struct link *transaction_at(struct group *group, uint64_t number) {
    void *array = group->transactions;
    struct link *found = place(&array, &group->transaction_count, number, sizeof(*found));

    group->transactions = array;
    return found;
}

/* ---- leaders ---- */

bool safety_see_leader(struct safety *safety, const char *id, uint64_t term, const char *server_id,
                       struct error *err) {
    struct group *group = find_group(safety, id);

    for (size_t i = group->leader_count; i > 0; i--) {
        const struct leader *leader = &group->leaders[i - 1];
        if (leader->term != term)
            continue;
        return str_equal(leader->server_id, server_id) ||
               error_set(err, ERROR_INTERNAL, "group %s has two leaders in term %lu: %s and %s", id,
                         (unsigned long)term, leader->server_id, server_id);
    }
    group->leaders = xrealloc(group->leaders, (group->leader_count + 1) * sizeof(*group->leaders));
    group->leaders[group->leader_count++] = (struct leader){ term, xstrdup(server_id) };
    return true;
}

/* ---- logs ---- */

static uint64_t hash_of(const struct raft_entry *entry) {
    uint64_t both[2] = { entry->term, hash64(entry->command, strlen(entry->command)) };
    uint64_t hash = hash64(both, sizeof(both));

    return hash ? hash : 1;
}

static bool remember_checksum(struct group *group, uint64_t number, const char *checksum, const char *where,
                              struct error *err) {
    struct link *known = transaction_at(group, number);

    if (*known->checksum && !str_equal(known->checksum, checksum))
        return error_set(err, ERROR_INTERNAL,
                         "transaction %lu of database %s is %s in one place and %s in %s",
                         (unsigned long)number, group->id, known->checksum, checksum, where);
    (void)stpncpy(known->checksum, checksum, LEDGER_CHECKSUM_BYTES - 1);
    return true;
}

/* A committed entry that no volume has shown before. */
static bool take_transaction(struct group *group, uint64_t index, const struct raft_entry *entry,
                             struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *transaction;

    if (!*entry->command || str_equal(group->id, "system"))
        return true;
    if (!json_parse(arena, text_from(entry->command), NULL, &transaction, err))
        return error_wrap(err, "entry %lu of database %s", (unsigned long)index, group->id);
    uint64_t number = (uint64_t)json_integer_at(transaction, "transaction", 0);
    if (!remember_checksum(group, number - 1, json_string_at(transaction, "before", ""), "the next one",
                           err) ||
        !remember_checksum(group, number, json_string_at(transaction, "checksum", ""), "a log", err))
        return false;
    transaction_at(group, number)->index = index;
    return true;
}

static bool check_log(struct group *group, const struct raft_store *log, struct seen *seen,
                      struct error *err) {
    if (log->committed < seen->committed)
        return error_set(err, ERROR_INTERNAL, "server %s took back commits of group %s: %lu after %lu",
                         seen->server_id, group->id, (unsigned long)log->committed,
                         (unsigned long)seen->committed);
    for (uint64_t index = seen->committed + 1; index <= log->committed; index++) {
        const struct raft_entry *entry = raft_store_entry(log, index);
        uint64_t *known = hash_at(group, index);
        if (!entry) /* came as a copy */
            continue;
        if (*known && *known != hash_of(entry))
            return error_set(err, ERROR_INTERNAL, "server %s has committed another entry %lu of group %s",
                             seen->server_id, (unsigned long)index, group->id);
        if (!*known && !take_transaction(group, index, entry, err))
            return false;
        *known = hash_of(entry);
    }
    seen->committed = log->committed;
    return true;
}

static bool check_base(struct group *group, const struct volume_database *database, struct seen *seen,
                       struct error *err) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;

    if (database->base_index == seen->base_index)
        return true;
    if (database->base_index < database->log.cut || database->base_index > database->log.committed)
        return error_set(err, ERROR_INTERNAL,
                         "server %s has a checkpoint of database %s that its log does not "
                         "meet",
                         seen->server_id, group->id);
    if (!volume_open_base(database, &ledger, err))
        return error_wrap(err, "checkpoint of database %s on server %s", group->id, seen->server_id);
    seen->base_index = database->base_index;
    return remember_checksum(group, ledger_transaction(ledger), ledger_checksum(ledger), "a checkpoint", err);
}

/* ---- what was acknowledged ---- */

void safety_acknowledge(struct safety *safety, const char *database_id, uint64_t transaction) {
    struct group *group = find_group(safety, database_id);

    if (transaction > group->acknowledged)
        group->acknowledged = transaction;
}

static bool holds(const struct group *group, const struct raft_store *log, uint64_t index) {
    const struct raft_entry *entry = raft_store_entry(log, index);

    return index <= log->cut || (entry && hash_of(entry) == group->hashes[index]);
}

static bool check_acknowledged(struct group *group, struct neo4j_volume *const *volumes, size_t count,
                               size_t voters, size_t lost, struct error *err) {
    const struct link *last = group->acknowledged ? transaction_at(group, group->acknowledged) : NULL;
    size_t holders = 0, stores = 0;

    for (size_t i = 0; last && i < count; i++) {
        const struct volume_database *database = volume_find_database(volumes[i], group->id);
        stores += database != NULL;
        holders += database && last->index && holds(group, &database->log, last->index);
    }
    return !stores || holders + lost >= voters / 2 + 1 ||
           error_set(err, ERROR_INTERNAL,
                     "transaction %lu of database %s was acknowledged, and is on %zu volumes only",
                     (unsigned long)group->acknowledged, group->id, holders);
}

bool safety_check(struct safety *safety, struct neo4j_volume *const *volumes, size_t count, size_t voters,
                  size_t lost, struct error *err) {
    const struct volume_database *database;
    struct group *group;

    for (size_t i = 0; i < count; i++) {
        if (!volumes[i]->server_id)
            continue;
        group = find_group(safety, "system");
        if (!check_log(group, &volumes[i]->system, find_seen(group, volumes[i]->server_id), err))
            return false;
        TAILQ_FOREACH (database, &volumes[i]->databases, link) {
            group = find_group(safety, database->id);
            struct seen *seen = find_seen(group, volumes[i]->server_id);
            if (!check_log(group, &database->log, seen, err) || !check_base(group, database, seen, err))
                return false;
        }
    }
    TAILQ_FOREACH (group, &safety->groups, link)
        if (!check_acknowledged(group, volumes, count, voters, lost, err))
            return false;
    return true;
}
