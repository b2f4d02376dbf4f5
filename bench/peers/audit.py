"""The API server's audit log: who asked for what, and when, as the server itself saw it."""
import collections
import datetime
import json
import pathlib

WRITES = {"create", "update", "patch", "delete", "deletecollection"}

Request = collections.namedtuple("Request", "user verb resource subresource namespace name code received done")

POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
  users: [{users}]
- level: None
"""


def seconds(timestamp):
    return datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def parse(line):
    entry = json.loads(line)
    what = entry.get("objectRef", {})
    return Request(entry["user"]["username"], entry["verb"], what.get("resource", ""), what.get("subresource", ""),
                   what.get("namespace", ""), what.get("name", ""), entry.get("responseStatus", {}).get("code", 0),
                   seconds(entry["requestReceivedTimestamp"]), seconds(entry["stageTimestamp"]))


class Audit:
    """Reads what the server has appended since the last look."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.offset = 0
        self.requests = []

    def read(self):
        with open(self.path, "rb") as log:
            log.seek(self.offset)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self.offset += len(line)
                self.requests.append(parse(line))
        return self.requests

    def of(self, user, since=0.0, until=float("inf")):
        """The requests of a user, watches and leases apart: a watch is open all the time, and a lease is kept by whoever
        elects a leader, whatever there is to do."""
        return [request for request in self.read()
                if request.user == user and since <= request.received < until
                and request.verb != "watch" and request.resource != "leases"]

    def first(self, user, resource, namespace, name=None, verbs=("create", "patch", "update")):
        """When the first successful write of such an object was answered; None: not yet. A create names its object in
        the body only: the namespace holds one, then."""
        for request in self.read():
            if (request.user == user and request.resource == resource and request.namespace == namespace
                    and request.verb in verbs and not request.subresource and 200 <= request.code < 300
                    and (name is None or request.name in (name, ""))):
                return request.done
        return None


def writes(requests):
    return sum(request.verb in WRITES for request in requests)


def by_verb(requests):
    return dict(sorted(collections.Counter(request.verb for request in requests).items()))
