/* The shorthands, over a port that notes what it was asked. */
#include "kube/fake_kube.h"
#include "test.h"

#include <stdio.h>

struct notebook {
    struct kube_call calls[8];
    int count;
    enum error_kind failure;
    int gone_at; /* the call that fails with ERROR_GONE; 0: none */
    int pages;
};

static bool answer(void *context, const struct kube_call *call, struct arena *arena, struct json **out_object,
                   struct error *err) {
    struct notebook *notebook = context;

    ensure(notebook->count < 8);
    notebook->calls[notebook->count++] = *call;
    if (notebook->count == notebook->gone_at)
        return error_set(err, ERROR_GONE, "expired");
    if (notebook->failure)
        return error_set(err, notebook->failure, "no");
    if (call->verb == KUBE_LIST) {
        struct json *list = *out_object = json_new_object(arena);
        struct json *metadata = json_set_object(arena, list, "metadata");
        if (notebook->pages-- > 1)
            json_set_string(arena, metadata, "continue", "more");
        (void)json_append_object(arena, json_set_array(arena, list, "items"));
    } else if (out_object) {
        *out_object = json_new_object(arena);
    }
    return true;
}

static struct fake_kube port(struct notebook *notebook) {
    struct fake_kube kube = fake_kube_make();

    kube.answer = answer;
    kube.context = notebook;
    return kube;
}

static struct json *object_of(struct arena *arena, const char *text) {
    struct json *object = NULL;
    bool parsed = json_parse(arena, text_from(text), NULL, &object, NULL);

    assert_true(parsed);
    return object;
}

TEST("takes an absent object for an answer, and no other failure") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct notebook notebook = { .failure = ERROR_NOT_FOUND };
    struct fake_kube kube = port(&notebook);
    struct json *object = json_new_null(arena);
    struct error err = { 0 };

    assert_true(kube_get(&kube.port, arena, &KUBE_PODS, "n", "p", &object, &err));
    assert_null(object);
    assert_true(kube_delete(&kube.port, &KUBE_PODS, "n", "p", NULL, KUBE_BACKGROUND, &err));
    assert_int_equal(err.kind, ERROR_NONE);
    notebook.failure = ERROR_FORBIDDEN;
    assert_false(kube_get(&kube.port, arena, &KUBE_PODS, "n", "p", &object, &err));
    assert_int_equal(err.kind, ERROR_FORBIDDEN);
    assert_false(kube_delete(&kube.port, &KUBE_PODS, "n", "p", NULL, KUBE_BACKGROUND, NULL));
}

TEST("lists all pages, names the kind of each item, and begins anew when a token expires") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct notebook notebook = { .pages = 3, .gone_at = 2 };
    struct fake_kube kube = port(&notebook);
    struct json *items = NULL;
    struct error err = { 0 };

    assert_true(kube_list(&kube.port, arena, &KUBE_PODS, "n", "a=b", &items, &err));
    assert_int_equal(notebook.count, 4);
    assert_null(notebook.calls[0].continue_token);
    assert_string_equal(notebook.calls[1].continue_token, "more");
    assert_null(notebook.calls[2].continue_token);
    assert_int_equal(notebook.calls[0].limit, KUBE_LIST_PAGE);
    assert_int_equal(json_length(items), 2);
    assert_string_equal(json_string_at(items, "0.kind", ""), "Pod");
    assert_string_equal(json_string_at(items, "0.apiVersion", ""), "v1");
}

TEST("finds from an object where it belongs") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct notebook notebook = { 0 };
    struct fake_kube kube = port(&notebook);
    struct json *object =
        object_of(arena, "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"metadata\":{\"name\":\"s\","
                         "\"namespace\":\"n\"}}");
    struct error err = { 0 };

    assert_true(kube_apply_status(&kube.port, arena, "me", object, NULL, &err));
    assert_int_equal(notebook.calls[0].verb, KUBE_APPLY);
    assert_ptr_equal(notebook.calls[0].resource, &KUBE_STATEFUL_SETS);
    assert_string_equal(notebook.calls[0].namespace, "n");
    assert_string_equal(notebook.calls[0].name, "s");
    assert_string_equal(notebook.calls[0].subresource, "status");
    assert_string_equal(notebook.calls[0].field_manager, "me");
    assert_true(notebook.calls[0].force);
    assert_true(kube_create(&kube.port, arena, object, NULL, &err));
    assert_null(notebook.calls[1].name);
}

TEST("refuses objects that can't be placed") {
    static const char *const rows[] = {
        "{}",
        "{\"apiVersion\":\"v2\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"}}",
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}",
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"n\"}}",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct notebook notebook = { 0 };
        struct fake_kube kube = port(&notebook);
        struct error err = { 0 };
        assert_false(kube_apply(&kube.port, arena, "me", object_of(arena, rows[i]), NULL, &err));
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_int_equal(notebook.count, 0);
    }
}
