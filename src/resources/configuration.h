/* Configuration: the neo4j.conf that all servers of a cluster share, and what differs between them.
 *
 * What all share is in the ConfigMap. What each server calls itself is in the environment, where the kubelet
 * puts the pod's name in: the image's entry point turns NEO4J_… variables into settings. So one StatefulSet
 * serves all, and no script runs. Where servers have roles of their own, each has a file of its own, mounted
 * by the pod's name: a server has to know its mode constraint before the first database is allocated, since
 * the only primary of a database can't be moved afterwards. Order, the later wins: the operator's defaults,
 * spec.config, spec.additionalConfig, what the operator manages. Sources: Operations Manual, "Configuration
 * settings", "Cluster server discovery", "Deploy a basic cluster"; the image's entry point (environment).
 */
#pragma once

#include "neo4j/settings.h"
#include "resources/cluster_objects.h"

struct configuration {
    /* neo4j.conf: the text; and {pod}.conf: the text of one server, where they differ. A file for each server
     * that there may ever be, so that no pod can start before its file is there. */
    struct json *files;
    /* Of what a running server would need a restart for. Who is in the cluster is not in it: a server reads
     * that when it starts, so scaling restarts nobody. 16 hexadecimal digits. */
    const char *hash;
    /* The user's values that could not be taken, and why. */
    const struct settings_loss *losses;
    size_t loss_count;
    /* Settings of the user's that are written and that Neo4j may not have: a key and a sentence each. */
    const struct settings_loss *doubts;
    size_t doubt_count;
    /* About memory, or NULL. */
    const char *warning;
};

/* is_formed: the cluster has formed once; then nothing says any more how many servers must meet for a first
 * start. is_for_each_server: with a file for each server. */
void configuration_build(struct arena *arena, const struct cluster_identity *cluster,
                         const struct cluster_spec *spec, bool is_formed, bool is_for_each_server,
                         struct configuration *out_configuration);

/* Whether the first servers have mode constraints that differ. */
bool configuration_differs_by_server(const struct cluster_spec *spec);

/* Settings as environment variables that name the server: [{name, value}…] */
void configuration_add_environment(struct arena *arena, struct json *env,
                                   const struct cluster_identity *cluster);
