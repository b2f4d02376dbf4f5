/* Replays tests/sim/data/writes.json and random_writes.json: sequences of writes with what a real
 * kube-apiserver answered to each (recorded by tests/peers/record_apply.py and random_writes.py). One test
 * per group of cases would hide which sequence broke, so every difference is printed with its case, step and
 * path. */
#include "test.h"

#include "base/file.h"
#include "base/time.h"
#include "sim/apply.h"
#include "sim/patch.h"
#include "sim/schema_registry.h"

#include <stdio.h>

extern const char test_data_folder[];

enum { DATA_BYTES_MAX = 16 * 1024 * 1024 };

/* ---- one case's object, and what an API server does around the functions under test ---- */

struct replay {
    struct arena *arena;
    const struct schema *schema;
    const struct json *test_case;
    const struct json *step;
    struct json *live; /* NULL: there is none */
    struct json *answer;
    int64_t now;
    int code;
};

static const char *text_of(const struct json *object, const char *key, const char *fallback) {
    return json_string(json_get(object, key), fallback);
}

static void answer_status(struct replay *replay, int code, const char *reason, const char *message) {
    struct json *status = json_new_object(replay->arena);

    json_set_string(replay->arena, status, "message", message);
    if (reason)
        json_set_string(replay->arena, status, "reason", reason);
    json_set_integer(replay->arena, status, "code", code);
    replay->answer = status;
    replay->code = code;
}

static struct apply_request request_of(const struct replay *replay) {
    return (struct apply_request){
        .schema = replay->schema,
        .api_version = text_of(replay->test_case, "apiVersion", ""),
        .manager = text_of(replay->step, "manager", "tester"),
        .subresource = text_of(replay->step, "subresource", NULL),
        .force = json_bool(json_get(replay->step, "force"), false),
        .now = replay->now,
    };
}

static bool refuse_unknown(struct replay *replay, const struct schema_paths *unknown) {
    const char *kind = text_of(replay->test_case, "kind", "");
    const char *version = text_of(replay->test_case, "apiVersion", "");
    const char *slash = strchr(version, '/');
    struct buffer text = { 0 };

    if (unknown->count == 0 || !str_equal(text_of(replay->step, "validation", ""), "Strict"))
        return false;
    buffer_printf(&text, "%s in version \"%s\" cannot be handled as a %s: strict decoding error: ", kind,
                  slash ? slash + 1 : version, kind);
    for (size_t i = 0; i < unknown->count; i++)
        buffer_printf(&text, "%sunknown field \"%s\"", i > 0 ? ", " : "", unknown->items[i]);
    answer_status(replay, 400, "BadRequest", buffer_string(&text));
    buffer_clear(&text);
    return true;
}

/* A write through one door leaves what belongs to the other as it was. */
static struct json *keep_other_part(struct replay *replay, struct json *object) {
    bool is_status = str_equal(text_of(replay->step, "subresource", ""), "status");
    const struct json *status = json_get(replay->live, "status");
    struct json *kept = NULL;

    if (is_status) {
        kept = json_copy(replay->arena, replay->live);
        if (json_get(object, "status"))
            json_set(replay->arena, kept, "status", json_get(object, "status"));
        json_set(replay->arena, json_get(kept, "metadata"), "managedFields",
                 json_at(object, "metadata.managedFields"));
        return kept;
    }
    if (!schema_has_subresource(replay->schema, "status"))
        return object;
    if (status)
        json_set(replay->arena, object, "status", status);
    else
        json_remove(object, "status");
    schema_normalize(replay->arena, replay->schema, object);
    schema_default(replay->arena, replay->schema, object);
    return object;
}

static bool refuse_invalid(struct replay *replay, const struct json *object) {
    struct field_errors errors = { .arena = replay->arena };
    const char *version = text_of(replay->test_case, "apiVersion", "");
    const char *slash = strchr(version, '/');
    const char *group = slash ? arena_strndup(replay->arena, version, (size_t)(slash - version)) : "";

    (void)schema_validate(replay->schema, object, replay->live, &errors);
    if (errors.count == 0)
        return false;
    replay->answer =
        field_errors_status(replay->arena, &errors, group, text_of(replay->test_case, "kind", ""),
                            json_string_at(replay->test_case, "metadata.name", ""));
    replay->code = 422;
    return true;
}

