"""The webhook as it is seen from outside: by who applies something, by an API server, and in its Secret."""
import base64
import json
import re
import socket
import ssl
import threading
import urllib.error
import urllib.request

from webhook_peer import NAMESPACE

SECRET = "neo4j-operator-webhook-certificate"
CONFIGURATIONS = ["validatingwebhookconfiguration/neo4j-operator-validating",
                  "mutatingwebhookconfiguration/neo4j-operator-mutating"]
KIND = "neo4jenterprisecluster"
PROTECTION = "neo4j.neo4j.com/deletion-protection"


def cluster(name, **spec):
    return {"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jEnterpriseCluster",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"image": {"repo": "neo4j", "tag": "5.26.0-enterprise"}, "topology": {"servers": 3},
                     "storage": {"className": "standard", "size": "1Gi"}, **spec}}


# One that only rules over several fields refuse: twice the same server in topology.serverRoles, beyond the last one.
BAD = {"topology": {"servers": 3, "serverRoles": [{"serverIndex": 7, "modeConstraint": "PRIMARY"}]}}


# As kubectl prints a refusal with causes. The definitions here have no rules, so only the webhook can say it.
REFUSAL = r'The Neo4jEnterpriseCluster "bad" is invalid: spec\.topology\.serverRoles: Invalid value: '


def ask(peer):
    """What a server-side dry run of the bad cluster says."""
    done = peer.run("apply", "--dry-run=server", "-f", "-", input=json.dumps(cluster("bad", **BAD)))
    return (done.stdout + done.stderr).strip()


def is_refused(peer):
    return re.search(REFUSAL, ask(peer))


def secret(peer):
    return (peer.get(f"secret/{SECRET}", NAMESPACE) or {}).get("data", {})


def bundles(peer):
    return {webhook["clientConfig"].get("caBundle") for configuration in CONFIGURATIONS
            for webhook in peer.get(configuration)["webhooks"]}


def is_trusted(peer):
    data = secret(peer)
    return bool(data.get("ca.crt")) and bundles(peer) == {data["ca.crt"]}


def served(port, authority):
    """The certificate on the port, as DER, verified against the bundle and the Service's name."""
    context = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        with context.wrap_socket(plain, server_hostname=f"neo4j-operator-webhook.{NAMESPACE}.svc") as connection:
            return connection.getpeercert(binary_form=True)


def is_healed(peer, port):
    try:
        return is_trusted(peer) and served(port, secret(peer)["ca.crt"]) == der(secret(peer)["tls.crt"])
    except (OSError, ssl.SSLError, KeyError, ValueError):
        return False


def der(encoded):
    return ssl.PEM_cert_to_DER_cert(base64.b64decode(encoded).decode())


def unready(operator):
    """Why an operator is not ready; "": it is."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{operator.health}/readyz", timeout=5):
            return ""
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError as error:
        return f"the webhook is not up: {error}"


class Traffic:
    """Dry-run applies, one after the other, all of which the webhook must refuse: one that gets through was not asked."""

    def __init__(self, peer):
        self.peer, self.is_over, self.asked, self.lost = peer, threading.Event(), 0, []
        self.threads = [threading.Thread(target=self.drive) for _ in range(2)]

    def drive(self):
        while not self.is_over.is_set():
            text = ask(self.peer)
            self.asked += 1
            if not re.search(REFUSAL, text):
                self.lost.append(text)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
