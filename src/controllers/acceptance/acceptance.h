/* Acceptance: what is said of an object whose kind no controller of this version acts upon yet: whether it is
 * valid, whether what it refers to is there and fits, whether another object claims the same; and that
 * nothing else happens.
 *
 * A controller for each such kind, all with one observe and one plan. What only an object itself can tell is
 * judged by its definition (api/judge.h); the rules here need other objects. Their numbers are those of
 * crds/KIND.yaml, where they stand without checks.
 */
#pragma once

#include "base/secret.h"
#include "controllers/engine.h"

/* The server or cluster that an object belongs to. */
struct acceptance_target {
    const char *field; /* that names it: "spec.clusterRef"; NULL: the kind has none, or it is named nowhere */
    const char *namespace;
    const char *name;
    const struct json *object; /* as stored, or NULL: it is not there */
    bool is_cluster;           /* else a standalone */
};

enum { SECRET_ENTRIES_MAX = 2, SECRET_NAMES_MAX = 2, CLAIMANTS_MAX = 3 };

struct acceptance;

/* An entry of a Secret, by one of its names; NULL after the last. */
struct acceptance_entry {
    const char *any_of[SECRET_NAMES_MAX];
    bool is_optional; /* absent, it is only warned of */
    /* The rules of its value; null: there are none. */
    void (*judge)(struct acceptance *seen, const struct secret_text *value);
};

/* Another object that an object names, in its namespace, which must be there before anything can be done. */
struct acceptance_need {
    const char *field; /* that names it: "spec.passwordSecret" */
    const struct kube_resource *resource;
    const char *name; /* NULL: none is named */
    /* What must be in a Secret; none after the first without a name. */
    struct acceptance_entry entries[SECRET_ENTRIES_MAX];
    bool is_there;
    const struct acceptance_entry *absent; /* the first of entries that it lacks; NULL: none */
};

/* What one pass sees. In the arena of the pass. */
struct acceptance {
    struct arena *arena;
    const struct acceptance_kind *kind;
    const struct json *object;
    const struct json *spec; /* with the defaults of the schema */
    struct acceptance_target target;
    /* The oldest other object that claims the same, if it is older than this; else NULL. */
    const struct json *rival;
    const char *rival_kind;
    const char *claim; /* what both claim, in words: "database sales of graph" */
    struct acceptance_need need;
    const struct json *namesake; /* an object of kind->namesake_resource of the same name, or NULL */
    struct field_errors errors;
    struct field_errors warnings;
    int64_t now_ns;
};

/* What makes one of these kinds different from the others. */
struct acceptance_kind {
    struct controller controller; /* first */
    const char *invalid_phase;    /* status.phase of an object that is not valid */
    bool takes_standalones;       /* its target may be a standalone, too */
    /* Field and name of the target; field NULL: none. Null: the kind belongs to nothing. */
    struct acceptance_target (*target_of)(struct arena *arena, const struct json *object);
    /* What no two objects may claim, in words, in arena; NULL: nothing. Null: the kind claims nothing. */
    const char *(*claim_of)(struct arena *arena, const struct json *object);
    const char *claim_field; /* "spec.name" */
    /* The objects that may claim the same, up to a NULL: its own kind first. */
    const struct kube_resource *claimants[CLAIMANTS_MAX];
    /* The rules that look at the target; called when it is there. Null: there are none. */
    void (*judge)(struct acceptance *seen);
    /* The rules that look at others of its kind. Null: there are none. */
    void (*judge_among)(struct pass *pass, struct acceptance *seen);
    /* The object that it names. Null: the kind needs none. */
    struct acceptance_need (*need_of)(const struct json *object);
    const char *need_warning; /* rule of optional entries: "DBW13" */
    /* Objects of which none may have the same name, as both would own objects of the same names. */
    const struct kube_resource *namesake_resource;
    const char *namesake_rule;
};

/* Adds a breach of a rule of crds/KIND.yaml. value may be NULL. */
void acceptance_refuse(struct acceptance *seen, const char *rule, enum field_error_type type,
                       const char *field, const struct json *value, const char *format, ...)
    PRINTF_LIKE(6, 7);
void acceptance_warn(struct acceptance *seen, const char *rule, const char *field, const struct json *value,
                     const char *format, ...) PRINTF_LIKE(5, 6);

/* The shared parts of the controllers (observe.c, plan.c). */
const void *acceptance_observe(struct pass *pass, struct error *err);
void acceptance_plan(const void *observed, struct plan *plan);
void acceptance_map_target(struct cache *cache, const struct json *object, struct key_sink *sink);
void acceptance_map_namesake(struct cache *cache, const struct json *object, struct key_sink *sink);
void acceptance_map_need(struct cache *cache, const struct json *object, struct key_sink *sink);
void acceptance_map_rivals(struct cache *cache, const struct json *object, struct key_sink *sink);