static void store(struct replay *replay, struct json *object) {
    object = keep_other_part(replay, object);
    if (refuse_invalid(replay, object))
        return;
    if (schema_is_custom(replay->schema) && !schema_decode(replay->arena, replay->schema, object, NULL, NULL))
        fail_msg("a valid object could not be stored");
    if (replay->live)
        (void)apply_settle(replay->arena, replay->live, object);
    replay->code = replay->live ? 200 : 201;
    replay->live = object;
    replay->answer = json_copy(replay->arena, object);
}

/* Decodes and defaults; false when it was answered. */
static bool prepare(struct replay *replay, struct json *object) {
    struct schema_paths unknown = { 0 };
    struct error err = { 0 };

    if (!schema_decode(replay->arena, replay->schema, object, &unknown, &err)) {
        answer_status(replay, 400, "BadRequest", err.text);
        return false;
    }
    if (refuse_unknown(replay, &unknown))
        return false;
    schema_default(replay->arena, replay->schema, object);
    return true;
}

static void write_object(struct replay *replay, struct json *object) {
    struct apply_request request = request_of(replay);

    if (!prepare(replay, object))
        return;
    apply_track(replay->arena, &request, replay->live, object);
    store(replay, object);
}

static void apply(struct replay *replay, const struct json *configuration) {
    struct apply_request request = request_of(replay);
    struct apply_conflicts conflicts = { 0 };
    struct json *object = NULL;
    struct error err = { 0 };

    if (!apply_merge(replay->arena, &request, replay->live, configuration, &object, &conflicts, &err)) {
        if (err.kind == ERROR_CONFLICT) {
            replay->answer = apply_conflicts_status(replay->arena, &conflicts);
            replay->code = 409;
        } else if (err.kind == ERROR_PROTOCOL) {
            answer_status(replay, 400, "BadRequest", err.text);
        } else {
            answer_status(replay, 500, NULL, err.text);
        }
        return;
    }
    /* The merged object of a custom kind is judged with its nulls; they go when it is stored. */
    if (schema_is_custom(replay->schema))
        schema_default(replay->arena, replay->schema, object);
    else if (!prepare(replay, object))
        return;
    store(replay, object);
}

