"""What scenarios share: a world (API server, node, simulated servers), an operator in it, and a small API client.

A scenario is a Python program with functions named test_…; run() calls each in a world of its own and prints TAP. The
world is the sandbox, or, with SCENARIO_KUBECONFIG set, an API server that runs already with a node behind it.
Only Debian's python3 and python3-yaml are used.
"""
import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SCENARIO_BUILD", ROOT / "build"))
SEEDS = ROOT / "tests" / "scenarios" / "manifests"
GROUP = "/apis/neo4j.neo4j.com/v1alpha1"

PATHS = {
    "Neo4jEnterpriseCluster": (GROUP, "neo4jenterpriseclusters"),
    "Secret": ("/api/v1", "secrets"),
    "ConfigMap": ("/api/v1", "configmaps"),
    "Service": ("/api/v1", "services"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "Pod": ("/api/v1", "pods"),
    "PersistentVolumeClaim": ("/api/v1", "persistentvolumeclaims"),
    "StatefulSet": ("/apis/apps/v1", "statefulsets"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "Event": ("/apis/events.k8s.io/v1", "events"),
    "Namespace": ("/api/v1", "namespaces"),
    "StorageClass": ("/apis/storage.k8s.io/v1", "storageclasses"),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions"),
}
CLUSTER_SCOPED = {"Namespace", "StorageClass", "CustomResourceDefinition"}


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body.get('message', body)}")
        self.status = status
        self.body = body


class Kube:
    """A client of an API server, from a kubeconfig with a client certificate or a token."""

    def __init__(self, kubeconfig):
        config = yaml.safe_load(pathlib.Path(kubeconfig).read_text())
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.url = urllib.parse.urlsplit(cluster["server"])
        self.context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self.headers = {"User-Agent": "scenario"}
        if "token" in user:
            self.headers["Authorization"] = "Bearer " + user["token"]
        if "client-certificate-data" in user:
            with tempfile.NamedTemporaryFile() as pem:
                pem.write(base64.b64decode(user["client-certificate-data"]))
                pem.write(base64.b64decode(user["client-key-data"]))
                pem.flush()
                self.context.load_cert_chain(pem.name)

    def request(self, method, path, body=None, content_type="application/json"):
        connection = http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.context, timeout=20)
        try:
            data = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
            connection.request(method, path, data, {**self.headers, "Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode()
            try:
                value = json.loads(text)
            except ValueError:
                value = {"message": text}
            if answer.status >= 400:
                raise ApiError(answer.status, value)
            return value
        finally:
            connection.close()

    def path(self, kind, namespace, name=None, subresource=None):
        prefix, plural = PATHS[kind]
        scope = "" if kind in CLUSTER_SCOPED or not namespace else f"/namespaces/{namespace}"
        tail = (f"/{name}" if name else "") + (f"/{subresource}" if subresource else "")
        return f"{prefix}{scope}/{plural}{tail}"

    def get(self, kind, namespace, name):
        try:
            return self.request("GET", self.path(kind, namespace, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, kind, namespace=None, query=""):
        return self.request("GET", self.path(kind, namespace) + query)["items"]

    def apply(self, document, namespace="default"):
        """Server-side apply of one object."""
        metadata = document["metadata"]
        namespace = metadata.get("namespace", namespace)
        path = self.path(document["kind"], namespace, metadata["name"])
        return self.request("PATCH", path + "?fieldManager=scenario&force=true&fieldValidation=Strict",
                            json.dumps(document), "application/apply-patch+yaml")

    def patch(self, kind, namespace, name, patch):
        return self.request("PATCH", self.path(kind, namespace, name), patch, "application/merge-patch+json")

    def delete(self, kind, namespace, name, **options):
        return self.request("DELETE", self.path(kind, namespace, name), options or None)

    def secret(self, name="neo4j-admin-secret", namespace="default", password="a-Password-1"):
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace},
                    "stringData": {"username": "neo4j", "password": password}})


