#!/usr/bin/python3
"""Sends the writes of tests/sim/data/writes.yaml to a real API server and records what came of each.

    record_apply.py KUBECONFIG            writes tests/sim/data/writes.json
    record_apply.py KUBECONFIG --check    fails when the server answers otherwise than the file says
    ... --only WORDS                      only the cases whose names hold the words; writes nothing

tests/sim/test_writes.c replays the same writes against the sandbox's code. Controllers must not write in
between: stop kube-controller-manager and kube-scheduler first, once the namespace "default" is there.
Each step starts with a new second, so that times in managedFields tell which step set them: "T1" is the first.
"""
import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import ssl
import sys
import tempfile
import time

import yaml

DATA = pathlib.Path(__file__).resolve().parent.parent / "sim" / "data"
NAMESPACE = "record-apply"
PATCHES = {"apply": "application/apply-patch+yaml", "merge": "application/merge-patch+json",
           "json": "application/json-patch+json", "strategic": "application/strategic-merge-patch+json"}
PLURALS = {"NetworkPolicy": "networkpolicies", "StorageClass": "storageclasses", "Ingress": "ingresses",
           "Endpoints": "endpoints", "PriorityClass": "priorityclasses"}
CLUSTER_SCOPED = {"StorageClass", "ClusterRole", "ClusterRoleBinding", "Namespace", "PersistentVolume", "Node",
                  "CustomResourceDefinition", "PriorityClass"}
VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "generation")


class Server:
    """The API server of a kubeconfig's current context, with a client certificate."""

    def __init__(self, path):
        config = yaml.safe_load(open(path))
        context = next(c for c in config["contexts"] if c["name"] == config["current-context"])["context"]
        cluster = next(c for c in config["clusters"] if c["name"] == context["cluster"])["cluster"]
        user = next(u for u in config["users"] if u["name"] == context["user"])["user"]
        self.address = cluster["server"].split("//")[1]
        self.tls = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.TemporaryDirectory() as folder:
            for name in ("client-certificate", "client-key"):
                with open(os.path.join(folder, name), "wb", opener=lambda p, f: os.open(p, f, 0o600)) as out:
                    out.write(base64.b64decode(user[name + "-data"]))
            self.tls.load_cert_chain(os.path.join(folder, "client-certificate"),
                                     os.path.join(folder, "client-key"))

    def call(self, method, path, body=None, content_type="application/json"):
        connection = http.client.HTTPSConnection(self.address, context=self.tls, timeout=30)
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        warnings = [json.loads(w[w.index('"'):]) for w in answer.headers.get_all("Warning") or []]
        connection.close()
        return answer.status, json.loads(text), warnings


def plural(kind):
    return PLURALS.get(kind, kind.lower() + "s")


def path_of(case, name=None):
    version = case["apiVersion"]
    path = ("/apis/" if "/" in version else "/api/") + version
    if case["kind"] not in CLUSTER_SCOPED:
        path += "/namespaces/" + NAMESPACE
    path += "/" + plural(case["kind"])
    return path + "/" + name if name else path


def send(server, case, step):
    """One step: its operation is the key that says so, its value the body."""
    operation = next(k for k in step if k in PATCHES or k in ("create", "update"))
    body = step[operation]
    name = case["metadata"]["name"]
    query = "?fieldManager=" + step.get("manager", "tester")
    if step.get("force"):
        query += "&force=true"
    if "validation" in step:
        query += "&fieldValidation=" + step["validation"]
    if operation in ("create", "update", "apply"):
        body = {"apiVersion": case["apiVersion"], "kind": case["kind"], **body}
        body["metadata"] = {**case["metadata"], **body.get("metadata", {})}
    if operation == "create":
        return server.call("POST", path_of(case) + query, body)
    path = path_of(case, name) + ("/" + step["subresource"] if "subresource" in step else "") + query
    if operation == "update":
        return server.call("PUT", path, body)
    return server.call("PATCH", path, body, PATCHES[operation])


def normalized(document, seconds):
    """The answer without what differs from run to run."""
    metadata = document.get("metadata", {})
    for name in VOLATILE:
        metadata.pop(name, None)
    if metadata.get("namespace") == NAMESPACE:
        del metadata["namespace"]
    for entry in metadata.get("managedFields", []):
        if "time" in entry:
            entry["time"] = seconds.get(entry["time"], "?")
    return document


