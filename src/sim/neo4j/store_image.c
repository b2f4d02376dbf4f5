#include "sim/neo4j/store_image.h"

#include "base/time.h"

bool restore_until_parse(const char *text, struct restore_until *out_until) {
    struct restore_until until = { .is_set = true };
    CLEANUP_FREE char *date = xstrdup(text);
    char *space = strchr(date, ' ');

    if (parse_uint64(text_from(text), &until.transaction)) {
        *out_until = until;
        return until.transaction > 0;
    }
    if (space)
        *space = 'T';
    if (!time_parse(text_from(date), &until.wall_ns)) {
        CLEANUP_FREE char *utc = xprintf("%sZ", date);
        if (!time_parse(text_from(utc), &until.wall_ns))
            return false;
    }
    *out_until = until;
    return true;
}

static bool is_beyond(const struct restore_until *until, const struct json *transaction) {
    if (!until->is_set)
        return false;
    if (until->transaction)
        return (uint64_t)json_integer_at(transaction, "transaction", 0) >= until->transaction;
    return json_integer_at(transaction, "wall", 0) >= until->wall_ns;
}

/* A full artifact is one piece: it can't be gone back into. */
static bool check_base(const struct ledger *ledger, const struct restore_until *until, const char *file,
                       struct error *err) {
    bool is_late = until->is_set && (until->transaction ? ledger_transaction(ledger) >= until->transaction
                                                        : ledger_wall(ledger) >= until->wall_ns);

    return !is_late ||
           error_set(err, ERROR_INVALID,
                     "The full backup '%s' ends with transaction %llu, which is not before the point "
                     "to restore until; use an earlier chain",
                     file, (unsigned long long)ledger_transaction(ledger));
}

bool store_image_replay(const struct artifact_list *chain, const struct restore_until *until,
                        struct ledger **out_ledger, struct error *err) {
    static const struct restore_until no_limit = { 0 };
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;

    until = until ? until : &no_limit;
    ensure(chain->count);
    if (!ledger_read(chain->items[0].content, &ledger, err))
        return error_wrap(err, "'%s' holds no store", chain->items[0].file);
    if (!check_base(ledger, until, chain->items[0].file, err))
        return false;
    for (size_t i = 1; i < chain->count; i++)
        JSON_FOR_EACH_ITEM (transaction, chain->items[i].content) {
            if (is_beyond(until, transaction)) {
                *out_ledger = TAKE(ledger);
                return true;
            }
            if (!ledger_apply(ledger, transaction, err))
                return error_wrap(err, "'%s' does not continue its chain", chain->items[i].file);
        }
    *out_ledger = TAKE(ledger);
    return true;
}

struct json *store_image_commands(const struct artifact_list *chain, struct arena *arena) {
    struct json *commands = json_new_array(arena);

    for (size_t i = 0; i < chain->count; i++)
        JSON_FOR_EACH_ITEM (command, chain->items[i].content)
            json_append(arena, commands, command);
    return commands;
}
