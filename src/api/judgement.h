/* Judgement: what the rules of one kind work on, and how they say what they found. For rules_….c only. */
#pragma once

#include "api/cluster.h"
#include "api/finding.h"

struct judgement {
    struct arena *arena;
    const struct json *object; /* the whole custom resource, as written */
    const struct cluster_spec *spec;
    struct findings *errors;
    struct findings *warnings;
};

/* rule, field and, at the end, the sentence with its arguments. */
#define FORBID(judgement, rule, kind, field, value, ...)                                                     \
    findings_add((judgement)->errors, FINDING_##kind, (rule), (field), (value), __VA_ARGS__)
#define WARN(judgement, rule, field, value, ...)                                                             \
    findings_add((judgement)->warnings, FINDING_INVALID, (rule), (field), (value), __VA_ARGS__)

/* A value for a finding. */
static inline const struct json *shown(const struct judgement *judgement, const char *string) {
    return string ? json_new_string(judgement->arena, string) : NULL;
}
static inline const struct json *shown_number(const struct judgement *judgement, int64_t number) {
    return json_new_integer(judgement->arena, number);
}

/* The quantity at a dotted path of spec.resources, in thousandths; false when it is absent or none. */
bool judgement_resource(const struct judgement *judgement, const char *path, int64_t *out_milli);

/* ---- rules, in the order in which they are judged ---- */

/* rules_cluster.c calls these after its own. */
void judge_pod_additions(const struct judgement *judgement); /* rules_cluster_pods.c */
void judge_security(const struct judgement *judgement);
void judge_metadata(const struct judgement *judgement);
void judge_configuration(const struct judgement *judgement); /* rules_cluster_config.c */
void judge_sharding(const struct judgement *judgement);
void judge_tls(const struct judgement *judgement); /* rules_cluster_access.c */
void judge_auth(const struct judgement *judgement);
void judge_service(const struct judgement *judgement);
void judge_backups(const struct judgement *judgement); /* rules_cluster_operations.c */
void judge_scaling(const struct judgement *judgement);
void judge_regions(const struct judgement *judgement);
