#include "sandbox/hints.h"

#include "sandbox/directory.h"

#include <stdio.h>

/* The first cluster, or NULL. */
static const struct json *first_cluster(struct kube *kube, struct arena *arena) {
    struct json *clusters;
    if (!kube_list(kube, arena, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, NULL, NULL, &clusters, NULL))
        return NULL;
    return json_item(clusters, 0);
}

/* The address of the cluster's first server that has one, or NULL. */
static const char *server_address(struct kube *kube, struct arena *arena, const char *namespace,
                                  const char *cluster) {
    const char *selector = arena_printf(arena, "neo4j.com/cluster=%s", cluster);
    struct json *pods;
    if (!kube_list(kube, arena, &KUBE_PODS, namespace, selector, &pods, NULL))
        return NULL;
    JSON_FOR_EACH_ITEM (pod, pods) {
        const char *address = json_string_at(pod, "status.podIP", NULL);
        if (address)
            return address;
    }
    return NULL;
}

static void print_cluster(struct kube *kube, struct arena *arena, const struct json *cluster) {
    const char *name = json_string_at(cluster, "metadata.name", "");
    const char *namespace = json_string_at(cluster, "metadata.namespace", "default");
    const char *secret = json_string_at(cluster, "spec.auth.adminSecret", "neo4j-admin-secret");
    const char *address = server_address(kube, arena, namespace, name);

    printf("  kubectl get neo4jenterpriseclusters,statefulsets,pods,services,persistentvolumeclaims\n"
           "  kubectl describe neo4jenterprisecluster %s\n"
           "  kubectl logs %s-server-0\n",
           name, name);
    if (!address)
        return;
    printf(
        "\nWith a Neo4j driver (pip install neo4j):\n\n"
        "  export NEO4J_PASSWORD=$(kubectl get secret %s -n %s -o jsonpath='{.data.password}' | base64 -d)\n"
        "  python3 - <<'END'\n"
        "  import os\n"
        "  from neo4j import GraphDatabase\n"
        "  with GraphDatabase.driver(\"neo4j://%s:7687\", auth=(\"neo4j\", os.environ[\"NEO4J_PASSWORD\"])) "
        "as "
        "driver:\n"
        "      for server in driver.execute_query(\"SHOW SERVERS\", database_=\"system\").records:\n"
        "          print(server[\"name\"], server[\"address\"], server[\"state\"], server[\"health\"])\n"
        "  END\n",
        secret, namespace, address);
}

void hints_print(struct kube *kube, const char *directory) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *cluster = first_cluster(kube, arena);

    printf("\n  export KUBECONFIG=%s\n", directory_file(arena, directory, DIRECTORY_KUBECONFIG));
    if (cluster)
        print_cluster(kube, arena, cluster);
    else
        printf("  kubectl get nodes\n"
               "  kubectl apply -f examples/quickstart.yaml\n"
               "  kubectl explain neo4jenterprisecluster.spec\n");
}
