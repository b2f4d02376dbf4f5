#include "sim/neo4j/retention.h"

#define FILE_BYTES (INT64_C(256) * 1024 * 1024) /* db.tx_log.rotation.size */
#define HOUR_NS    (INT64_C(3600) * 1000000000)

/* "100k", "2G". */
static bool parse_amount(struct text text, int64_t *out_amount) {
    static const struct {
        char letter;
        int64_t factor;
    } letters[] = { { 'k', 1 << 10 }, { 'm', 1 << 20 }, { 'g', 1 << 30 } };
    int64_t factor = 1;
    uint64_t number;

    for (size_t i = 0; text.length && i < ARRAY_LENGTH(letters); i++)
        if ((text.data[text.length - 1] | 0x20) == letters[i].letter) {
            factor = letters[i].factor;
            text.length--;
            break;
        }
    return parse_uint64(text, &number) && number <= INT64_MAX / (1 << 30) &&
           !__builtin_mul_overflow((int64_t)number, factor, out_amount);
}

static bool set_unit(struct retention *retention, struct text unit, int64_t amount) {
    static const struct {
        const char *unit;
        int64_t factor;
        size_t member;
    } units[] = {
        { "files", FILE_BYTES, offsetof(struct retention, bytes) },
        { "size", 1, offsetof(struct retention, bytes) },
        { "txs", 1, offsetof(struct retention, transactions) },
        { "entries", 1, offsetof(struct retention, transactions) },
        { "hours", HOUR_NS, offsetof(struct retention, age_ns) },
        { "days", 24 * HOUR_NS, offsetof(struct retention, age_ns) },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        if (text_is(unit, units[i].unit))
            return !__builtin_mul_overflow(amount, units[i].factor,
                                           (int64_t *)(void *)((char *)retention + units[i].member));
    return false;
}

bool retention_parse(struct text policy, struct retention *out_retention) {
    struct retention retention = { -1, -1, -1 };
    struct text rest = text_trim(policy), number = text_cut(&rest, ' '), unit = text_cut(&rest, ' ');
    int64_t amount;

    if (text_is(policy, "keep_none") || text_is(policy, "false"))
        retention.transactions = 0;
    else if (!text_is(policy, "keep_all") && !text_is(policy, "true") &&
             (!parse_amount(number, &amount) || !set_unit(&retention, text_trim(unit), amount)))
        return false;
    rest = text_trim(rest);
    if (rest.length && (retention.age_ns < 0 || !parse_amount(text_cut(&rest, ' '), &retention.bytes)))
        return false;
    *out_retention = retention;
    return true;
}

static int64_t wall_of(const struct raft_entry *entry) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *transaction;

    return json_parse(arena, text_from(entry->command), NULL, &transaction, NULL)
               ? json_integer_at(transaction, "wall", 0)
               : 0;
}

uint64_t retention_cut(const struct retention *retention, const struct raft_store *log, uint64_t upto,
                       int64_t wall_ns) {
    int64_t bytes = 0, transactions = 0;
    uint64_t cut = upto;

    /* From the newest back, as long as there is room. */
    for (uint64_t i = log->committed; i > log->cut; i--) {
        const struct raft_entry *entry = raft_store_entry(log, i);
        bytes += (int64_t)strlen(entry->command);
        transactions += *entry->command != '\0';
        if ((retention->bytes >= 0 && bytes > retention->bytes) ||
            (retention->transactions >= 0 && transactions > retention->transactions))
            break;
        if (i - 1 < cut)
            cut = i - 1;
    }
    /* From the oldest on, as long as they are too old. */
    for (uint64_t i = cut + 1; retention->age_ns >= 0 && i <= upto; i++) {
        const struct raft_entry *entry = raft_store_entry(log, i);
        if (*entry->command && wall_of(entry) >= wall_ns - retention->age_ns)
            break;
        cut = i;
    }
    return cut > log->cut ? cut : log->cut;
}