def delete(server, path):
    """At once, whatever its finalizers."""
    server.call("DELETE", path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
    server.call("PATCH", path, {"metadata": {"finalizers": None}}, PATCHES["merge"])


def record(server, case):
    path = path_of(case, case["metadata"]["name"])
    delete(server, path)
    seconds, steps = {}, []
    for number, step in enumerate(case["steps"], 1):
        time.sleep(1.01 - time.time() % 1)
        seconds[time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())] = "T%d" % number
        status, answer, warnings = send(server, case, step)
        text = json.dumps(normalized(answer, seconds)).replace(NAMESPACE + "/", "/")
        result = {"code": status, "answer": json.loads(text)}
        if warnings:
            result["warnings"] = warnings
        steps.append({**step, "result": result})
    delete(server, path)
    return {**case, "steps": steps}


def without(document, path):
    """Removes what a dotted path leads to."""
    *parents, last = path.split(".")
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document.get(part, {})
    if isinstance(document, dict):
        document.pop(last, None)


def comparable(case):
    """A recorded case without what the server allocates, and errors in an order of their own."""
    case = json.loads(json.dumps(case))
    for answer in (step["result"]["answer"] for step in case["steps"]):
        for path in case.get("ignore", []):
            if answer.get("kind") != "Status":
                without(answer, path)
        causes = answer.get("details", {}).get("causes", []) if answer.get("kind") == "Status" else []
        if len(causes) > 1:
            causes.sort(key=json.dumps)
            del answer["message"]
    return case


def printed(crds, cases):
    """JSON with a line for each CRD, case and step."""
    def lines(items):
        return ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)

    texts = []
    for case in cases:
        head = json.dumps({k: v for k, v in case.items() if k != "steps"}, separators=(",", ":"))
        texts.append('%s,"steps":[\n%s]}' % (head[:-1], lines(case["steps"])))
    return '{"crds":[\n%s],\n"cases":[\n%s]}\n' % (lines(crds), ",\n".join(texts))


def prepare(server, crds):
    """The namespace and the custom kinds that the writes need."""
    server.call("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    server.call("POST", "/api/v1/namespaces/%s/serviceaccounts" % NAMESPACE, {"metadata": {"name": "default"}})
    for crd in crds:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        server.call("DELETE", path + "/" + crd["metadata"]["name"])
        time.sleep(1)
        status, answer, _ = server.call("POST", path, crd)
        if status >= 300:
            sys.exit("CRD %s: %s" % (crd["metadata"]["name"], answer["message"]))
    time.sleep(2)


def same_alone(server, case, recorded):
    """Sends a case once more and prints the first step that comes out otherwise than recorded."""
    answered = comparable(record(server, case))
    if answered == recorded:
        return True
    print("# differs: " + case["name"])
    for before, now in zip((recorded or {}).get("steps", []), answered["steps"]):
        if before != now:
            print("#   recorded %s\n#   now      %s" % (json.dumps(before)[:1500], json.dumps(now)[:1500]))
            break
    return False


def main():
    server = Server(sys.argv[1])
    document = yaml.safe_load((DATA / "writes.yaml").read_text())
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else None
    prepare(server, document["crds"])
    wanted = [case for case in document["cases"] if only is None or only in case["name"]]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        cases = list(pool.map(lambda case: record(server, case), wanted))
    if only is not None:
        print(json.dumps(cases, indent=1))
        return
    text = printed(document["crds"], cases)
    if "--check" in sys.argv:
        recorded = {c["name"]: comparable(c) for c in json.loads((DATA / "writes.json").read_text())["cases"]}
        different = [case for case, answered in zip(wanted, cases) if recorded.get(case["name"]) != comparable(answered)]
        # A step that took longer than its second has its times misread: such a case is sent again, alone.
        different = [case for case in different if not same_alone(server, case, recorded.get(case["name"]))]
        sys.exit(bool(different))
    (DATA / "writes.json").write_text(text)


if __name__ == "__main__":
    main()
