#include "api/judgement.h"

/* ---- what users add to pods ---- */

static bool is_among(const char *const *words, const char *word) {
    for (; *words; words++) {
        if (str_equal(*words, word))
            return true;
    }
    return false;
}

static const char *const operator_names[] = { "neo4j",   "data",  "config",     "logs",
                                              "plugins", "certs", "truststore", NULL };
static const char *const operator_mounts[] = { "/data", "/conf", "/logs", "/plugins", "/ssl", NULL };
static const char *const operator_variables[] = { "NEO4J_AUTH", "NEO4J_ACCEPT_LICENSE_AGREEMENT", NULL };

/* R27: names in a list that are the operator's own */
static void judge_additions(const struct judgement *judgement, const struct json *list, const char *path,
                            const char *key, const char *const *taken) {
    for (size_t i = 0; i < json_length(list); i++) {
        const char *name = json_string_at(json_item(list, i), key, NULL);
        if (name && is_among(taken, name))
            FORBID(judgement, "R27", INVALID, arena_printf(judgement->arena, "spec.%s[%zu].%s", path, i, key),
                   shown(judgement, name), "is the operator's own; choose another");
    }
}

/* R29 */
void judge_security(const struct judgement *judgement) {
    const struct json *above = judgement->spec->pod_security_context;
    const struct json *within = json_get(judgement->spec->security_context, "podSecurityContext");

    if (above && within && !json_equal(above, within))
        FORBID(judgement, "R29", INVALID, "spec.podSecurityContext", above,
               "is the same as securityContext.podSecurityContext, which is set to something else; remove "
               "one of "
               "them");
}

void judge_pod_additions(const struct judgement *judgement) {
    const struct cluster_spec *spec = judgement->spec;

    judge_additions(judgement, spec->sidecar_containers, "sidecarContainers", "name", operator_names);
    judge_additions(judgement, spec->init_containers, "initContainers", "name", operator_names);
    judge_additions(judgement, spec->volumes, "volumes", "name", operator_names);
    judge_additions(judgement, spec->volume_mounts, "volumeMounts", "mountPath", operator_mounts);

    /* W8 */
    JSON_FOR_EACH_ITEM (variable, spec->env) {
        const char *name = json_string_at(variable, "name", NULL);
        if (name && is_among(operator_variables, name))
            WARN(judgement, "W8", "spec.env", shown(judgement, name),
                 "is set by the operator and ignored here; the password comes from auth.adminSecret");
    }
}

/* R28: keys by which the operator finds its objects */
static void judge_keys(const struct judgement *judgement, const struct json *map, const char *field) {
    static const char *const domains[] = { "neo4j.com/", "neo4j.neo4j.com/", "operator.neo4j.com/" };

    JSON_FOR_EACH_MEMBER (member, map) {
        for (size_t i = 0; i < ARRAY_LENGTH(domains); i++) {
            if (str_starts_with(member->key, domains[i]))
                FORBID(judgement, "R28", FORBIDDEN,
                       arena_printf(judgement->arena, "%s[%s]", field, member->key), NULL,
                       "keys of %.*s are the operator's own", (int)strlen(domains[i]) - 1, domains[i]);
        }
    }
}

void judge_metadata(const struct judgement *judgement) {
    judge_keys(judgement, judgement->spec->labels, "spec.labels");
    judge_keys(judgement, judgement->spec->annotations, "spec.annotations");
    judge_keys(judgement, judgement->spec->pod_labels, "spec.podLabels");
    judge_keys(judgement, judgement->spec->pod_annotations, "spec.podAnnotations");
}
