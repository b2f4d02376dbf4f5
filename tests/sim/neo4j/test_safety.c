#include "test.h"

#include "sim/neo4j/safety.h"

/* Two volumes of one database that are right; each row spoils them. */
struct pair {
    struct safety *safety;
    struct neo4j_volume *volumes[2];
    struct ledger *ledger;
    struct arena *arena;
};

static struct raft_store *log_of(struct pair *pair, size_t i) {
    return &volume_database(pair->volumes[i], "a-database")->log;
}

static void write_both(struct pair *pair) {
    struct json *changes = json_new_array(pair->arena);
    const char *command = json_print(pair->arena, ledger_commit(pair->ledger, pair->arena, changes, 1));

    for (size_t i = 0; i < 2; i++) {
        raft_store_append(log_of(pair, i), 1, command);
        log_of(pair, i)->committed++;
    }
}

static void begin_pair(struct pair *pair) {
    pair->arena = arena_new();
    pair->safety = safety_new();
    pair->ledger = ledger_new("a-database");
    for (size_t i = 0; i < 2; i++) {
        pair->volumes[i] = neo4j_volume_new();
        pair->volumes[i]->server_id = xstrdup(i ? "b" : "a");
        raft_store_append(log_of(pair, i), 1, "");
        log_of(pair, i)->committed = 1;
    }
    write_both(pair);
}

static void end_pair(struct pair *pair) {
    for (size_t i = 0; i < 2; i++)
        neo4j_volume_free(pair->volumes[i]);
    ledger_free(pair->ledger);
    safety_free(pair->safety);
    arena_free(pair->arena);
}

static bool check(struct pair *pair, struct error *err) {
    return safety_check(pair->safety, pair->volumes, 2, 3, 0, err);
}

static void commit(struct pair *pair, size_t i, uint64_t term, const char *command) {
    raft_store_append(log_of(pair, i), term, command);
    log_of(pair, i)->committed++;
}

static void write_other_things(struct pair *pair) {
    for (size_t i = 0; i < 2; i++)
        commit(pair, i, 2,
               json_print(pair->arena, ledger_make(pair->arena, 3, ledger_checksum(pair->ledger),
                                                   json_new_array(pair->arena), (int64_t)i)));
}

static void write_in_other_terms(struct pair *pair) {
    commit(pair, 0, 2, "");
    commit(pair, 1, 3, "");
}

static void take_back(struct pair *pair) {
    log_of(pair, 1)->committed--;
}

static void break_chain(struct pair *pair) {
    commit(pair, 0, 1,
           "{\"transaction\":3,\"before\":\"0000000000000000\",\"checksum\":\"0000000000000001\"}");
}

static void spoil_checkpoint(struct pair *pair) {
    struct ledger *other = ledger_new("another");

    ledger_commit(other, pair->arena, json_new_array(pair->arena), 1);
    volume_checkpoint(volume_database(pair->volumes[0], "a-database"), other, 2);
    ledger_free(other);
}

static void lose_acknowledged(struct pair *pair) {
    safety_acknowledge(pair->safety, "a-database", 2);
    raft_store_clear(log_of(pair, 1));
}

TEST("what breaks safety is found, and named") {
    static const struct {
        const char *what;
        void (*spoil)(struct pair *pair);
        const char *words;
    } rows[] = {
        { "two copies that differ", write_other_things, "has committed another entry" },
        { "two copies of different terms", write_in_other_terms, "has committed another entry" },
        { "a commit that is taken back", take_back, "took back commits" },
        { "a transaction that does not follow", break_chain, "transaction 2 of database" },
        { "a checkpoint of another history", spoil_checkpoint, "a checkpoint" },
        { "an acknowledged transaction on too few volumes", lose_acknowledged, "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct pair pair;
        struct error err = { 0 };
        begin_pair(&pair);
        assert_true(check(&pair, &err));
        write_both(&pair);
        write_both(&pair);
        assert_true(check(&pair, &err));
        end_pair(&pair);
        begin_pair(&pair);
        assert_true(check(&pair, &err));
        rows[i].spoil(&pair);
        if (check(&pair, &err))
            fail_msg("%s: nothing was found", rows[i].what);
        if (!strstr(err.text, rows[i].words))
            fail_msg("%s: %s", rows[i].what, err.text);
        end_pair(&pair);
    }
}

TEST("two leaders of one term are found, the same one twice and those of other terms or groups are not") {
    CLEANUP_POINTER(safety_free) struct safety *safety = safety_new();
    struct error err = { 0 };

    assert_true(safety_see_leader(safety, "g", 1, "a", &err));
    assert_true(safety_see_leader(safety, "g", 1, "a", &err));
    assert_true(safety_see_leader(safety, "g", 2, "b", &err));
    assert_true(safety_see_leader(safety, "h", 1, "b", &err));
    assert_false(safety_see_leader(safety, "g", 1, "b", &err));
    assert_non_null(strstr(err.text, "two leaders in term 1"));
}