static void patch(struct replay *replay, const char *how, const struct json *body) {
    struct json *object = NULL;
    struct error err = { 0 };
    bool done = true;

    if (str_equal(how, "strategic") && schema_is_custom(replay->schema)) {
        answer_status(
            replay, 415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
        return;
    }
    if (str_equal(how, "merge"))
        object = patch_merge(replay->arena, replay->live, body);
    else if (str_equal(how, "json"))
        done = patch_json(replay->arena, replay->live, body, &object, &err);
    else
        done = patch_strategic(replay->arena, replay->schema, replay->live, body, &object, &err);
    if (done)
        write_object(replay, object);
    else if (str_equal(how, "json") && err.kind == ERROR_INVALID)
        answer_status(replay, 422, "Invalid",
                      "the server rejected our request due to an error in our request");
    else if (err.kind == ERROR_PROTOCOL)
        answer_status(replay, 400, "BadRequest", err.text);
    else
        answer_status(replay, 500, NULL, err.text);
}

/* As the recorder completes the bodies of whole objects. */
static struct json *complete(const struct replay *replay, const struct json *body) {
    struct json *object = json_copy(replay->arena, body);
    struct json *metadata = json_copy(replay->arena, json_get(replay->test_case, "metadata"));
    struct json *whole = json_new_object(replay->arena);

    JSON_FOR_EACH_MEMBER (member, json_get(object, "metadata"))
        json_set(replay->arena, metadata, member->key, &member->value);
    json_set_string(replay->arena, whole, "apiVersion", text_of(replay->test_case, "apiVersion", ""));
    json_set_string(replay->arena, whole, "kind", text_of(replay->test_case, "kind", ""));
    JSON_FOR_EACH_MEMBER (member, object)
        json_set(replay->arena, whole, member->key, &member->value);
    json_set(replay->arena, whole, "metadata", metadata);
    return whole;
}

static void run_step(struct replay *replay) {
    static const char *const patches[] = { "merge", "json", "strategic" };
    const struct json *created = json_get(replay->step, "create");
    const struct json *updated = json_get(replay->step, "update");
    const struct json *applied = json_get(replay->step, "apply");

    if (created || updated)
        write_object(replay, complete(replay, created ? created : updated));
    if (applied)
        apply(replay, complete(replay, applied));
    for (size_t i = 0; i < ARRAY_LENGTH(patches); i++)
        if (json_get(replay->step, patches[i]))
            patch(replay, patches[i], json_get(replay->step, patches[i]));
}

/* ---- comparing with what was recorded ---- */

static int64_t time_of_step(size_t step) {
    return (INT64_C(1767225600) + (int64_t)step) * 1000000000;
}

static void set_times(struct arena *arena, struct json *answer) {
    JSON_FOR_EACH_ITEM (entry, json_at(answer, "metadata.managedFields")) {
        const char *step = text_of(entry, "time", NULL);
        int64_t number = 0;
        if (step && step[0] == 'T' && parse_int64(text_from(step + 1), &number))
            json_set_string(arena, entry, "time", time_format(arena, time_of_step((size_t)number)));
    }
}

static void remove_path(struct json *object, const char *path) {
    const char *dot = strrchr(path, '.');
    char *parent = dot ? xstrndup(path, (size_t)(dot - path)) : NULL;
    struct json *container = parent ? json_at(object, parent) : object;

    if (json_is(container, JSON_OBJECT))
        json_remove(container, dot ? dot + 1 : path);
    free(parent);
}

static size_t report(const char *name, size_t step, const char *path, const struct json *wanted,
                     const struct json *found) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    print_message("%s, step %zu: %s\n  server: %s\n  ours:   %s\n", name, step, path,
                  wanted ? json_print(arena, wanted) : "(none)", found ? json_print(arena, found) : "(none)");
    return 1;
}

static size_t differences(const char *name, size_t step, const char *path, const struct json *wanted,
                          const struct json *found) {
    size_t count = 0;

    if (wanted && found && json_equal(wanted, found))
        return 0;
    if (!json_is(wanted, JSON_OBJECT) || !json_is(found, JSON_OBJECT)) {
        bool are_lists =
            json_is(wanted, JSON_ARRAY) && json_is(found, JSON_ARRAY) && wanted->length == found->length;
        for (size_t i = 0; are_lists && i < wanted->length; i++) {
            CLEANUP_FREE char *inner = xprintf("%s[%zu]", path, i);
            count += differences(name, step, inner, &wanted->items[i], &found->items[i]);
        }
        return are_lists ? count : report(name, step, path, wanted, found);
    }
    JSON_FOR_EACH_MEMBER (member, wanted) {
        CLEANUP_FREE char *inner = xprintf("%s.%s", path, member->key);
        count += differences(name, step, inner, &member->value, json_get(found, member->key));
    }
    JSON_FOR_EACH_MEMBER (member, found) {
        CLEANUP_FREE char *inner = xprintf("%s.%s", path, member->key);
        if (!json_get(wanted, member->key))
            count += report(name, step, inner, NULL, &member->value);
    }
    return count;
}

/* The real server goes through managers and through members of an object in no order. */
static void sort_causes(struct json *answer) {
    const struct json *causes = json_at(answer, "details.causes");

    for (uint32_t i = 1; i < json_length(causes); i++)
        for (uint32_t j = i; j > 0; j--) {
            struct json *a = &causes->items[j - 1];
            struct json *b = &causes->items[j];
            struct json swapped = *a;
            if (strcmp(text_of(a, "message", ""), text_of(b, "message", "")) <= 0)
                break;
            *a = *b;
            *b = swapped;
        }
}

