#include "sim/neo4j/ledger.h"

#include "base/encoding.h"
#include "sim/component/tree.h"

#include <stdio.h>

struct entry {
    RB_ENTRY(entry) node;
    int64_t id;
    size_t length;
    char text[]; /* the JSON of the whole entry */
};

static int entry_compare(const struct entry *a, const struct entry *b) {
    return (a->id > b->id) - (a->id < b->id);
}
RB_HEAD(entries, entry);
TREE_GENERATE(entries, entry, node, entry_compare)

struct ledger {
    char *store;
    uint64_t transaction;
    char checksum[LEDGER_CHECKSUM_BYTES];
    int64_t wall_ns;
    int64_t next_id;
    struct entries entries;
    size_t entry_count;
    size_t bytes;
    struct arena *schema_arena;
    struct json *schema; /* array by name, in schema_arena */
};

/* ---- life ---- */

struct ledger *ledger_new(const char *store) {
    struct ledger *ledger = XNEW(struct ledger);

    ledger->store = xstrdup(store);
    ledger->transaction = 1;
    (void)snprintf(ledger->checksum, sizeof(ledger->checksum), "%016lx",
                   (unsigned long)hash64(store, strlen(store)));
    RB_INIT(&ledger->entries);
    ledger->schema_arena = arena_new();
    ledger->schema = json_new_array(ledger->schema_arena);
    return ledger;
}

static void remove_entry(struct ledger *ledger, struct entry *entry) {
    RB_REMOVE(entries, &ledger->entries, entry);
    ledger->entry_count--;
    ledger->bytes -= entry->length;
    free(entry);
}

void ledger_free(struct ledger *ledger) {
    struct entry *entry;

    if (!ledger)
        return;
    while ((entry = RB_MIN(entries, &ledger->entries)))
        remove_entry(ledger, entry);
    arena_free(ledger->schema_arena);
    free(ledger->store);
    free(ledger);
}

/* ---- looking ---- */

const char *ledger_store(const struct ledger *ledger) {
    return ledger->store;
}

uint64_t ledger_transaction(const struct ledger *ledger) {
    return ledger->transaction;
}

const char *ledger_checksum(const struct ledger *ledger) {
    return ledger->checksum;
}

int64_t ledger_wall(const struct ledger *ledger) {
    return ledger->wall_ns;
}

size_t ledger_entry_count(const struct ledger *ledger) {
    return ledger->entry_count;
}

size_t ledger_bytes(const struct ledger *ledger) {
    return ledger->bytes;
}

int64_t ledger_next_id(const struct ledger *ledger) {
    return ledger->next_id;
}

const struct json *ledger_schema(const struct ledger *ledger) {
    return ledger->schema;
}

/* The tree's functions take it as changeable; looking changes nothing. */
static struct entries *entries_of(const struct ledger *ledger) {
    return (struct entries *)(uintptr_t)&ledger->entries;
}

static struct json *parse_own(struct arena *arena, const char *text, size_t length) {
    struct json *json;

    if (!json_parse(arena, (struct text){ text, length }, NULL, &json, NULL))
        ensure(false && "an entry was written by ourselves");
    return json;
}

struct json *ledger_entry(const struct ledger *ledger, struct arena *arena, int64_t id) {
    struct entry like = { .id = id };
    const struct entry *entry = RB_FIND(entries, entries_of(ledger), &like);

    return entry ? parse_own(arena, entry->text, entry->length) : NULL;
}

int64_t ledger_entry_from(const struct ledger *ledger, int64_t from) {
    struct entry like = { .id = from };
    const struct entry *entry = RB_NFIND(entries, entries_of(ledger), &like);

    return entry ? entry->id : -1;
}

/* ---- changing ---- */

static void put_entry(struct ledger *ledger, const struct json *from) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *own = json_new_object(arena);
    int64_t id = json_integer_at(from, "id", 0);
    struct entry like = { .id = id }, *old = RB_FIND(entries, &ledger->entries, &like);

    if (old)
        remove_entry(ledger, old);
    json_set_integer(arena, own, "id", id);
    json_set(arena, own, "labels", json_get(from, "labels"));
    json_set(arena, own, "properties", json_get(from, "properties"));
    const char *text = json_print(arena, own);
    size_t length = strlen(text);
    struct entry *entry = xcalloc(1, sizeof(*entry) + length + 1);
    entry->id = id;
    entry->length = length;
    memcpy(entry->text, text, length);
    RB_INSERT(entries, &ledger->entries, entry);
    ledger->entry_count++;
    ledger->bytes += length;
    if (id >= ledger->next_id)
        ledger->next_id = id + 1;
}

