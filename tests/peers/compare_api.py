#!/usr/bin/python3
"""Sends the same requests to two API servers and compares the answers.

    compare_api.py REAL_KUBECONFIG SANDBOX_KUBECONFIG [STEP...]

Both get a namespace of their own that is deleted at the end. What must differ (uids, versions, times, addresses) is
made the same first. Prints each step whose answers differ, and ends with 1 then. With STEPs, only those are compared
(all are sent). The rows are in compare_api_steps.py.
"""
import base64
import http.client
import json
import os
import re
import ssl
import sys
import tempfile
import time

from compare_api_steps import STEPS


class Server:
    def __init__(self, kubeconfig):
        text = open(kubeconfig).read()
        address = re.search(r"server: https://([\d.]+):(\d+)", text)
        context = ssl.create_default_context(cadata=self.pem(text, "certificate-authority-data"))
        with tempfile.NamedTemporaryFile("w") as pair:
            pair.write(self.pem(text, "client-certificate-data") + self.pem(text, "client-key-data"))
            pair.flush()
            context.load_cert_chain(pair.name)
        self.connection = http.client.HTTPSConnection(address[1], int(address[2]), context=context, timeout=20)
        self.saved = {}

    @staticmethod
    def pem(text, key):
        return base64.b64decode(re.search(rf"{key}: (\S+)", text)[1]).decode()

    def fill(self, value):
        """Puts what earlier answers held in for <name>."""
        if isinstance(value, str):
            return re.sub(r"<(\w+)>", lambda found: str(self.saved.get(found[1], found[0])), value)
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value

    def wait(self, path):
        """Until a list answers: a definition is served a moment after it was created."""
        for _ in range(100):
            if self.send({"method": "GET", "path": path})["code"] == 200:
                return {}
            time.sleep(0.1)
        sys.exit(f"{path} is not served")

    def send(self, step):
        if step["method"] == "WAIT":
            return self.wait(step["path"])
        headers = {"Accept": step.get("accept", "application/json"), "User-Agent": "compare/1"}
        body = step.get("body")
        if body is not None:
            headers["Content-Type"] = step.get("type", "application/json")
            body = body if isinstance(body, str) else json.dumps(self.fill(body))
        self.connection.request(step["method"], self.fill(step["path"]), body, headers)
        answer = self.connection.getresponse()
        if "events" in step:
            content = []
            self.connection.sock.settimeout(3)
            try:
                while len(content) < step["events"]:
                    content.append(json.loads(answer.readline()))
            except (TimeoutError, ValueError):
                content.append("no more events")
            self.connection.close()
        else:
            content = answer.read().decode()
            try:
                content = json.loads(content)
            except ValueError:
                pass
        for name, path in step.get("save", {}).items():
            value = content
            for key in path.split("."):
                value = value[int(key)] if isinstance(value, list) else value.get(key, {})
            self.saved[name] = value
        warnings = [value for name, value in answer.getheaders() if name.lower() == "warning"]
        return {"code": answer.status, "content": content, "warnings": warnings}


VARYING = {
    "uid": "UID", "resourceVersion": "VERSION", "time": "TIME", "creationTimestamp": "TIME", "clusterIP": "ADDRESS",
    "clusterIPs": ["ADDRESS"], "lastTransitionTime": "TIME", "deletionTimestamp": "TIME", "nodePort": 0, "token": "TOKEN",
    "expirationTimestamp": "TIME", "continue": "TOKEN", "storageVersionHash": "HASH",
}


def same(value, key=None):
    if key == "columnDefinitions":
        value = [{**column, "description": "PROSE"} for column in value]
    if key == "causes":
        value = sorted(value, key=json.dumps)
    if key in VARYING and value not in (None, "", "None", ["None"], [""]):
        return VARYING[key]
    if isinstance(value, dict):
        return {name: same(item, name) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [same(item) for item in value]
    if isinstance(value, str):
        value = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID", value)
        value = re.sub(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", value)
        value = re.sub(r"(resource version:|current:) \d+( \(\d+\))?", r"\1 VERSION", value)
        value = re.sub(r"^\d+[smh]$", "AGE", value)
        value = re.sub(r'Invalid value: "\{.*\}"', "Invalid value: OBJECT", value)
    return value


def differences(real, ours, path=""):
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted(set(real) | set(ours)):
            yield from differences(real.get(key, "(absent)"), ours.get(key, "(absent)"), f"{path}.{key}")
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        for index, (left, right) in enumerate(zip(real, ours)):
            yield from differences(left, right, f"{path}[{index}]")
    elif real != ours:
        yield path, real, ours


def without(value, ignored):
    """Leaves out what the step says is not compared: dotted paths."""
    for path in ignored:
        *before, last = path.split(".")
        inner = value
        for key in before:
            inner = (inner[int(key)] if isinstance(inner, list) else inner.get(key, {})) if inner else {}
        if isinstance(inner, dict):
            inner.pop(last, None)
    return value


def main():
    servers = [Server(path) for path in sys.argv[1:3]]
    wanted = sys.argv[3:]
    count = failed = 0
    for server in servers:
        server.saved["ns"] = f"compare-{os.getpid()}"
    for step in STEPS:
        real, ours = (without(same(server.send(step)), step.get("ignore", [])) for server in servers)
        if (wanted and step["name"] not in wanted) or step.get("setup"):
            continue
        count += 1
        found = list(differences(real, ours))
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {count} - {step['name']}")
        for path, left, right in found:
            print(f"#   {path}\n#     real    {json.dumps(left)[:500]}\n#     sandbox {json.dumps(right)[:500]}")
    print(f"1..{count}\n# {failed} of {count} differ")
    sys.exit(bool(failed))


main()