def wait_for(what, look, seconds=30, step=0.05):
    """Calls look() until it answers something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"gave up waiting for {what} after {seconds} s")
        time.sleep(step)


def condition(cluster, kind):
    for item in (cluster or {}).get("status", {}).get("conditions", []):
        if item["type"] == kind:
            return item
    return {}


class World:
    """An API server with a node, and operators that can be started and killed in it."""

    def __init__(self, *sandbox_options):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="scenario-"))
        self.operators = []
        self.sandbox = None
        given = os.environ.get("SCENARIO_KUBECONFIG")
        if given:
            self.kubeconfig = pathlib.Path(given)
        else:
            self.kubeconfig = self.directory / "kubeconfig"
            log = open(self.directory / "sandbox.log", "wb")
            self.sandbox = subprocess.Popen([BUILD / "neo4j-sandbox", "run", "--dir", self.directory, *sandbox_options],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            wait_for("the sandbox's kubeconfig", self.kubeconfig.exists, 10)
        self.kube = Kube(self.kubeconfig)
        wait_for("the API server", self.answers, 20)
        if given:
            self.sweep()

    def sweep(self):
        """A server that serves several scenarios: takes away what the one before left."""
        for cluster in self.kube.list("Neo4jEnterpriseCluster", "default"):
            if cluster["metadata"].get("finalizers"):
                self.kube.patch("Neo4jEnterpriseCluster", "default", cluster["metadata"]["name"],
                                {"metadata": {"finalizers": None}})
            self.kube.delete("Neo4jEnterpriseCluster", "default", cluster["metadata"]["name"])
        wait_for("the pods to go", lambda: not self.kube.list("Pod", "default"), 120)
        self.kube.request("DELETE", "/api/v1/namespaces/default/persistentvolumeclaims")
        self.kube.request("DELETE", "/apis/events.k8s.io/v1/namespaces/default/events")
        for kind, name in (("Secret", "neo4j-admin-secret"), ("ConfigMap", "graph-config")):
            if self.kube.get(kind, "default", name):
                self.kube.delete(kind, "default", name)
        wait_for("what it owned to go", lambda: not [
            item for kind in ("StatefulSet", "Service", "ConfigMap", "Role", "PersistentVolumeClaim")
            for item in self.kube.list(kind, "default", "?labelSelector=app.kubernetes.io/managed-by%3Dneo4j-operator")],
                 120)

    def operator_requests(self):
        """How many requests operators have sent so far, by verb: counted by the API server."""
        total = {}
        audit = os.environ.get("SCENARIO_AUDIT")
        if audit:
            for line in pathlib.Path(audit).read_text().splitlines():
                entry = json.loads(line)
                if entry.get("userAgent", "").startswith("neo4j-operator"):
                    total[entry["verb"]] = total.get(entry["verb"], 0) + 1
        else:
            for row in self.kube.request("GET", "/sandbox/requests")["requests"]:
                if row["userAgent"].startswith("neo4j-operator"):
                    total[row["verb"]] = total.get(row["verb"], 0) + row["count"]
        return total

    def answers(self):
        assert not self.sandbox or self.sandbox.poll() is None, "the sandbox ended: " + self.log("sandbox.log")
        try:
            self.kube.request("GET", "/readyz")
            return True
        except ApiError:
            return False
        except OSError:
            return False

    def operator(self, *options, kubeconfig=None, environment=None, command=None):
        """Starts one. command: the words that start another program than the one of this build."""
        log = open(self.directory / "operator.log", "ab")
        operator = subprocess.Popen([*(command or [BUILD / "neo4j-operator"]),
                                     "--kubeconfig", kubeconfig or self.kubeconfig, *options],
                                    stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                    env={**os.environ, **(environment or {})})
        self.operators.append(operator)
        return operator

    def stop(self, process, how=signal.SIGTERM, seconds=20):
        process.send_signal(how)
        process.wait(seconds)
        if process in self.operators:
            self.operators.remove(process)
        return process.returncode

    def log(self, name="operator.log"):
        path = self.directory / name
        return path.read_text(errors="replace") if path.exists() else ""

    def cluster(self, name, namespace="default"):
        return self.kube.get("Neo4jEnterpriseCluster", namespace, name)

    def wait_ready(self, name, namespace="default", seconds=30):
        def ready():
            cluster = self.cluster(name, namespace)
            return cluster if condition(cluster, "Ready").get("status") == "True" else None
        try:
            return wait_for(f"cluster {name} to be Ready", ready, seconds)
        except AssertionError as error:
            status = (self.cluster(name, namespace) or {}).get("status", {})
            raise AssertionError(f"{error}; status says: {status.get('phase')}: {status.get('message')}") from None

    def wait_condition(self, name, kind, reason, namespace="default", seconds=30):
        def holds():
            found = condition(self.cluster(name, namespace), kind)
            return found if found.get("reason") == reason else None
        try:
            return wait_for(f"condition {kind}/{reason} of {name}", holds, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it says: {condition(self.cluster(name, namespace), kind)}") from None

    def events(self, name, namespace="default"):
        return [event for event in self.kube.list("Event", namespace)
                if event.get("regarding", {}).get("name") == name]

    def close(self, failed=False):
        for operator in list(self.operators):
            if operator.poll() is None:
                self.stop(operator, signal.SIGKILL)
        if self.sandbox:
            if self.sandbox.poll() is None:
                self.sandbox.terminate()
                try:
                    self.sandbox.wait(10)
                except subprocess.TimeoutExpired:
                    self.sandbox.kill()
                    self.sandbox.wait()
        if failed:
            for name in ("operator.log", "sandbox.log"):
                for line in self.log(name).splitlines()[-30:]:
                    print(f"# {name}: {line}")
        shutil.rmtree(self.directory, ignore_errors=True)


def manifest(name, servers=3, **spec):
    """A small cluster that forms fast."""
    return {"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jEnterpriseCluster",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"image": {"repo": "neo4j", "tag": "5.26.0-enterprise"}, "topology": {"servers": servers},
                     "storage": {"className": "standard", "size": "1Gi"},
                     "auth": {"adminSecret": "neo4j-admin-secret"}, **spec}}


def run(tests):
    """Runs functions test_…(world), each in its own world, and prints TAP. Arguments: parts of names to run."""
    wanted = [test for name, test in tests.items()
              if name.startswith("test_") and (len(sys.argv) < 2 or any(part in name for part in sys.argv[1:]))]
    print(f"1..{len(wanted)}")
    failures = 0
    for number, test in enumerate(wanted, 1):
        sentence = test.__name__[len("test_"):].replace("_", " ")
        world = None
        try:
            world = World(*getattr(test, "sandbox_options", ()))
            test(world)
            print(f"ok {number} - {sentence}", flush=True)
            world.close()
        except Exception:  # a test that breaks in any way has failed
            failures += 1
            print(f"not ok {number} - {sentence}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            if world:
                world.close(failed=True)
            sys.stdout.flush()
    sys.exit(1 if failures else 0)
