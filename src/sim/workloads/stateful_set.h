/* The parts of the StatefulSet controller. After: Kubernetes, pkg/controller/statefulset. */
#pragma once

#include "sim/workloads/controller.h"

/* ---- stateful_set_pod.c: what a pod of the set and its claims look like ---- */

/* The ordinal in the pod's name, or -1 when the name is not one of the set's. */
int64_t stateful_set_ordinal(const struct json *set, const char *pod_name);
/* spec.ordinals.start */
int64_t stateful_set_start(const struct json *set);
/* The pod of this ordinal from a template of the given revision. */
struct json *stateful_set_pod(struct arena *arena, const struct json *set, const struct json *template,
                              const char *revision, int64_t ordinal);
/* The name of the claim that the pod of this ordinal has from a claim template. */
char *stateful_set_claim_name(struct arena *arena, const struct json *set, const struct json *claim_template,
                              int64_t ordinal);
/* Whether a claim of this name is one of the set's. */
bool stateful_set_has_claim(const struct json *set, const char *claim_name);
/* Creates the claims of the ordinal that are missing. */
CHECKED bool stateful_set_create_claims(struct control *control, const struct json *set, int64_t ordinal,
                                        struct error *err);
/* Makes the owners of the ordinal's claims follow persistentVolumeClaimRetentionPolicy. pod may be NULL. */
CHECKED bool stateful_set_retain_claims(struct control *control, const struct json *set,
                                        const struct json *pod, int64_t ordinal, bool is_condemned,
                                        struct error *err);
/* Puts the labels that identify the pod, and their volumes, back when somebody took them away. */
CHECKED bool stateful_set_restore_identity(struct control *control, const struct json *set,
                                           const struct json *pod, struct error *err);

/* ---- stateful_set_revision.c: the history of the template ---- */

struct stateful_set_revisions {
    const struct json *current; /* what status.currentRevision names */
    const struct json *update;  /* what the spec says now */
};
/* Finds or creates the revision of the spec. */
CHECKED bool stateful_set_find_revisions(struct control *control, const struct json *set,
                                         struct stateful_set_revisions *out_revisions, struct error *err);
/* The pod template that a revision holds, in arena. */
struct json *stateful_set_revision_template(struct arena *arena, const struct json *revision);
/* Deletes old revisions beyond spec.revisionHistoryLimit that no pod has. */
CHECKED bool stateful_set_truncate_history(struct control *control, const struct json *set,
                                           const struct stateful_set_revisions *revisions, struct error *err);
