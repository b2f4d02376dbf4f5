#!/usr/bin/python3
"""What goes wrong is said, by name and with the remedy, without a busy loop; and once it is mended, all converges."""
import base64
import json
import pathlib
import time

import yaml

from world import GROUP, ROOT, ApiError, condition, manifest, run, wait_for


def log_lines(world):
    return [json.loads(line) for line in world.log().splitlines() if line.startswith("{")]


def wait_logged(world, *words):
    """A log line that has all the words."""
    def found():
        return [line for line in world.log().splitlines() if all(word in line for word in words)]
    return wait_for(f"a log line with {words}", found, 20)[0]


def edited_kubeconfig(world, edit):
    config = yaml.safe_load(world.kubeconfig.read_text())
    edit(config["clusters"][0]["cluster"], config["users"][0]["user"])
    path = world.directory / "edited-kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def assert_calm(world, operator, lines_max=8, seconds=3):
    """The operator waits: it neither ends nor fills the log."""
    before = len(log_lines(world))
    time.sleep(seconds)
    assert operator.poll() is None, "the operator ended: " + world.log()
    assert len(log_lines(world)) - before <= lines_max, world.log()


def wait_trouble(world, reason, *words):
    """The Ready condition has the reason and the words, and an event tells it."""
    found = world.wait_condition("graph", "Ready", reason)
    assert found["status"] == "False", found
    for word in words:
        assert word in found["message"], found
    wait_for(f"an event {reason}", lambda: [event for event in world.events("graph")
                                            if event["reason"] == reason and event["type"] == "Warning"])
    return found


def test_an_api_server_that_is_not_there_is_waited_for(world):
    def nowhere(cluster, user):
        cluster["server"] = "https://127.0.0.1:1"
    operator = world.operator(kubeconfig=edited_kubeconfig(world, nowhere))
    wait_logged(world, "waiting for the API server", "127.0.0.1")
    assert_calm(world, operator)


def test_a_wrong_authority_is_named_and_waited_for(world):
    other = pathlib.Path(ROOT / "tests" / "scenarios" / "other-ca.pem").read_bytes()

    def stranger(cluster, user):
        cluster["certificate-authority-data"] = base64.b64encode(other).decode()
    operator = world.operator(kubeconfig=edited_kubeconfig(world, stranger))
    line = wait_logged(world, "waiting for the API server", "certificate")
    assert line
    assert_calm(world, operator)


def service_account_token(world, name="operator"):
    world.kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}})
    answer = world.kube.request("POST", f"/api/v1/namespaces/default/serviceaccounts/{name}/token",
                                {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                 "spec": {"expirationSeconds": 3600}})
    return answer["status"]["token"]


def bind_operator(world, name="operator", without=None):
    """What the operator needs, for this service account; `without` a resource when one is named."""
    for document in yaml.safe_load_all((ROOT / "deploy" / "rbac.yaml").read_text()):
        if document["kind"] == "ClusterRole":
            document["rules"] = [rule for rule in document["rules"] if without not in rule["resources"]]
            world.kube.request("PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterroles/" + document["metadata"]["name"]
                               + "?fieldManager=scenario&force=true", json.dumps(document), "application/apply-patch+yaml")
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "operator"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                           "name": "neo4j-operator-manager-role"},
               "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}]}
    world.kube.request("PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/operator?fieldManager=scenario",
                       json.dumps(binding), "application/apply-patch+yaml")


def test_a_token_that_expired_is_read_again_when_it_was_renewed(world):
    token_file = world.directory / "token"
    token_file.write_text("expired.token.value")

    def with_token(cluster, user):
        user.clear()
        user["tokenFile"] = str(token_file)
    bind_operator(world)
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    operator = world.operator(kubeconfig=edited_kubeconfig(world, with_token))
    wait_logged(world, "waiting for the API server", "Unauthorized")
    assert "expired.token.value" not in world.log(), "a token must never be logged"
    assert_calm(world, operator)
    token_file.write_text(service_account_token(world))
    world.wait_ready("graph", seconds=60)


def test_without_permission_it_says_which_and_goes_on_once_it_has_it(world):
    token = service_account_token(world)

    def with_token(cluster, user):
        user.clear()
        user["token"] = token
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    operator = world.operator(kubeconfig=edited_kubeconfig(world, with_token))
    wait_logged(world, "waiting for the API server", "Forbidden")
    assert_calm(world, operator)
    bind_operator(world)
    world.wait_ready("graph", seconds=60)


def test_one_permission_that_is_missing_is_named_in_status_and_event(world):
    token = service_account_token(world)

    def with_token(cluster, user):
        user.clear()
        user["token"] = token
    bind_operator(world, without="poddisruptionbudgets")
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    operator = world.operator(kubeconfig=edited_kubeconfig(world, with_token))
    found = world.wait_condition("graph", "Ready", "Forbidden")
    assert found["status"] == "False" and "poddisruptionbudgets" in found["message"], found
    wait_for("an event", lambda: [event for event in world.events("graph") if "poddisruptionbudgets" in event["note"]])
    wait_logged(world, "poddisruptionbudgets", "Forbidden")
    assert_calm(world, operator)
    bind_operator(world)
    world.wait_ready("graph", seconds=60)


