"""One real control plane for the whole bench: API server, etcd, controllers, scheduler, and nodes by kwok, whose pods become
ready while nothing answers on their addresses."""
import base64
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "peers"
sys.path.insert(0, str(PEERS))
from api_client import Client  # noqa: E402

from audit import POLICY, Audit  # noqa: E402

NAME = "bench"
ACCOUNTS = "bench-operators"
FOREIGN = "bench-foreign"
SUBJECTS = ("ours", "other")
HANDS = 4  # connections that apply at once
SECONDS_MAX = 900


def account(subject):
    return f"system:serviceaccount:{ACCOUNTS}:{subject}"


def fail(what):
    raise SystemExit(f"bench: {what}")


def wait_for(what, look, seconds=SECONDS_MAX, step=0.2):
    end = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > end:
            fail(f"gave up waiting for {what} after {seconds} s")
        time.sleep(step)


class ControlPlane:
    def __init__(self, folder, is_hasty=False):
        """is_hasty: what is deleted may go while the next stage runs."""
        self.folder, self.is_hasty = pathlib.Path(folder), is_hasty
        policy = self.folder / "audit-policy.yaml"
        policy.write_text(POLICY.format(users=", ".join(["admin"] + [account(subject) for subject in SUBJECTS])))
        done = subprocess.run([PEERS / "kube-up", "--name", NAME, "--audit-policy", policy], stdout=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode:
            fail("the control plane does not start")
        self.admin_config = pathlib.Path(done.stdout.strip().splitlines()[-1])
        self.audit = Audit(self.admin_config.parent / "audit.log")
        self.clients = [Client(self.admin_config) for _ in range(HANDS)]
        self.kinds = {}

    def prepare(self):
        for namespace in (ACCOUNTS, FOREIGN):
            self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})

    def close(self):
        subprocess.run([PEERS / "kube-down", "--name", NAME], check=False)

    # ---- requests ----

    def send(self, method, path, body=None, content_type="application/json", client=None):
        """The answer; None when there is no such object."""
        status, answer = (client or self.clients[0]).send(method, path, body, content_type)
        if status == 404:
            return None
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {answer.get('message', answer)}")
        return answer

    def path(self, document):
        """Where an object lives, found by discovery as kubectl does."""
        version, kind = document["apiVersion"], document["kind"]
        if (version, kind) not in self.kinds:
            prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
            for row in wait_for(prefix, lambda: self.send("GET", prefix), 60)["resources"]:
                if "/" not in row["name"]:
                    self.kinds[version, row["kind"]] = (f"{prefix}/", row["name"], row["namespaced"])
        prefix, plural, is_namespaced = self.kinds[version, kind]
        metadata = document["metadata"]
        scope = f"namespaces/{metadata.get('namespace', 'default')}/" if is_namespaced else ""
        return f"{prefix}{scope}{plural}/{metadata['name']}"

    def apply(self, document, client=None):
        return self.send("PATCH", self.path(document) + "?fieldManager=bench&force=true", json.dumps(document),
                         "application/apply-patch+yaml", client)

    def apply_all(self, documents):
        """Applies by several hands; done when the last is answered."""
        for document in documents:
            self.path(document)  # what is not known yet is asked for here, by one hand
        def work(hand):
            for document in documents[hand::HANDS]:
                self.apply(document, self.clients[hand])
        with concurrent.futures.ThreadPoolExecutor(HANDS) as pool:
            list(pool.map(work, range(HANDS)))

    def delete(self, path):
        self.send("DELETE", path, {"propagationPolicy": "Background"})

    def list(self, prefix, namespace, plural):
        return (self.send("GET", f"{prefix}/namespaces/{namespace}/{plural}") or {}).get("items", [])

    # ---- what the bench needs there ----

    def kubeconfig(self, subject):
        """A kubeconfig of a user that the audit log tells from all others."""
        path = self.folder / f"{subject}.kubeconfig"
        if path.exists():
            return path
        metadata = {"name": subject, "namespace": ACCOUNTS}
        self.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        self.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                    "metadata": {"name": f"bench-{subject}"},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                    "subjects": [{"kind": "ServiceAccount", **metadata}]})
        token = self.send("POST", f"/api/v1/namespaces/{ACCOUNTS}/serviceaccounts/{subject}/token",
                          {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                           "spec": {"expirationSeconds": 86400}})["status"]["token"]
        config = yaml.safe_load(self.admin_config.read_text())
        config["users"] = [{"name": "admin", "user": {"token": token}}]
        config["contexts"][0]["context"].update(user="admin", namespace=ACCOUNTS)
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config))
        return path

    def install(self, folder):
        """Definitions of custom resources: a file, or a folder of them."""
        folder = pathlib.Path(folder)
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
        crds = [document for file in files for document in yaml.safe_load_all(file.read_text())
                if document and document.get("kind") == "CustomResourceDefinition"]
        if not crds:
            fail(f"{folder} holds no CustomResourceDefinition")
        for crd in crds:
            self.apply(crd)
        for crd in crds:
            wait_for(crd["metadata"]["name"], lambda crd=crd: any(
                row["type"] == "Established" and row["status"] == "True"
                for row in self.send("GET", self.path(crd))["status"].get("conditions", [])), 60)
        return crds

    def new_namespace(self, name):
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        wait_for(f"namespace {name}", lambda: self.send("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default"), 60)
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "neo4j-admin-secret", "namespace": name},
                    "stringData": {"username": "neo4j", "password": "a-Password-1"}})

    def delete_namespace(self, name, crs):
        """Takes away the custom resources (their operator is not running any more), then all else."""
        def work(hand):
            for path in crs[hand::HANDS]:
                if self.send("PATCH", path, '{"metadata":{"finalizers":null}}', "application/merge-patch+json",
                             self.clients[hand]):
                    self.send("DELETE", path, {"propagationPolicy": "Background"}, client=self.clients[hand])
        with concurrent.futures.ThreadPoolExecutor(HANDS) as pool:
            list(pool.map(work, range(HANDS)))
        self.delete(f"/api/v1/namespaces/{name}")
        if self.is_hasty:
            return
        wait_for(f"namespace {name} to go", lambda: self.send("GET", f"/api/v1/namespaces/{name}") is None, step=0.5)

    def foreign_secrets(self, count):
        data = base64.b64encode(os.urandom(1024)).decode()
        self.apply_all([{"apiVersion": "v1", "kind": "Secret", "data": {"value": data},
                         "metadata": {"name": f"foreign-{number}", "namespace": FOREIGN,
                                      "labels": {"app.kubernetes.io/name": "somebody"}}} for number in range(count)])

    def drop_foreign_secrets(self):
        self.delete(f"/api/v1/namespaces/{FOREIGN}/secrets")

    def ready_servers(self, namespace):
        """(StatefulSets, ready pods) of a namespace."""
        sets = self.list("/apis/apps/v1", namespace, "statefulsets")
        return len(sets), sum(item.get("status", {}).get("readyReplicas", 0) for item in sets)