static size_t compare_step(struct replay *replay, size_t number) {
    const char *name = text_of(replay->test_case, "name", "");
    const struct json *result = json_get(replay->step, "result");
    struct json *wanted = json_copy(replay->arena, json_get(result, "answer"));
    int code = (int)json_integer(json_get(result, "code"), 0);

    if (code >= 300 && !json_get(replay->answer, "kind")) { /* a Status that is made elsewhere */
        static const char *const dropped[] = { "kind", "apiVersion", "metadata", "status", "details" };
        for (size_t i = 0; i < ARRAY_LENGTH(dropped); i++)
            json_remove(wanted, dropped[i]);
    }
    set_times(replay->arena, wanted);
    if (code == 409 || code == 422) {
        sort_causes(wanted);
        sort_causes(replay->answer);
    }
    if (code == 422 && json_length(json_at(wanted, "details.causes")) > 2) {
        json_remove(wanted, "message");
        json_remove(replay->answer, "message");
    }
    JSON_FOR_EACH_ITEM (path, json_get(replay->test_case, "ignore")) {
        remove_path(wanted, path->string);
        remove_path(replay->answer, path->string);
    }
    if ((replay->code < 300) != (code < 300))
        return report(name, number, "outcome", wanted, replay->answer);
    return differences(name, number, "", wanted, replay->answer);
}

static bool is_refused(const struct json *step) {
    return json_integer(json_at(step, "result.code"), 0) == 422;
}

static size_t replay_case(const struct schema_registry *registry, const struct json *test_case) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *version = text_of(test_case, "apiVersion", "");
    const char *slash = strchr(version, '/');
    const char *group = slash ? arena_strndup(arena, version, (size_t)(slash - version)) : "";
    struct replay replay = {
        .arena = arena,
        .test_case = test_case,
        .schema = schema_registry_find(registry, group, slash ? slash + 1 : version,
                                       text_of(test_case, "kind", "")),
    };
    size_t number = 0;
    size_t count = 0;

    assert_non_null(replay.schema);
    JSON_FOR_EACH_ITEM (step, json_get(test_case, "steps")) {
        replay.step = step;
        replay.now = time_of_step(++number);
        replay.answer = NULL;
        struct json *before = replay.live;
        run_step(&replay);
        /* Random writes break rules that only the real server's code knows: they leave the object as it was.
         */
        if (is_refused(step) && json_bool(json_get(test_case, "skips_refused"), false)) {
            replay.live = before;
            continue;
        }
        assert_non_null(replay.answer);
        count += compare_step(&replay, number);
    }
    return count;
}

static struct json *read_data(struct arena *arena, const char *name) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *data = NULL;
    struct error err = { 0 };
    const char *path = strchr(name, '/') ? name : arena_printf(arena, "%s/%s", test_data_folder, name);

    if (!file_read(path, DATA_BYTES_MAX, &text, &err) ||
        !json_parse(arena, buffer_text(&text), NULL, &data, &err))
        fail_msg("%s", err.text);
    return data;
}

static size_t replay_file(const char *name) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(schema_registry_free) struct schema_registry *registry = schema_registry_new();
    struct json *data = read_data(arena, name);
    struct error err = { 0 };
    size_t count = 0;

    JSON_FOR_EACH_ITEM (crd, json_get(data, "crds"))
        if (!schema_registry_set_crd(registry, crd, &err))
            fail_msg("%s", err.text);
    assert_true(json_length(json_get(data, "cases")) > 0);
    JSON_FOR_EACH_ITEM (test_case, json_get(data, "cases"))
        count += replay_case(registry, test_case);
    return count;
}

TEST("answers sequences of writes as a real API server does") {
    assert_int_equal(replay_file("writes.json"), 0);
}

TEST("answers random sequences of writes as a real API server does") {
    const char *other = getenv("TEST_WRITES"); /* the path of what tests/peers/random_writes.py recorded */

    assert_int_equal(replay_file(other ? other : "random_writes.json"), 0);
}
