/* Statements about privileges: what is read and written again means the same, as grants and as revocations;
 * and the set is sorted, each member once. */
#include "neo4j/privileges.h"

enum { WRITTEN_MAX = 200 };

static void check_one(struct arena *arena, const struct privilege *privilege) {
    struct privilege_statement again;
    const struct privilege_options options = { .is_from_server = true };

    ensure(privilege_read(arena, privilege_text(arena, privilege), &options, &again, NULL));
    ensure(again.set.count == 1 && privilege_order(&again.set.items[0], privilege) == 0);
    const struct dialect dialect = { .version = version_parse("5.26.0") };
    const char *revoke = privilege_revoke(arena, &dialect, privilege)->statement.text;
    ensure(privilege_read(arena, revoke, &options, &again, NULL));
    ensure(again.set.count == 1 && privilege_order(&again.set.items[0], privilege) == 0);
}

static void check(struct arena *arena, const char *text, const struct privilege_options *options) {
    struct privilege_statement statement;
    struct error err = { 0 };

    if (!privilege_read(arena, text, options, &statement, &err)) {
        ensure(err.kind == ERROR_INVALID && *err.text);
        return;
    }
    ensure(statement.roles.count > 0);
    ensure(statement.is_membership ? statement.users.count > 0 : statement.set.count > 0);
    for (size_t i = 0; i < statement.set.count; i++) {
        ensure(i == 0 || privilege_order(&statement.set.items[i - 1], &statement.set.items[i]) < 0);
        ensure(privilege_set_has(&statement.set, &statement.set.items[i]));
        if (i < WRITTEN_MAX)
            check_one(arena, &statement.set.items[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *text = arena_strndup(arena, (const char *)data, size);

    check(arena, text, NULL);
    check(arena, text, &(struct privilege_options){ .role = "analyst", .is_from_server = true });
    return 0;
}