/* rule: with its "op" or without; NULL: only removes what has the name. */
static void put_schema(struct ledger *ledger, const char *name, const struct json *rule) {
    struct arena *arena = arena_new();
    struct json *schema = json_new_array(arena), *own = NULL;

    if (rule) {
        own = json_copy(arena, rule);
        json_remove(own, "op");
    }
    JSON_FOR_EACH_ITEM (old, ledger->schema) {
        int order = strcmp(json_string_at(old, "name", ""), name);
        if (own && order >= 0) {
            json_append(arena, schema, own);
            own = NULL;
        }
        if (order)
            json_append(arena, schema, json_copy(arena, old));
    }
    if (own)
        json_append(arena, schema, own);
    arena_free(ledger->schema_arena);
    ledger->schema_arena = arena;
    ledger->schema = schema;
}

static void delete_entry(struct ledger *ledger, int64_t id) {
    struct entry like = { .id = id }, *entry = RB_FIND(entries, &ledger->entries, &like);

    if (entry)
        remove_entry(ledger, entry);
}

static void apply_change(struct ledger *ledger, const struct json *change) {
    const char *op = json_string_at(change, "op", "");

    if (str_equal(op, "put"))
        put_entry(ledger, change);
    else if (str_equal(op, "delete"))
        delete_entry(ledger, json_integer_at(change, "id", -1));
    else
        put_schema(ledger, json_string_at(change, "name", ""), str_equal(op, "put-schema") ? change : NULL);
}

/* ---- transactions ---- */

static void sum_up(uint64_t transaction, const char *before, const struct json *changes, int64_t wall_ns,
                   char out_checksum[LEDGER_CHECKSUM_BYTES]) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_printf(&text, "%lu %s %ld ", (unsigned long)transaction, before, (long)wall_ns);
    json_write(&text, changes, &(struct json_write_options){ 0 });
    (void)snprintf(out_checksum, LEDGER_CHECKSUM_BYTES, "%016lx",
                   (unsigned long)hash64(text.data, text.length));
}

/* As it will be once it has been written and read: text that is no UTF-8 changes on that way, and the
 * checksum is of what is read. */
static struct json *as_read(struct arena *arena, const struct json *json) {
    const char *text = json_print(arena, json);

    return parse_own(arena, text, strlen(text));
}

struct json *ledger_make(struct arena *arena, uint64_t transaction, const char *before,
                         const struct json *changes, int64_t wall_ns) {
    struct json *made = json_new_object(arena), *own = as_read(arena, changes);
    char checksum[LEDGER_CHECKSUM_BYTES];

    sum_up(transaction, before, own, wall_ns, checksum);
    json_set_integer(arena, made, "transaction", (int64_t)transaction);
    json_set_string(arena, made, "before", before);
    json_set_string(arena, made, "checksum", checksum);
    json_set_integer(arena, made, "wall", wall_ns);
    json_set(arena, made, "changes", own);
    return made;
}

struct json *ledger_commit(struct ledger *ledger, struct arena *arena, const struct json *changes,
                           int64_t wall_ns) {
    struct json *made = ledger_make(arena, ledger->transaction + 1, ledger->checksum, changes, wall_ns);
    struct error err = { 0 };

    if (!ledger_apply(ledger, made, &err))
        ensure(false && "the changes of one's own are well-formed");
    return made;
}

static bool are_labels(const struct json *labels) {
    JSON_FOR_EACH_ITEM (label, labels)
        if (!json_is(label, JSON_STRING))
            return false;
    return json_is(labels, JSON_ARRAY);
}

static bool is_entry(const struct json *entry) {
    const struct json *id = json_get(entry, "id");

    return json_is(id, JSON_INTEGER) && id->integer >= 0 && id->integer < INT64_MAX &&
           are_labels(json_get(entry, "labels")) && json_is(json_get(entry, "properties"), JSON_OBJECT);
}

static bool is_change(const struct json *change) {
    const char *op = json_string_at(change, "op", "");

    if (str_equal(op, "put"))
        return is_entry(change);
    if (str_equal(op, "delete"))
        return json_is(json_get(change, "id"), JSON_INTEGER);
    return (str_equal(op, "put-schema") || str_equal(op, "delete-schema")) &&
           *json_string_at(change, "name", "");
}

