/* Labels and annotations of owned objects. All in arena. */
#pragma once

#include "base/json.h"

#define LABEL_MANAGED_BY  "app.kubernetes.io/managed-by"
#define LABEL_CLUSTER     "neo4j.com/cluster"
#define LABEL_SERVER_NAME "neo4j.com/server-name"
#define MANAGED_BY        "neo4j-operator"
/* What the operator's watches ask for: its own objects and nothing else. */
#define SELECTOR_MANAGED LABEL_MANAGED_BY "=" MANAGED_BY

#define ANNOTATION_FORCE_RECONCILE "operator.neo4j.com/force-reconcile"
#define ANNOTATION_CONFIG_HASH     "neo4j.neo4j.com/config-hash"

/* The recommended labels and neo4j.com/cluster; extra (spec.labels, may be NULL) below them. version may be
 * NULL. */
struct json *labels_owned(struct arena *arena, const char *cluster, const char *version,
                          const struct json *extra);
/* Those of a server's pod: the owned ones, the selector's, app={cluster}, and extra below. */
struct json *labels_pod(struct arena *arena, const char *cluster, const char *version,
                        const struct json *extra);
/* Those of a server's volume claim. They never change: claim templates can't. */
struct json *labels_claim(struct arena *arena, const char *cluster);
/* By which the StatefulSet, the Services and the budget find the pods. They never change. */
struct json *labels_selector(struct arena *arena, const char *cluster);
/* A copy of `over` laid over a copy of `base`; both may be NULL. */
struct json *labels_merge(struct arena *arena, const struct json *base, const struct json *over);
