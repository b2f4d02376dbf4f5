/* A kube port for tests: calls are answered by a function of the test, watches are driven by the test. */
#pragma once

#include "kube/kube.h"

enum { FAKE_WATCHES_MAX = 4 };

struct fake_kube {
    struct kube port; /* first: the port is the fake */
    bool (*answer)(void *context, const struct kube_call *call, struct arena *arena, struct json **out_object,
                   struct error *err);
    void *context;
    struct kube_watch watches[FAKE_WATCHES_MAX];
    int watch_count;
    int stopped;
};

static bool fake_kube_call(struct kube *kube, const struct kube_call *call, struct arena *arena,
                           struct json **out_object, struct error *err) {
    struct fake_kube *fake = (struct fake_kube *)kube;

    return fake->answer(fake->context, call, arena, out_object, err);
}

static int fake_kube_watch(struct kube *kube, const struct kube_watch *watch) {
    struct fake_kube *fake = (struct fake_kube *)kube;

    ensure(fake->watch_count < FAKE_WATCHES_MAX);
    fake->watches[fake->watch_count] = *watch;
    return ++fake->watch_count;
}

static void fake_kube_stop_watch(struct kube *kube, int id) {
    ((struct fake_kube *)kube)->stopped++;
}

static inline struct fake_kube fake_kube_make(void) {
    return (struct fake_kube){
        .port = { .call = fake_kube_call, .watch = fake_kube_watch, .stop_watch = fake_kube_stop_watch }
    };
}