bool ledger_apply(struct ledger *ledger, const struct json *transaction, struct error *err) {
    const struct json *changes = json_get(transaction, "changes");
    int64_t number = json_integer_at(transaction, "transaction", 0);
    int64_t wall_ns = json_integer_at(transaction, "wall", 0);
    char checksum[LEDGER_CHECKSUM_BYTES];

    if (number < 1 || (uint64_t)number != ledger->transaction + 1)
        return error_set(err, ERROR_INVALID, "transaction %ld can't follow transaction %lu", (long)number,
                         (unsigned long)ledger->transaction);
    if (!str_equal(json_string_at(transaction, "before", ""), ledger->checksum))
        return error_set(err, ERROR_INVALID,
                         "transaction %ld belongs to another history: it follows %s, not %s", (long)number,
                         json_string_at(transaction, "before", "nothing"), ledger->checksum);
    if (!json_is(changes, JSON_ARRAY))
        return error_set(err, ERROR_INVALID, "transaction %ld has no changes", (long)number);
    JSON_FOR_EACH_ITEM (change, changes)
        if (!is_change(change))
            return error_set(err, ERROR_INVALID, "transaction %ld has a change that is none", (long)number);
    sum_up((uint64_t)number, ledger->checksum, changes, wall_ns, checksum);
    if (!str_equal(json_string_at(transaction, "checksum", ""), checksum))
        return error_set(err, ERROR_INVALID, "transaction %ld does not have its checksum", (long)number);
    JSON_FOR_EACH_ITEM (change, changes)
        apply_change(ledger, change);
    ledger->transaction = (uint64_t)number;
    ledger->wall_ns = wall_ns;
    memcpy(ledger->checksum, checksum, sizeof(checksum));
    return true;
}

/* ---- the whole ---- */

struct json *ledger_write(const struct ledger *ledger, struct arena *arena) {
    struct json *whole = json_new_object(arena);
    struct entry *entry;

    json_set_string(arena, whole, "store", ledger->store);
    json_set_integer(arena, whole, "transaction", (int64_t)ledger->transaction);
    json_set_string(arena, whole, "checksum", ledger->checksum);
    json_set_integer(arena, whole, "wall", ledger->wall_ns);
    json_set_integer(arena, whole, "next", ledger->next_id);
    struct json *entries = json_set_array(arena, whole, "entries");
    RB_FOREACH (entry, entries, entries_of(ledger))
        json_append(arena, entries, parse_own(arena, entry->text, entry->length));
    json_set(arena, whole, "schema", json_copy(arena, ledger->schema));
    return whole;
}

static bool is_checksum(const char *text) {
    return strlen(text) == LEDGER_CHECKSUM_BYTES - 1 && strspn(text, "0123456789abcdef") == strlen(text);
}

static bool read_contents(struct ledger *ledger, const struct json *whole, struct error *err) {
    JSON_FOR_EACH_ITEM (entry, json_get(whole, "entries")) {
        if (!is_entry(entry))
            return error_set(err, ERROR_INVALID, "the store holds an entry that is none");
        if (ledger->entry_count >= LEDGER_ENTRIES_MAX)
            return error_set(err, ERROR_INVALID, "the store holds more than %d entries", LEDGER_ENTRIES_MAX);
        put_entry(ledger, entry);
    }
    if (ledger->next_id > json_integer_at(whole, "next", -1))
        return error_set(err, ERROR_INVALID, "the store holds an entry that it would make again");
    JSON_FOR_EACH_ITEM (rule, json_get(whole, "schema")) {
        if (!*json_string_at(rule, "name", ""))
            return error_set(err, ERROR_INVALID, "the store holds an index or a constraint without a name");
        put_schema(ledger, json_string_at(rule, "name", ""), rule);
    }
    return true;
}

bool ledger_read(const struct json *whole, struct ledger **out_ledger, struct error *err) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    int64_t transaction = json_integer_at(whole, "transaction", 0);
    const char *checksum = json_string_at(whole, "checksum", "");

    if (!json_is(json_get(whole, "store"), JSON_STRING) || !json_is(json_get(whole, "entries"), JSON_ARRAY))
        return error_set(err, ERROR_INVALID, "this is no store");
    if (transaction < 1 || !is_checksum(checksum))
        return error_set(err, ERROR_INVALID, "the store does not say which transaction it is at");
    ledger = ledger_new(json_string_at(whole, "store", ""));
    if (!read_contents(ledger, whole, err))
        return false;
    ledger->next_id = json_integer_at(whole, "next", 0);
    ledger->transaction = (uint64_t)transaction;
    ledger->wall_ns = json_integer_at(whole, "wall", 0);
    memcpy(ledger->checksum, checksum, LEDGER_CHECKSUM_BYTES);
    *out_ledger = TAKE(ledger);
    return true;
}
