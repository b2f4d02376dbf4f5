#include "test.h"

#include "sim/neo4j/store_image.h"

static struct artifact full(struct arena *arena, const struct ledger *ledger) {
    return (struct artifact){ .is_full = true,
                              .is_compressed = true,
                              .version = "5.26.0",
                              .database = "neo4j",
                              .database_id = "id",
                              .store = "s",
                              .wall_ns = 7 * SECOND_NS,
                              .lowest = 1,
                              .highest = ledger_transaction(ledger),
                              .checksum = arena_strdup(arena, ledger_checksum(ledger)),
                              .content = ledger_write(ledger, arena) };
}

/* The next transaction, as a differential artifact after parent. */
static struct artifact difference(struct arena *arena, struct ledger *ledger, const struct artifact *parent,
                                  int64_t wall_ns) {
    struct json *changes, *transactions = json_new_array(arena);
    struct artifact artifact = *parent;

    assert_true(json_parse(arena, TEXT("[{\"op\": \"put\", \"id\": 1, \"labels\": [], \"properties\": {}}]"),
                           NULL, &changes, NULL));
    json_set_integer(arena, json_item(changes, 0), "id", ledger_next_id(ledger));
    json_append(arena, transactions, ledger_commit(ledger, arena, changes, wall_ns));
    artifact.is_full = false;
    artifact.wall_ns = wall_ns;
    artifact.after = parent->highest;
    artifact.before = parent->checksum;
    artifact.lowest = artifact.highest = ledger_transaction(ledger);
    artifact.checksum = arena_strdup(arena, ledger_checksum(ledger));
    artifact.content = transactions;
    return artifact;
}

TEST("an artifact reads back as it was written") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = ledger_new("store");
    struct artifact written = full(arena, ledger), read;

    written.metadata = "CREATE ROLE `a`;\n";
    assert_true(artifact_parse(arena, artifact_print(arena, &written), &read, NULL));
    assert_true(read.is_full && read.is_compressed && !read.is_dump && !read.is_system);
    assert_string_equal(read.database, "neo4j");
    assert_string_equal(read.metadata, written.metadata);
    assert_int_equal(read.wall_ns, written.wall_ns);
    assert_int_equal(read.highest, 1);
    assert_true(json_equal(read.content, written.content));
    assert_string_equal(artifact_file_name(arena, "neo4j", INT64_C(1767225661) * SECOND_NS),
                        "neo4j-2026-01-01T00-01-01.backup");
}

TEST("what is no artifact, or a damaged one, is refused with its reason") {
    static const struct {
        const char *what;
        const char *from, *to; /* replaced in a good one; NULL: all of it */
        const char *says;
    } rows[] = {
        { "no JSON", NULL, "nonsense", "has no artifact header" },
        { "another JSON", NULL, "{\"a\": 1}", "has no artifact header" },
        { "another database", "\"neo4j\"", "\"other\"", "corrupt" },
        { "another transaction", "\"highest\":1", "\"highest\":2", "corrupt" },
        { "no seal", "\"seal\"", "\"sael\"", "corrupt" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = ledger_new("store");
    struct artifact good = full(arena, ledger), read;
    const char *text = artifact_print(arena, &good);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *bad = rows[i].to, *at = rows[i].from ? strstr(text, rows[i].from) : NULL;
        struct error err = { 0 };
        if (rows[i].from)
            bad = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, rows[i].to,
                               at + strlen(rows[i].from));
        assert_false(artifact_parse(arena, bad, &read, &err));
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].what, err.text);
    }
}

TEST("a chain is replayed to its end, to a transaction or to a time") {
    static const struct {
        const char *until;
        uint64_t transaction; /* 0: refused */
    } rows[] = {
        { NULL, 4 },
        { "4", 3 },
        { "3", 2 },
        { "9", 4 },
        { "2", 1 },
        { "1", 0 },
        { "1970-01-01 00:00:20", 2 },
        { "1970-01-01T00:00:21Z", 3 },
        { "1970-01-01 01:00:00", 4 },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = ledger_new("store");
    struct artifact items[4] = { full(arena, ledger) };

    for (int i = 1; i < 4; i++)
        items[i] = difference(arena, ledger, &items[i - 1],
                              (9 + 10 * (i > 1) + (i > 2)) * SECOND_NS + (i > 1) * SECOND_NS);
    for (size_t i = 0; i < 4; i++)
        items[i].file = arena_printf(arena, "%zu", i);
    struct artifact_list list = { items, 4 }, chain;
    assert_true(artifact_chain(&list, arena, &items[3], &chain, NULL));
    assert_int_equal(chain.count, 4);
    assert_true(chain.items[0].is_full);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(ledger_free) struct ledger *replayed = NULL;
        struct restore_until until = { 0 };
        assert_true(!rows[i].until || restore_until_parse(rows[i].until, &until));
        bool ok = store_image_replay(&chain, &until, &replayed, NULL);
        uint64_t transaction = ok ? ledger_transaction(replayed) : 0;
        if (transaction != rows[i].transaction)
            fail_msg("until %s: transaction %llu", rows[i].until, (unsigned long long)transaction);
    }
    struct restore_until until;
    assert_false(restore_until_parse("yesterday", &until));
    assert_false(restore_until_parse("0", &until));
}

TEST("a chain with a gap, or of another database, is none") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = ledger_new("store");
    struct artifact items[3] = { full(arena, ledger) };
    struct artifact_list chain;
    struct error err = { 0 };

    for (int i = 1; i < 3; i++)
        items[i] = difference(arena, ledger, &items[i - 1], i * SECOND_NS);
    for (size_t i = 0; i < 3; i++)
        items[i].file = arena_printf(arena, "%zu", i);
    struct artifact gap[] = { items[0], items[2] };
    assert_false(artifact_chain(&(struct artifact_list){ gap, 2 }, arena, &gap[1], &chain, &err));
    assert_non_null(strstr(err.text, "transaction 2"));
    items[0].database_id = "another";
    assert_false(artifact_chain(&(struct artifact_list){ items, 3 }, arena, &items[2], &chain, NULL));
    items[0].database_id = "id";
    items[0].checksum = "another history";
    assert_false(artifact_chain(&(struct artifact_list){ items, 3 }, arena, &items[2], &chain, NULL));
}

TEST("files are found by their folders") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(file_tree_free) struct file_tree *tree = file_tree_new();

    assert_true(file_tree_write(tree, "a/b", "1", NULL) && file_tree_write(tree, "a/c/d", "2", NULL) &&
                file_tree_write(tree, "ab", "3", NULL));
    assert_string_equal(json_print(arena, file_tree_list(tree, arena, "a")), "[\"b\"]");
    assert_string_equal(json_print(arena, file_tree_list(tree, arena, "")), "[\"ab\"]");
    assert_true(file_tree_has_folder(tree, "a") && file_tree_has_folder(tree, "a/c") &&
                file_tree_has_folder(tree, ""));
    assert_false(file_tree_has_folder(tree, "ab") || file_tree_has_folder(tree, "b"));
    assert_false(file_tree_write(tree, "a", "x", NULL));
    file_tree_make_folder(tree, "empty/one");
    assert_true(file_tree_has_folder(tree, "empty/one"));
    file_tree_remove(tree, "a");
    assert_null(file_tree_read(tree, "a/b"));
    assert_string_equal(file_tree_read(tree, "ab"), "3");
}
