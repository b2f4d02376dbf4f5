#include "simulate/ports.h"

#include "base/text.h"

static const struct {
    const char *word;
    const char *tells;
} kinds[] = {
#define X(kind, word_, tells_) [TROUBLE_##kind] = { word_, tells_ },
    TROUBLES(X)
#undef X
};

const char *trouble_word(enum trouble_kind kind) {
    return kinds[kind].word;
}

const char *trouble_tells(enum trouble_kind kind) {
    return kinds[kind].tells;
}

bool trouble_fails(enum trouble_kind kind) {
    return kind != TROUBLE_SLOW && kind != TROUBLE_PAUSE;
}

bool trouble_parse(struct text word, enum trouble_kind *out_kind) {
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (text_is(word, kinds[i].word)) {
            *out_kind = (enum trouble_kind)i;
            return true;
        }
    return false;
}

/* ---- what is armed ---- */

void ports_init(struct ports *ports, struct universe *universe) {
    *ports = (struct ports){ .universe = universe };
    for (int port = 0; port < PORT_COUNT; port++)
        TAILQ_INIT(&ports->armed[port]);
}

void ports_clear(struct ports *ports) {
    for (int port = 0; port < PORT_COUNT; port++) {
        struct trouble *trouble;
        while ((trouble = TAILQ_FIRST(&ports->armed[port]))) {
            TAILQ_REMOVE(&ports->armed[port], trouble, link);
            free(trouble);
        }
    }
}

void ports_arm(struct ports *ports, enum port port, const struct trouble *trouble) {
    struct trouble *armed = XNEW(struct trouble);

    *armed = *trouble;
    TAILQ_INSERT_TAIL(&ports->armed[port], armed, link);
}

void ports_arm_first(struct ports *ports, enum port port, const struct trouble *trouble) {
    struct trouble *armed = XNEW(struct trouble);

    *armed = *trouble;
    TAILQ_INSERT_HEAD(&ports->armed[port], armed, link);
}

/* The trouble that meets this call; of several the first, the others wait. */
static bool take(struct ports *ports, enum port port, struct trouble *out_trouble) {
    struct trouble *trouble;

    TAILQ_FOREACH (trouble, &ports->armed[port], link) {
        if (trouble->skip) {
            trouble->skip--;
            continue;
        }
        *out_trouble = *trouble;
        if (!--trouble->count) {
            TAILQ_REMOVE(&ports->armed[port], trouble, link);
            free(trouble);
        }
        return true;
    }
    out_trouble->kind = TROUBLE_KINDS;
    return false;
}

/* ---- calls ---- */

void ports_kill(struct ports *ports) {
    ports->is_dead = true;
}

static bool dead(struct error *err) {
    return error_set(err, ERROR_UNAVAILABLE, "the process has ended");
}

static bool lost(struct error *err) {
    error_set(err, ERROR_TIMEOUT, "no answer");
    if (err)
        err->outcome_unknown = true;
    return false;
}

static void pass_time(struct ports *ports, int64_t ms) {
    universe_wait(ports->universe, universe_now(ports->universe) + ms * NANOSECONDS_PER_MS, NULL, NULL);
}

bool ports_begin(struct ports *ports, const char *name, const struct kube_call *call,
                 struct trouble *out_trouble, struct error *err) {
    if (ports->is_dead)
        return dead(err);
    bool is_met = take(ports, call ? PORT_OF_KUBE : PORT_OF_BOLT, out_trouble);
    if (ports->look)
        ports->look(ports->look_context, name, call, is_met ? out_trouble : NULL);
    switch (out_trouble->kind) {
    case TROUBLE_REFUSED:
        return error_set(err, ERROR_UNAVAILABLE, "no connection");
    case TROUBLE_CONFLICT:
        return error_set(err, ERROR_CONFLICT, "the object has been modified");
    case TROUBLE_THROTTLED:
        error_set(err, ERROR_THROTTLED, "too many requests");
        if (err)
            err->retry_after_seconds = (unsigned)(out_trouble->ms / 1000);
        return false;
    case TROUBLE_BROKEN:
        return error_set(err, ERROR_UNAVAILABLE, "internal error");
    case TROUBLE_CRASH:
        ports_kill(ports);
        return dead(err);
    case TROUBLE_PAUSE:
        pass_time(ports, out_trouble->ms);
        return !ports->is_dead || dead(err);
    case TROUBLE_LOST:
    case TROUBLE_SILENT:
    case TROUBLE_SLOW:
    case TROUBLE_BROKEN_AFTER:
    case TROUBLE_PARTIAL:
    case TROUBLE_CRASH_AFTER:
    case TROUBLE_KINDS:
        break;
    }
    return true;
}

