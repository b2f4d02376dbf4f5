#!/usr/bin/python3
"""Manifests as users have them: each applies and becomes Ready with what it asks for; what has no effect yet is named."""
import subprocess

import yaml

from world import BUILD, ROOT, condition, run

MANIFESTS = ROOT / "tests" / "scenarios" / "manifests"


def form(world, name):
    """Applies a manifest and answers the Ready cluster and its StatefulSet."""
    document = yaml.safe_load((MANIFESTS / f"{name}.yaml").read_text())
    document["metadata"]["namespace"] = "default"
    world.operator()
    world.kube.secret(password="a-Password-1234")
    world.kube.apply(document)
    cluster = world.wait_ready(name, seconds=60)
    servers = document["spec"]["topology"]["servers"]
    assert cluster["status"]["readyServers"] == servers, cluster["status"]
    server_set = world.kube.get("StatefulSet", "default", f"{name}-server")
    assert server_set["spec"]["replicas"] == servers
    storage = document["spec"].get("storage", {})
    claim = server_set["spec"]["volumeClaimTemplates"][0]["spec"]
    assert claim["resources"]["requests"]["storage"] == storage.get("size", "10Gi"), claim
    assert claim.get("storageClassName") == storage.get("className"), claim
    container = server_set["spec"]["template"]["spec"]["containers"][0]
    for kind, amounts in document["spec"].get("resources", {}).items():
        assert {key: str(value) for key, value in amounts.items()} == container["resources"][kind], container["resources"]
    return cluster, server_set


def without_effect(cluster):
    return condition(cluster, "FieldsWithoutEffect")


def test_basic(world):
    cluster, _ = form(world, "basic")
    assert without_effect(cluster)["status"] == "False", without_effect(cluster)


def test_monitored_names_backups_and_monitoring(world):
    cluster, _ = form(world, "monitored")
    for field in ("spec.backups", "spec.queryMonitoring"):
        assert field in without_effect(cluster)["message"], without_effect(cluster)
    assert "ValidationWarning" in {event["reason"] for event in world.events("monitored")}


def test_public_gets_its_load_balancer(world):
    form(world, "public")
    service = world.kube.get("Service", "default", "public-client")["spec"]
    assert service["type"] == "LoadBalancer" and service["externalTrafficPolicy"] == "Local", service
    assert service["loadBalancerSourceRanges"] == ["10.0.0.0/8", "172.16.0.0/12"], service


def test_roles_are_set_and_placement_is_named(world):
    cluster, _ = form(world, "roles")
    modes = [cluster["status"]["replicas"][f"roles-server-{i}"]["modeConstraint"] for i in range(5)]
    assert modes == ["PRIMARY", "PRIMARY", "SECONDARY", "SECONDARY", "NONE"], modes
    assert "spec.topology.placement" in without_effect(cluster)["message"], without_effect(cluster)


def test_many_forms_from_a_topology_alone(world):
    cluster, _ = form(world, "many")
    assert cluster["status"]["version"] == "5.26.0"


def test_dev_forms_with_two_servers(world):
    cluster, _ = form(world, "dev")
    assert "TopologyWarning" in {event["reason"] for event in world.events("dev")}
    assert without_effect(cluster)["status"] == "False", without_effect(cluster)


def test_ingress_names_tls_and_ingress(world):
    cluster, _ = form(world, "ingress")
    for field in ("spec.tls", "spec.service.ingress"):
        assert field in without_effect(cluster)["message"], without_effect(cluster)
    assert "bolt+s" not in cluster["status"]["endpoints"]["connectionExamples"]["boltURI"], "nothing pretends"


def test_production_names_placement_and_tls(world):
    cluster, _ = form(world, "production")
    for field in ("spec.tls", "spec.topology.placement", "spec.topology.enforceDistribution"):
        assert field in without_effect(cluster)["message"], without_effect(cluster)


def test_a_mistyped_group_is_answered_with_the_right_one(world):
    directory = world.directory / "mistyped"
    sandbox = BUILD / "neo4j-sandbox"
    try:
        done = subprocess.run([sandbox, "start", "--detach", "--dir", directory, "--apply",
                               MANIFESTS / "sharding-mistyped-group.yaml"], capture_output=True, text=True)
    finally:
        subprocess.run([sandbox, "stop", "--dir", directory], check=True, stdout=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "neo4j.com/v1alpha1" in said and "apiVersion: neo4j.neo4j.com/v1alpha1" in said, said


if __name__ == "__main__":
    run(globals())
