#!/usr/bin/python3
"""A cluster forms: from an applied manifest to a status that a person can read."""
import json
import random
import signal
import time

from world import condition, manifest, run, wait_for

OWNED = ["StatefulSet", "Service", "ConfigMap", "ServiceAccount", "Role", "RoleBinding", "PodDisruptionBudget"]


def owned(world, cluster):
    uid = cluster["metadata"]["uid"]
    found = {}
    for kind in OWNED:
        for item in world.kube.list(kind, "default"):
            if any(owner["uid"] == uid for owner in item["metadata"].get("ownerReferences", [])):
                found[f"{kind}/{item['metadata']['name']}"] = item
    return found


def test_three_servers_form_and_status_says_so(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    cluster = world.wait_ready("graph")
    status = cluster["status"]
    assert status["phase"] == "Ready" and status["ready"] is True, status
    assert status["observedGeneration"] == cluster["metadata"]["generation"]
    assert status["readyServers"] == 3 and len(status["replicas"]) == 3, status
    assert status["clusterID"] and status["version"] == "5.26.0", status
    for replica in status["replicas"].values():
        assert replica["state"] == "Enabled" and replica["health"] == "Available", replica
    assert "neo4j://" in status["endpoints"]["connectionExamples"]["neo4jURI"]
    assert set(owned(world, cluster)) == {
        "StatefulSet/graph-server", "Service/graph-headless", "Service/graph-internals", "Service/graph-client",
        "Service/graph-server-0", "Service/graph-server-1", "Service/graph-server-2", "ConfigMap/graph-config",
        "ServiceAccount/graph-discovery", "Role/graph-discovery", "RoleBinding/graph-discovery",
        "PodDisruptionBudget/graph-server"}
    reasons = {event["reason"] for event in world.events("graph")}
    assert {"ClusterFormationStarted", "ClusterReady"} <= reasons, reasons


def test_a_calendar_version_forms_too(world):
    world.operator()
    world.kube.secret()
    document = manifest("graph")
    document["spec"]["image"]["tag"] = "2025.10.1-enterprise"
    world.kube.apply(document)
    assert world.wait_ready("graph")["status"]["version"] == "2025.10.1"


def test_an_admin_secret_is_made_where_none_is_named(world):
    world.operator()
    document = manifest("graph")
    del document["spec"]["auth"]
    world.kube.apply(document)
    world.wait_ready("graph")
    secret = world.kube.get("Secret", "default", "neo4j-admin-secret")
    assert secret and set(secret["data"]) == {"username", "password"}
    assert not secret["metadata"].get("ownerReferences"), "the volumes outlive the cluster, so must the password"


def test_the_default_database_may_live_on_a_server_that_roles_allow(world):
    world.operator()
    world.kube.secret()
    roles = [{"serverIndex": 0, "modeConstraint": "PRIMARY"}, {"serverIndex": 2, "modeConstraint": "SECONDARY"}]
    world.kube.apply(manifest("graph", topology={"servers": 3, "serverRoles": roles}))
    replicas = world.wait_ready("graph")["status"]["replicas"]
    modes = [replicas[f"graph-server-{i}"]["modeConstraint"] for i in range(3)]
    assert modes == ["PRIMARY", "NONE", "SECONDARY"], modes


def test_more_servers_join_without_a_restart_of_the_others(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph")
    before = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in world.kube.list("Pod", "default")}
    world.kube.apply(manifest("graph", servers=5))
    wait_for("five servers", lambda: world.cluster("graph")["status"].get("readyServers") == 5)
    world.wait_ready("graph")
    after = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in world.kube.list("Pod", "default")}
    assert {name: after[name] for name in before} == before


def test_deleting_a_cluster_takes_its_objects_and_leaves_its_volumes(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph")
    world.kube.delete("Neo4jEnterpriseCluster", "default", "graph")
    wait_for("the cluster to go", lambda: world.cluster("graph") is None)
    wait_for("its pods to go", lambda: not world.kube.list("Pod", "default"))
    wait_for("its Services to go", lambda: not [service for service in world.kube.list("Service", "default")
                                                if service["metadata"]["name"].startswith("graph")])
    assert len(world.kube.list("PersistentVolumeClaim", "default")) == 3
    notes = [event["note"] for event in world.events("graph") if event["reason"] == "VolumesRetained"]
    assert notes and "data-graph-server-0" in notes[0], notes


def test_a_cluster_made_again_takes_its_volumes_up(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    first = world.wait_ready("graph")["status"]["clusterID"]
    world.kube.delete("Neo4jEnterpriseCluster", "default", "graph")
    wait_for("its pods to go", lambda: not world.kube.list("Pod", "default"))
    wait_for("the cluster to go", lambda: world.cluster("graph") is None)
    world.kube.apply(manifest("graph"))
    assert world.wait_ready("graph", seconds=60)["status"]["clusterID"] == first


def test_what_somebody_changed_is_put_right(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph")
    world.kube.patch("Service", "default", "graph-client", {"spec": {"selector": {"neo4j.com/cluster": "other"}}})
    wait_for("the selector", lambda: world.kube.get("Service", "default", "graph-client")["spec"]["selector"]
             .get("neo4j.com/cluster") == "graph")
    world.kube.delete("ConfigMap", "default", "graph-config")
    wait_for("the ConfigMap", lambda: world.kube.get("ConfigMap", "default", "graph-config"))


def test_an_object_of_somebody_else_is_not_taken_over(world):
    world.operator()
    world.kube.secret()
    world.kube.apply({"apiVersion": "v1", "kind": "ConfigMap",
                      "metadata": {"name": "graph-config", "namespace": "default"}, "data": {"mine": "yes"}})
    world.kube.apply(manifest("graph"))
    found = wait_for("the refusal", lambda: (lambda c: c if "not made by the operator" in c.get("message", "") else None)(
        condition(world.cluster("graph"), "Ready")))
    assert found["status"] == "False" and "graph-config" in found["message"], found
    assert world.kube.get("ConfigMap", "default", "graph-config")["data"] == {"mine": "yes"}
    world.kube.delete("ConfigMap", "default", "graph-config")
    world.wait_ready("graph", seconds=60)


def test_killed_at_fifty_moments_it_converges_without_duplicates_or_restarts(world):
    moments = random.Random(50)
    world.kube.secret()
    names = []
    kills = 0
    while kills < 50:
        name = f"graph-{len(names)}"
        names.append(name)
        world.kube.apply(manifest(name))
        for _ in range(10):
            operator = world.operator()
            time.sleep(moments.uniform(0.005, 0.25))
            world.stop(operator, signal.SIGKILL)
            kills += 1
        world.operator()
        cluster = world.wait_ready(name, seconds=60)
        assert len(owned(world, cluster)) == 12, sorted(owned(world, cluster))
        world.stop(world.operators[-1], signal.SIGKILL)
    for pod in world.kube.list("Pod", "default"):
        statuses = pod["status"]["containerStatuses"]
        assert all(status["restartCount"] == 0 for status in statuses), pod["metadata"]["name"]
    sets = {item["metadata"]["name"]: item for item in world.kube.list("StatefulSet", "default")}
    assert len(sets) == len(names)
    for item in sets.values():
        assert item["status"]["currentRevision"] == item["status"]["updateRevision"], "the template never changed"


if __name__ == "__main__":
    run(globals())