def test_the_least_permissions_that_are_shipped_are_enough(world):
    token = service_account_token(world)

    def with_token(cluster, user):
        user.clear()
        user["token"] = token
    bind_operator(world)
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.operator(kubeconfig=edited_kubeconfig(world, with_token))
    world.wait_ready("graph", seconds=60)
    world.kube.delete("Neo4jEnterpriseCluster", "default", "graph")
    wait_for("the cluster to go", lambda: world.cluster("graph") is None)
    assert "Forbidden" not in world.log(), world.log()


def test_a_missing_definition_of_the_kind_is_named_and_waited_for(world):
    name = "neo4jenterpriseclusters.neo4j.neo4j.com"
    crd = world.kube.request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name)
    world.kube.request("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name)
    operator = world.operator()
    wait_logged(world, "waiting for the API server", "neo4jenterpriseclusters")
    assert_calm(world, operator)
    crd["metadata"] = {"name": name}
    crd.pop("status", None)
    world.kube.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
    world.kube.secret()
    wait_for("the kind to be served", lambda: world.kube.request("GET", GROUP).get("resources"))
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph", seconds=60)


def test_a_missing_admin_secret_is_named(world):
    world.operator()
    world.kube.apply(manifest("graph"))
    wait_trouble(world, "AdminSecretMissing", "neo4j-admin-secret", "kubectl")
    assert not world.kube.list("StatefulSet", "default"), "no server may start without a password"
    world.kube.secret()
    world.wait_ready("graph")


def test_a_malformed_admin_secret_is_named_without_its_content(world):
    world.operator()
    world.kube.secret(password="-tooth/brush-77")
    world.kube.apply(manifest("graph"))
    found = wait_trouble(world, "AdminSecretInvalid", "password")
    assert "tooth" not in json.dumps(world.cluster("graph")) and "tooth" not in world.log(), found
    world.kube.secret()
    world.wait_ready("graph")


def test_a_storage_class_that_does_not_exist_is_named(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph", storage={"className": "golden", "size": "1Gi"}))
    wait_trouble(world, "StorageClassMissing", "golden")
    standard = world.kube.get("StorageClass", None, "standard")
    world.kube.apply({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "golden"},
                      "provisioner": standard["provisioner"]})
    world.wait_ready("graph", seconds=60)


def test_an_image_that_cannot_be_pulled_is_named_and_mended(world):
    world.operator()
    world.kube.secret()
    document = manifest("graph")
    document["spec"]["image"] = {"repo": "neo4j-mistyped", "tag": "5.26.0-enterprise"}
    world.kube.apply(document)
    wait_trouble(world, "ImagePullFailed", "spec.image.repo")
    document["spec"]["image"]["repo"] = "neo4j"
    world.kube.apply(document)
    world.wait_ready("graph", seconds=60)


def test_servers_that_crash_at_every_start_are_named_and_mended(world):
    world.operator()
    world.kube.secret()
    document = manifest("graph")
    document["spec"]["config"] = {"server.config.strict_validation.enabled": "true", "server.memory.nonsense": "1"}
    world.kube.apply(document)
    wait_trouble(world, "PodCrashLooping", "kubectl logs")
    document["spec"]["config"] = {"db.logs.query.enabled": "INFO"}
    world.kube.apply(document)
    world.wait_ready("graph", seconds=90)


def test_a_spec_that_cannot_be_is_refused_with_field_and_remedy(world):
    document = manifest("graph")
    document["spec"]["image"]["tag"] = "4.4.0-enterprise"
    try:
        world.kube.apply(document)
        raise AssertionError("the API server took a cluster of Neo4j 4.4")
    except ApiError as error:
        assert error.status == 422 and "spec.image.tag" in str(error) and "5.26" in str(error), error
    assert not world.kube.get("Neo4jEnterpriseCluster", "default", "graph")


def test_a_spec_from_before_the_rules_is_refused_with_field_and_remedy(world):
    crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/neo4jenterpriseclusters.neo4j.neo4j.com"

    def define(schema):
        world.kube.request("PATCH", crd, [{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema",
                                           "value": schema}], "application/json-patch+json")
    rules = world.kube.request("GET", crd)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    world.kube.secret()
    document = manifest("graph")
    document["spec"]["image"]["tag"] = "4.4.0-enterprise"
    define({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    world.kube.apply(document)
    define(rules)
    world.operator()
    found = wait_trouble(world, "ValidationFailed", "spec.image.tag", "5.26")
    assert not world.kube.list("StatefulSet", "default"), found
    document["spec"]["image"]["tag"] = "5.26.0-enterprise"
    world.kube.apply(document)
    world.wait_ready("graph")


if __name__ == "__main__":
    run(globals())
