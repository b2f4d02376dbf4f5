/* Building and parsing messages. The client's requests are packed piece by piece, so that passwords never
 * become values in an arena. */
#include "bolt/message.h"

const char *bolt_message_name(uint8_t tag) {
    static const struct {
        enum bolt_message_tag tag;
        const char *name;
    } names[] = {
        { BOLT_HELLO, "HELLO" },       { BOLT_GOODBYE, "GOODBYE" },
        { BOLT_RESET, "RESET" },       { BOLT_RUN, "RUN" },
        { BOLT_BEGIN, "BEGIN" },       { BOLT_COMMIT, "COMMIT" },
        { BOLT_ROLLBACK, "ROLLBACK" }, { BOLT_DISCARD, "DISCARD" },
        { BOLT_PULL, "PULL" },         { BOLT_TELEMETRY, "TELEMETRY" },
        { BOLT_ROUTE, "ROUTE" },       { BOLT_LOGON, "LOGON" },
        { BOLT_LOGOFF, "LOGOFF" },     { BOLT_SUCCESS, "SUCCESS" },
        { BOLT_RECORD, "RECORD" },     { BOLT_IGNORED, "IGNORED" },
        { BOLT_FAILURE, "FAILURE" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (names[i].tag == tag)
            return names[i].name;
    return "?";
}

bool bolt_message_parse(struct arena *arena, struct text bytes, struct bolt_value **out_message,
                        struct error *err) {
    struct bolt_value *message;

    if (!packstream_unpack(arena, &bytes, &message, err))
        return false;
    if (message->type != BOLT_STRUCT)
        return error_set(err, ERROR_PROTOCOL, "Bolt: a message is not a structure");
    if (bytes.length > 0)
        return error_set(err, ERROR_PROTOCOL, "Bolt: %zu bytes follow the message %s", bytes.length,
                         bolt_message_name(message->tag));
    *out_message = message;
    return true;
}

bool bolt_message_is_record(struct text bytes) {
    return bytes.length >= 2 && (uint8_t)bytes.data[1] == BOLT_RECORD;
}

/* ---- requests, written ---- */

static void pack_key(struct buffer *out, const char *key) {
    packstream_pack_string(out, text_from(key));
}

static void pack_entry(struct buffer *out, const char *key, const char *value) {
    pack_key(out, key);
    packstream_pack_string(out, text_from(value));
}

enum { CREDENTIAL_ENTRIES = 3 };

static void pack_credentials(struct buffer *out, const char *user, const struct secret_text *password) {
    pack_entry(out, "scheme", "basic");
    pack_entry(out, "principal", user);
    pack_key(out, "credentials");
    packstream_pack_string(out, (struct text){ password->bytes, password->length });
}

static void pack_routing(struct buffer *out, const char *routing_address) {
    if (!routing_address) {
        packstream_pack_null(out);
        return;
    }
    packstream_pack_map_header(out, 1);
    pack_entry(out, "address", routing_address);
}

/* Which entries HELLO has in a version. bolt_agent came with 5.3, notification filters with 5.2, LOGON with
 * 5.1; the patch makes 4.4 send instants in UTC as all later versions do. */
void bolt_message_write_hello(struct buffer *out, struct bolt_version version,
                              const struct bolt_hello *hello) {
    bool has_agent = bolt_version_at_least(version, 5, 3);
    bool has_notifications = bolt_version_at_least(version, 5, 2);
    bool has_credentials = !bolt_version_at_least(version, 5, 1);
    bool has_patch = !bolt_version_at_least(version, 5, 0);

    packstream_pack_struct_header(out, BOLT_HELLO, 1);
    packstream_pack_map_header(out, 2U + has_agent + has_notifications + has_patch +
                                        (has_credentials ? CREDENTIAL_ENTRIES : 0U));
    pack_entry(out, "user_agent", hello->user_agent);
    pack_key(out, "routing");
    pack_routing(out, hello->routing_address);
    if (has_agent) {
        pack_key(out, "bolt_agent");
        packstream_pack_map_header(out, 1);
        pack_entry(out, "product", hello->user_agent);
    }
    if (has_notifications)
        pack_entry(out, "notifications_minimum_severity", "OFF");
    if (has_patch) {
        pack_key(out, "patch_bolt");
        packstream_pack_list_header(out, 1);
        packstream_pack_string(out, TEXT("utc"));
    }
    if (has_credentials)
        pack_credentials(out, hello->user, hello->password);
}

void bolt_message_write_logon(struct buffer *out, const char *user, const struct secret_text *password) {
    packstream_pack_struct_header(out, BOLT_LOGON, 1);
    packstream_pack_map_header(out, CREDENTIAL_ENTRIES);
    pack_credentials(out, user, password);
}

static void pack_bookmarks(struct buffer *out, const char *const *bookmarks, size_t count) {
    packstream_pack_list_header(out, count);
    for (size_t i = 0; i < count; i++)
        packstream_pack_string(out, text_from(bookmarks[i]));
}

static void pack_transaction(struct buffer *out, const struct bolt_transaction *transaction) {
    static const struct bolt_transaction none = { 0 };
    const struct bolt_transaction *t = transaction ? transaction : &none;

    packstream_pack_map_header(out, (t->bookmark_count > 0) + (t->timeout_ms > 0) + (t->metadata != NULL) +
                                        t->is_read + (t->database != NULL));
    if (t->bookmark_count > 0) {
        pack_key(out, "bookmarks");
        pack_bookmarks(out, t->bookmarks, t->bookmark_count);
    }
    if (t->timeout_ms > 0) {
        pack_key(out, "tx_timeout");
        packstream_pack_integer(out, t->timeout_ms);
    }
    if (t->metadata) {
        pack_key(out, "tx_metadata");
        packstream_pack(out, t->metadata);
    }
    if (t->is_read)
        pack_entry(out, "mode", "r");
    if (t->database)
        pack_entry(out, "db", t->database);
}

void bolt_message_write_run(struct buffer *out, const char *query, const struct bolt_value *parameters,
                            const struct bolt_transaction *transaction) {
    packstream_pack_struct_header(out, BOLT_RUN, 3);
    packstream_pack_string(out, text_from(query));
    if (parameters)
        packstream_pack(out, parameters);
    else
        packstream_pack_map_header(out, 0);
    pack_transaction(out, transaction);
}

void bolt_message_write_begin(struct buffer *out, const struct bolt_transaction *transaction) {
    packstream_pack_struct_header(out, BOLT_BEGIN, 1);
    pack_transaction(out, transaction);
}

void bolt_message_write_fetch(struct buffer *out, enum bolt_message_tag tag, int64_t rows, int64_t query_id) {
    ensure(tag == BOLT_PULL || tag == BOLT_DISCARD);
    packstream_pack_struct_header(out, (uint8_t)tag, 1);
    packstream_pack_map_header(out, 1 + (query_id != BOLT_LAST_QUERY));
    pack_key(out, "n");
    packstream_pack_integer(out, rows);
    if (query_id != BOLT_LAST_QUERY) {
        pack_key(out, "qid");
        packstream_pack_integer(out, query_id);
    }
}

void bolt_message_write_route(struct buffer *out, const char *routing_address, const char *const *bookmarks,
                              size_t bookmark_count, const char *database) {
    packstream_pack_struct_header(out, BOLT_ROUTE, 3);
    if (routing_address)
        pack_routing(out, routing_address);
    else
        packstream_pack_map_header(out, 0);
    pack_bookmarks(out, bookmarks, bookmark_count);
    packstream_pack_map_header(out, database != NULL);
    if (database)
        pack_entry(out, "db", database);
}

void bolt_message_write_bare(struct buffer *out, enum bolt_message_tag tag) {
    packstream_pack_struct_header(out, (uint8_t)tag, 0);
}

/* ---- replies, written ---- */

void bolt_message_write_success(struct buffer *out, const struct bolt_value *metadata) {
    packstream_pack_struct_header(out, BOLT_SUCCESS, 1);
    if (metadata)
        packstream_pack(out, metadata);
    else
        packstream_pack_map_header(out, 0);
}

void bolt_message_write_record(struct buffer *out, const struct bolt_value *values) {
    ensure(bolt_is(values, BOLT_LIST));
    packstream_pack_struct_header(out, BOLT_RECORD, 1);
    packstream_pack(out, values);
}

void bolt_message_write_ignored(struct buffer *out) {
    bolt_message_write_bare(out, BOLT_IGNORED);
}
