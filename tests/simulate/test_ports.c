#include "simulate/ports.h"
#include "test.h"

/* What came of a call that is made when this is armed: "done", or the error; and whether it was made. */
static const char *call(struct ports *ports, struct arena *arena, bool *out_made) {
    const struct kube_call get = { .verb = KUBE_GET, .resource = &KUBE_PODS, .name = "p" };
    struct trouble trouble;
    struct error err = { 0 };

    *out_made = false;
    if (!ports_begin(ports, "get pods p", &get, &trouble, &err))
        return arena_strdup(arena, err.text);
    *out_made = true;
    if (!ports_end(ports, &trouble, &err))
        return arena_printf(arena, "%s%s", err.text, err.outcome_unknown ? ", perhaps" : "");
    return "done";
}

TEST("troubles let calls pass, meet some, and are gone") {
    static const struct {
        enum trouble_kind kind;
        bool is_made;
        const char *says;
    } rows[] = {
        { TROUBLE_REFUSED, false, "no connection" },
        { TROUBLE_LOST, true, "no answer, perhaps" },
        { TROUBLE_CONFLICT, false, "the object has been modified" },
        { TROUBLE_BROKEN, false, "internal error" },
        { TROUBLE_BROKEN_AFTER, true, "internal error, perhaps" },
    };
    CLEANUP_POINTER(universe_free) struct universe *universe = universe_new(1, 1);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct ports ports;
        bool is_made;
        ports_init(&ports, universe);
        ports_arm(&ports, PORT_OF_KUBE, &(struct trouble){ .kind = rows[i].kind, .skip = 1, .count = 2 });
        assert_string_equal(call(&ports, arena, &is_made), "done");
        for (int met = 0; met < 2; met++) {
            assert_string_equal(call(&ports, arena, &is_made), rows[i].says);
            assert_int_equal(is_made, rows[i].is_made);
        }
        assert_string_equal(call(&ports, arena, &is_made), "done");
        ports_clear(&ports);
    }
}

TEST("a process that is dead makes no call any more, and one that dies after a call has made it") {
    CLEANUP_POINTER(universe_free) struct universe *universe = universe_new(1, 1);
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct ports ports;
    bool is_made;

    ports_init(&ports, universe);
    ports_arm(&ports, PORT_OF_KUBE, &(struct trouble){ .kind = TROUBLE_CRASH_AFTER, .count = 1 });
    assert_string_equal(call(&ports, arena, &is_made), "the process has ended");
    assert_true(is_made);
    assert_string_equal(call(&ports, arena, &is_made), "the process has ended");
    assert_false(is_made);
    ports_clear(&ports);
}

TEST("a process that stands still lets the time of others pass") {
    CLEANUP_POINTER(universe_free) struct universe *universe = universe_new(1, 1);
    CLEANUP_ARENA struct arena *arena = arena_new();
    int64_t before_ns = universe_now(universe);
    struct ports ports;
    bool is_made;

    ports_init(&ports, universe);
    ports_arm(&ports, PORT_OF_KUBE, &(struct trouble){ .kind = TROUBLE_PAUSE, .count = 1, .ms = 90000 });
    assert_string_equal(call(&ports, arena, &is_made), "done");
    assert_int_equal(universe_now(universe) - before_ns, 90 * NANOSECONDS_PER_SECOND);
    ports_clear(&ports);
}
