#!/usr/bin/python3
"""The programs with their real threads under wishes and faults: built with ThreadSanitizer, for as long as one likes.

Two operators with leader election run in one sandbox while users edit, delete and come back, pods and nodes go,
operators are killed, stopped and started, clients write, and webhooks get requests, whole and broken. At the end every
cluster must be Ready with its volumes, its identity and all writes that were acknowledged, nothing may be written at rest,
and ThreadSanitizer must have said nothing.
What is chosen comes from the seed; when it happens does not repeat exactly, as threads don't.
"""
import argparse
import base64
import collections
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import threading
import time
import traceback

from world import BUILD, PATHS, ApiError, World, condition, manifest, wait_for

NODES = 4
LOST_LEAD = 3  # what an operator exits with that stood still while another one took the lead
SETTLE_SECONDS = 300
REST_SECONDS = 10
MEMORY_KIB_MAX = 512 * 1024  # ThreadSanitizer takes several times what the program takes
CERTIFICATE = "neo4j-operator-webhook-certificate"
RIGHT, WRONG = "a-Password-1", "a-Password-2"

EDITS = [
    {"config": {"db.logs.query.threshold": "1s"}}, {"config": {"db.logs.query.threshold": None}},
    {"additionalConfig": ["server.logs.gc.enabled=true"]}, {"additionalConfig": None},
    {"service": {"type": "LoadBalancer"}}, {"service": {"type": "ClusterIP"}},
    {"service": {"annotations": {"example.com/team": "graph"}}}, {"service": {"annotations": None}},
    {"labels": {"example.com/stage": "production"}}, {"labels": None},
    {"podLabels": {"example.com/cost": "high"}}, {"podLabels": None},
    {"env": [{"name": "EXAMPLE", "value": "one"}]}, {"env": None},
    {"nodeSelector": {"kubernetes.io/os": "linux"}}, {"nodeSelector": None},
    {"resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}}}, {"resources": None},
    {"topology": {"servers": 1}},  # refused
]
BREAKS = [
    {"image": {"repo": "nowhere.example/neo4x"}}, {"nodeSelector": {"example.com/no": "where"}},
    {"config": {"server.memory.pagecache.size": "plenty"}}, {"auth": {"adminSecret": "not-there"}},
    {"serviceAccountName": "nobody"},
]
MENDED = {"image": {"repo": "neo4j"}, "nodeSelector": None, "config": None, "serviceAccountName": None,
          "auth": {"adminSecret": "neo4j-admin-secret"}, "resources": None}
OWNED = [("Service", "client"), ("ConfigMap", "config"), ("PodDisruptionBudget", "server"), ("Service", "internals")]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Client:
    """Writes numbered entries to a cluster's default database, by the Query API, and remembers which are safe."""

    def __init__(self, kube, cluster):
        self.kube, self.cluster, self.last, self.acknowledged = kube, cluster, 0, set()

    def ask(self, address, statement, parameters):
        """Rows, or None when the server said no. OSError: nobody knows."""
        connection = http.client.HTTPConnection(address, 7474, timeout=5)
        token = base64.b64encode(f"neo4j:{RIGHT}".encode()).decode()
        try:
            connection.request("POST", "/db/neo4j/query/v2", json.dumps({"statement": statement, "parameters": parameters}),
                               {"Content-Type": "application/json", "Authorization": f"Basic {token}"})
            body = json.loads(connection.getresponse().read())
            return None if "errors" in body else body["data"]["values"]
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(str(error)) from None
        finally:
            connection.close()

    def run(self, statement, **parameters):
        """By whichever server does it: only the leader writes."""
        for pod in self.kube.list("Pod", "default", f"?labelSelector=neo4j.com/cluster%3D{self.cluster}"):
            try:
                rows = self.ask(pod.get("status", {}).get("podIP", ""), statement, parameters)
            except OSError:
                continue
            if rows is not None:
                return rows
        return None

    def write_until(self, ends):
        while not ends.wait(0.2):
            self.last += 1
            if self.run("CREATE (:Entry {key: $key})", key=self.last) is not None:
                self.acknowledged.add(self.last)

    def missing(self):
        rows = wait_for(f"the entries of {self.cluster}", lambda: self.run("MATCH (n:Entry) RETURN n.key AS key"))
        return sorted(self.acknowledged - {row[0] for row in rows})


class Stress:
    def __init__(self, world, seed, clusters):
        self.world, self.kube, self.chance = world, world.kube, random.Random(seed)
        self.servers = {f"graph-{i}": 3 for i in range(clusters)}
        self.ports = [(free_port(), free_port()) for _ in range(2)]
        self.nodes = [item["metadata"]["name"] for item in self.kube.request("GET", "/api/v1/nodes")["items"]]
        self.operators = [None, None]
        self.stood_still = set()
        self.counts, self.told = collections.Counter(), collections.Counter()
        self.later = []  # (when, what to call)
        self.claims, self.peak = {}, collections.Counter()
        self.ends = threading.Event()

    # ---- operators ----

    def start(self, which, *options):
        health, webhook = self.ports[which]
        self.operators[which] = self.world.operator(
            "--leader-elect", "--health-probe-bind-address", f"127.0.0.1:{health}", "--webhook-bind-address",
            f"127.0.0.1:{webhook}", *options)

    def end(self, which, how):
        self.operators[which].send_signal(signal.SIGCONT)
        code = self.world.stop(self.operators[which], how, 60)
        expected = {-signal.SIGKILL if how == signal.SIGKILL else 0}
        if self.operators[which] in self.stood_still:
            expected.add(LOST_LEAD)
        assert code in expected, f"an operator ended with {code} after {how!r}"

    def restart(self, how, *options):
        which = self.chance.randrange(2)
        self.end(which, how)
        self.start(which, *options)
        self.told["operators started"] += 1

    def pause(self):
        """Longer than the lease: the other one takes over, then this one goes on."""
        operator = self.operators[self.chance.randrange(2)]
        operator.send_signal(signal.SIGSTOP)
        self.stood_still.add(operator)
        self.after(self.chance.uniform(1, 25), lambda: operator.poll() is None and operator.send_signal(signal.SIGCONT))

    # ---- what users and fate do ----

    def after(self, seconds, act):
        self.later.append((time.monotonic() + seconds, act))

    def name(self):
        return self.chance.choice(list(self.servers))

    def patch(self, name, patch):
        self.kube.patch("Neo4jEnterpriseCluster", "default", name, patch)

    def apply(self, name):
        self.kube.apply(manifest(name, self.servers[name]))

    def edit(self):
        self.patch(self.name(), {"spec": self.chance.choice(EDITS)})

    def grow(self):
        name = self.name()
        wanted = min(5, self.servers[name] + 1)
        self.patch(name, {"spec": {"topology": {"servers": wanted}}})
        self.servers[name] = wanted

    def break_and_mend(self):
        name, broken = self.name(), self.chance.choice(BREAKS)
        self.after(self.chance.uniform(1, 20), lambda: self.patch(name, {"spec": MENDED}))
        self.patch(name, {"spec": broken})

    def force(self):
        self.patch(self.name(), {"metadata": {"annotations": {
            "operator.neo4j.com/force-reconcile": str(self.chance.random())}}})

    def recreate(self):
        name = self.name()
        for seconds in (0.2, 5, 15):
            self.after(seconds, lambda: self.apply(name))
        self.kube.delete("Neo4jEnterpriseCluster", "default", name)

    def mistype(self):
        self.after(self.chance.uniform(1, 15), lambda: self.kube.secret(password=RIGHT))
        self.kube.secret(password=WRONG)

    def remove_owned(self):
        kind, tail = self.chance.choice(OWNED)
        self.kube.delete(kind, "default", f"{self.name()}-{tail}")

    def delete_pod(self, **options):
        name = self.name()
        self.kube.delete("Pod", "default", f"{name}-server-{self.chance.randrange(self.servers[name])}", **options)

    def taint(self, node, taints):
        self.kube.request("PATCH", f"/api/v1/nodes/{node}", {"spec": {"taints": taints}}, "application/merge-patch+json")

    def empty_node(self):
        node = self.chance.choice(self.nodes)
        self.after(self.chance.uniform(1, 20), lambda: self.taint(node, None))
        self.taint(node, [{"key": "example.com/away", "value": "yes", "effect": "NoExecute"}])

    def rotate_certificate(self):
        self.kube.delete("Secret", "default", CERTIFICATE)

    KINDS = [
        ("edit", 20, edit), ("grow", 2, grow), ("break and mend", 4, break_and_mend), ("force", 4, force),
        ("delete and recreate", 3, recreate), ("wrong password for a while", 2, mistype),
        ("remove an owned object", 5, remove_owned), ("delete a pod", 4, delete_pod),
        ("kill a pod at once", 4, lambda self: self.delete_pod(gracePeriodSeconds=0)),
        ("empty a node for a while", 2, empty_node), ("new webhook certificate", 2, rotate_certificate),
        ("operator killed", 3, lambda self: self.restart(signal.SIGKILL)),
        ("operator ended", 2, lambda self: self.restart(signal.SIGTERM)),
        ("operator that watches elsewhere", 1, lambda self: self.restart(signal.SIGKILL, "--namespaces", "elsewhere")),
        ("operator stands still", 2, pause),
    ]

    def attempt(self, act):
        try:
            act()
        except ApiError as error:  # refusals are answers; what the server itself could not do is not
            assert error.status in (404, 409, 422), error
            self.told["refusals"] += 1

    # ---- webhooks ----

    def review(self, port):
        document = manifest("reviewed")
        body = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "1", "operation": "CREATE", "namespace": "default", "name": "reviewed", "userInfo": {},
            "kind": {"group": "neo4j.neo4j.com", "version": "v1alpha1", "kind": document["kind"]},
            "resource": {"group": "neo4j.neo4j.com", "version": "v1alpha1", "resource": PATHS[document["kind"]][1]},
            "object": document}}
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20,
                                                 context=ssl._create_unverified_context())
        connection.request("POST", "/validate-neo4j-neo4j-com-v1alpha1", json.dumps(body),
                           {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        self.told["reviews allowed" if answer["response"]["allowed"] else "reviews refused"] += 1

    def knock(self):
        """Requests that are whole, and some that end in the middle or are left open, until the end."""
        chance, left_open = random.Random(1), collections.deque(maxlen=20)
        while not self.ends.wait(0.1):
            port = chance.choice([port for pair in self.ports for port in pair] + [self.kube.url.port])
            try:
                self.review(self.ports[chance.randrange(2)][1])
                broken = socket.create_connection(("127.0.0.1", port), 5)
                broken.sendall(chance.choice([b"", b"GET /metr", b"\x16\x03\x01\x02", b"\0" * 50]))
                left_open.append(broken) if chance.random() < 0.5 else broken.close()
                self.told["broken requests"] += 1
            except (OSError, http.client.HTTPException):
                self.told["requests to an operator that was away"] += 1

    # ---- what must hold ----

    def look(self):
        assert self.world.sandbox.poll() is None, f"the sandbox ended with {self.world.sandbox.returncode}"
        for which, operator in enumerate(self.operators):
            if operator.poll() == LOST_LEAD and operator in self.stood_still:
                self.world.operators.remove(operator)
                self.start(which)
                self.told["operators that lost the lead"] += 1
            assert self.operators[which].poll() is None, f"an operator ended by itself with {operator.returncode}"
        for what, process in (("operator", self.operators[0]), ("operator", self.operators[1]),
                              ("sandbox", self.world.sandbox)):
            for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self.peak[what] = max(self.peak[what], int(line.split()[1]))
        assert self.peak["operator"] < MEMORY_KIB_MAX, f"an operator took {self.peak['operator']} KiB"
        now = {item["metadata"]["name"]: item["metadata"]["uid"]
               for item in self.kube.list("PersistentVolumeClaim", "default")}
        lost = [name for name, uid in self.claims.items() if now.get(name) != uid]
        assert not lost, f"volumes were lost: {lost}"
        self.claims = now

    def versions(self):
        kinds = [kind for kind in PATHS if kind != "Namespace"]
        return {(kind, item["metadata"]["name"]): item["metadata"]["resourceVersion"]
                for kind in kinds for item in self.kube.list(kind)}

    def settle(self):
        for _, act in self.later:
            self.attempt(act)
        for which in range(2):
            self.end(which, signal.SIGTERM)
            self.start(which)
        for node in self.nodes:
            self.taint(node, None)
        wait_for("deleted clusters to go", lambda: not any(
            "deletionTimestamp" in item["metadata"] for item in self.kube.list("Neo4jEnterpriseCluster")), SETTLE_SECONDS)
        for name in self.servers:
            self.apply(name)
            self.patch(name, {"spec": MENDED})
            self.patch(name, {"metadata": {"annotations": {"operator.neo4j.com/force-reconcile": "the end"}}})
        ids = {name: self.served(name) for name in self.servers}
        self.look()
        return ids

    def served(self, name):
        def all_serve():
            cluster = self.world.cluster(name)
            status = cluster.get("status", {})
            return (condition(cluster, "Ready").get("status") == "True" and status["readyServers"] == self.servers[name]
                    and status["observedGeneration"] == cluster["metadata"]["generation"] and status["clusterID"])
        try:
            return wait_for(f"all servers of {name} to serve", all_serve, SETTLE_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}; status says: {json.dumps(self.world.cluster(name).get('status'))}") from None

    def rest(self):
        def stays():
            before = self.versions()
            time.sleep(REST_SECONDS)
            return self.versions() == before
        wait_for("nothing to be written at rest", stays, 6 * REST_SECONDS)

    def run(self, seconds):
        self.kube.secret(password=RIGHT)
        for which in range(2):
            self.start(which)
        for name in self.servers:
            self.apply(name)
        first = {name: self.served(name) for name in self.servers}
        clients = [Client(self.kube, name) for name in self.servers]
        for act, *arguments in [(self.knock,), *((client.write_until, self.ends) for client in clients)]:
            threading.Thread(target=act, args=arguments, daemon=True).start()
        end = time.monotonic() + seconds
        said = time.monotonic()
        while time.monotonic() < end:
            name, _, act = self.chance.choices(self.KINDS, [weight for _, weight, _ in self.KINDS])[0]
            self.attempt(lambda: act(self))
            self.counts[name] += 1
            time.sleep(self.chance.uniform(0, 0.6))
            due = [item for item in self.later if item[0] <= time.monotonic()]
            self.later = [item for item in self.later if item not in due]
            for _, act in due:
                self.attempt(act)
            self.look()
            if time.monotonic() > said + 30:
                said = time.monotonic()
                print(f"# {sum(self.counts.values())} deeds, {end - said:.0f} s to go", flush=True)
        assert self.settle() == first, "a cluster that comes back is the one that it was"
        for client in clients:
            missing = client.missing()
            assert not missing, f"entries of {client.cluster} were acknowledged, and are gone: {missing[:9]}"
            assert client.acknowledged, f"nothing could be written to {client.cluster}"
            self.told["acknowledged writes"] += len(client.acknowledged)
        self.rest()
        self.ends.set()
        assert self.told["reviews allowed"] and not self.told["reviews refused"], self.told
        for which in range(2):
            self.end(which, signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="how long wishes and faults go on (default 10)")
    parser.add_argument("--clusters", type=int, default=2, help="how many clusters there are (default 2)")
    parser.add_argument("--seed", type=int, default=1, help="what is chosen comes from it (default 1)")
    arguments = parser.parse_args()
    for program in ("neo4j-operator", "neo4j-sandbox"):
        if b"__tsan_init" not in (BUILD / program).read_bytes():
            sys.exit(f"{BUILD / program} is not built with ThreadSanitizer, so nothing would be found")
    reports = pathlib.Path(tempfile.mkdtemp(prefix="stress-"))
    os.environ["TSAN_OPTIONS"] = f"log_path={reports}/tsan"
    world = World("--nodes", str(NODES))
    stress = Stress(world, arguments.seed, arguments.clusters)
    broken = None
    print(f"1..1\n# seed {arguments.seed}, {arguments.clusters} clusters, {arguments.minutes:g} minutes", flush=True)
    try:
        stress.run(arguments.minutes * 60)
        world.sandbox.terminate()
        code = world.sandbox.wait(60)
        assert code == 0, f"the sandbox ended with {code}"
    except Exception:  # whatever breaks, processes are ended and logs kept
        broken = traceback.format_exc()
    found = sorted(reports.glob("tsan.*"))
    for name, count in [*sorted(stress.counts.items()), *sorted(stress.told.items())]:
        print(f"# {count:6} {name}")
    print(f"# peak memory in KiB: {dict(stress.peak)}; reports of ThreadSanitizer: {len(found)}")
    is_well = not broken and not found
    if not is_well:
        kept = BUILD / "stress-failure"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(world.directory, kept, ignore=shutil.ignore_patterns("kubeconfig", "*.key", "*.sock"))
        for report in found:
            shutil.copy(report, kept)
        for line in [*(broken or "").splitlines(), *(line for report in found for line in
                                                    report.read_text().splitlines()[:60]), f"logs: {kept}"]:
            print(f"# {line}")
    world.close()
    shutil.rmtree(reports, ignore_errors=True)
    print(f"{'ok' if is_well else 'not ok'} 1 - threads under stress", flush=True)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