bool ports_pass(struct ports *ports, const struct trouble *trouble) {
    bool was_last = ports->last_call && !--ports->last_call;

    if (trouble->kind == TROUBLE_CRASH_AFTER || was_last)
        ports_kill(ports);
    return !ports->is_dead;
}

bool ports_end(struct ports *ports, const struct trouble *trouble, struct error *err) {
    if (trouble->kind == TROUBLE_SLOW)
        pass_time(ports, trouble->ms);
    if (trouble->kind == TROUBLE_SILENT)
        pass_time(ports, KUBE_TIMEOUT_MS);
    if (!ports_pass(ports, trouble))
        return dead(err);
    if (trouble->kind == TROUBLE_LOST || trouble->kind == TROUBLE_SILENT)
        return lost(err);
    if (trouble->kind == TROUBLE_BROKEN_AFTER) {
        error_set(err, ERROR_UNAVAILABLE, "internal error");
        if (err)
            err->outcome_unknown = true;
        return false;
    }
    return true;
}

/* ---- the kube port ---- */

struct ports_kube {
    struct kube kube; /* first */
    struct kube *real;
    struct ports *ports;
};

static const char *name_call(struct arena *arena, const struct kube_call *call) {
    static const char *const verbs[] = {
        [KUBE_GET] = "get",       [KUBE_LIST] = "list",   [KUBE_CREATE] = "create",
        [KUBE_UPDATE] = "update", [KUBE_APPLY] = "apply", [KUBE_MERGE_PATCH] = "patch",
        [KUBE_DELETE] = "delete"
    };

    return arena_printf(arena, "%s %s%s%s %s", verbs[call->verb], call->resource->plural,
                        call->subresource ? "/" : "", call->subresource ? call->subresource : "",
                        call->name ? call->name : "");
}

static bool call(struct kube *kube, const struct kube_call *what, struct arena *arena,
                 struct json **out_object, struct error *err) {
    struct ports_kube *self = (struct ports_kube *)kube;
    struct trouble trouble;

    if (!ports_begin(self->ports, name_call(arena, what), what, &trouble, err))
        return false;
    struct error answered = { 0 };
    struct json *object = NULL;
    bool is_done = self->real->call(self->real, what, arena, &object, &answered);
    if (!ports_end(self->ports, &trouble, err))
        return false;
    if (!is_done) {
        if (err)
            *err = answered;
        return false;
    }
    if (out_object)
        *out_object = object;
    return true;
}

static int start_watch(struct kube *kube, const struct kube_watch *what) {
    struct ports_kube *self = (struct ports_kube *)kube;
    return self->real->watch(self->real, what);
}

static void stop_watch(struct kube *kube, int id) {
    struct ports_kube *self = (struct ports_kube *)kube;
    self->real->stop_watch(self->real, id);
}

struct kube *ports_kube_new(struct ports *ports, struct kube *real) {
    struct ports_kube *self = XNEW(struct ports_kube);

    *self = (struct ports_kube){ .kube = { .call = call, .watch = start_watch, .stop_watch = stop_watch },
                                 .real = real,
                                 .ports = ports };
    return &self->kube;
}

void ports_kube_free(struct kube *kube) {
    free(kube);
}
