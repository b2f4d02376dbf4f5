"""A real control plane that calls our webhooks, and the operator under the permissions that are shipped.

The API server reaches the operator through the shipped Service, made an ExternalName for loopback: there is no network of
pods here. Everything else of deploy/ is applied as it is.
"""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import yaml

import tap

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
NAMESPACE = "neo4j-operator-system"


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Peer:
    """A control plane, and what it takes to talk to it as an administrator."""

    def __init__(self, name):
        self.kubectl_program = pathlib.Path(output(HERE / "kubectl-fetch")) / "kubectl"
        self.name = name
        self.config = output(HERE / "kube-up", "--name", name, "--nodes", "0", "--audit")
        self.audit = pathlib.Path(self.config).parent / "audit.log"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.operators = []

    def kubectl(self, *arguments, input=None, ok=True, timeout=60):
        """Standard output; of a failure, with standard error."""
        done = self.run(*arguments, input=input, timeout=timeout)
        if ok and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        if not ok and done.returncode == 0:
            raise AssertionError(f"kubectl {' '.join(arguments)} did not fail: {done.stdout.strip()}")
        return done.stdout + ("" if ok else done.stderr)

    def run(self, *arguments, input=None, timeout=60):
        return subprocess.run([self.kubectl_program, "--kubeconfig", self.config, *arguments], input=input,
                              capture_output=True, text=True, timeout=timeout)

    def get(self, what, namespace=None):
        arguments = ["get", what, "-o", "json"] + (["-n", namespace] if namespace else [])
        done = self.run(*arguments)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def apply(self, *documents, ok=True, arguments=()):
        text = "\n---\n".join(json.dumps(document) for document in documents)
        return self.kubectl("apply", *arguments, "-f", "-", input=text, ok=ok)

    def operator_config(self):
        """A kubeconfig of the operator's service account: what deploy/rbac.yaml grants, and nothing else."""
        token = self.kubectl("create", "token", "neo4j-operator", "-n", NAMESPACE, "--duration", "2h").strip()
        config = yaml.safe_load(pathlib.Path(self.config).read_text())
        config["users"] = [{"name": "operator", "user": {"token": token}}]
        config["contexts"] = [{"name": "peer",
                               "context": {"cluster": "peer", "user": "operator", "namespace": NAMESPACE}}]
        path = self.folder / "operator.conf"
        path.write_text(yaml.safe_dump(config))
        return path

    def start(self, port, *options, protection=True):
        options = [*options, "--deletion-protection"] if protection else options
        log = open(self.folder / f"operator-{port}.log", "ab")
        health = free_port()
        operator = subprocess.Popen(
            [BUILD / "neo4j-operator", "--kubeconfig", self.operator_config(), "--webhook-bind-address",
             f"127.0.0.1:{port}", "--leader-elect", "--health-probe-bind-address",
             f"127.0.0.1:{health}", *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        operator.health = health
        self.operators.append(operator)
        return operator

    def stop(self, operator, how=signal.SIGTERM):
        self.operators.remove(operator)
        operator.send_signal(how)
        return operator.wait(timeout=30)

    def close(self):
        for operator in list(self.operators):
            self.stop(operator, signal.SIGKILL)
        if tap.numbers["failures"]:
            for log in sorted(self.folder.glob("*.log")):
                for line in log.read_text().splitlines()[-15:]:
                    print(f"# {log.name}: {line}")
        subprocess.run([HERE / "kube-down", "--name", self.name], stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", self.folder])


def free_port():
    return int(output("bash", "-c", f". {HERE}/lib.sh; free_port"))


def wait_for(what, look, seconds=30):
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def install(peer, port, with_rules=True):
    """Everything of deploy/, with the Service and the port that lead to loopback. Without rules the definitions are those
    of an API server that does not know CEL, so that the webhook is alone in seeing rules broken."""
    definitions = []
    for path in sorted((BUILD / "crds").glob("*.yaml")):
        definitions += [document if with_rules else strip_rules(document)
                        for document in yaml.safe_load_all(path.read_text()) if document]
    peer.apply(*definitions, arguments=["--server-side"])
    peer.kubectl("apply", "-f", str(ROOT / "deploy" / "rbac.yaml"))
    documents = list(yaml.safe_load_all((ROOT / "deploy" / "webhook.yaml").read_text()))
    for document in documents:
        if document["kind"] == "Service":
            document["spec"] = {"type": "ExternalName", "externalName": "localhost"}
        for webhook in document.get("webhooks", []):
            webhook["clientConfig"]["service"]["port"] = port
    peer.apply(*documents)
    kinds = [definition["spec"]["names"]["plural"] for definition in definitions]
    wait_for("the kinds", lambda: all(peer.run("get", kind).returncode == 0 for kind in kinds))


def strip_rules(value):
    if isinstance(value, dict):
        return {key: strip_rules(item) for key, item in value.items() if key != "x-kubernetes-validations"}
    return [strip_rules(item) for item in value] if isinstance(value, list) else value
