#!/usr/bin/python3
"""Sends random sequences of applies and patches to a real API server and records what came of each.

    random_writes.py KUBECONFIG SEED COUNT OUTPUT.json
    TEST_WRITES=$PWD/OUTPUT.json build/tests/test_sim random     replays them against the sandbox's code

Three managers change the same object nine times: a Garden of tests/sim/data/writes.yaml, or a Deployment with its
keyed lists. tests/sim/data/random_writes.json holds ten of them. What the server refuses for reasons that only its own code knows is left out of the replay. As for
record_apply.py, controllers must not run.
"""
import concurrent.futures
import json
import random
import sys
import time

import yaml

import record_apply


class Maker:
    """Random objects of the two kinds, and patches of them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, values):
        return self.random.choice(values)

    def some(self, values):
        return self.random.sample(values, self.random.randint(0, len(values)))

    def maybe(self, share, name, make):
        return {name: make()} if self.chance(share) else {}

    def texts(self, names):
        return {name: self.pick("12") for name in self.some(names)}

    def bed(self, name, side):
        return {"name": name, **({"side": side} if side == "south" or self.chance(0.5) else {}),
                **self.maybe(0.5, "plants", lambda: self.random.randint(1, 2)),
                **self.maybe(0.3, "depth", lambda: self.random.randint(9, 11)),
                **self.maybe(0.3, "soil", lambda: self.maybe(0.6, "wet", lambda: self.chance(0.5)))}

    def port(self, port):
        names = lambda: [{"id": i, **self.maybe(0.5, "text", lambda: self.pick("uv"))} for i in self.some("ijk")]
        return {"port": port, **self.maybe(0.7, "names", names)}

    def garden(self, whole):
        places = [(name, side) for name in "xyz" for side in ("north", "south")]
        anything = [1, "s", [1], {"k": {"l": 0}}, {"k": {"l": 1}}, {"k": 1}]
        return {"spec": {
            **self.maybe(1 if whole else 0.2, "size", lambda: self.random.randint(2, 4)),
            **self.maybe(0.5, "tags", lambda: self.some("abcd")),
            **self.maybe(0.4, "words", lambda: [self.pick("pq") for _ in range(self.random.randint(1, 3))]),
            **self.maybe(0.5, "labels", lambda: self.texts("abc")),
            **self.maybe(0.3, "selector", lambda: self.texts("ab")),
            **self.maybe(0.6, "beds", lambda: [self.bed(*place) for place in self.some(places)]),
            **self.maybe(0.4, "ports", lambda: [self.port(port) for port in self.some([80, 443, 9])]),
            **self.maybe(0.4, "free", lambda: {name: self.pick(anything) for name in self.some("mn")}),
            **self.maybe(0.3, "any", lambda: self.pick(anything)),
            **self.maybe(0.2, "notes", lambda: self.pick(["x", None])),
            **self.maybe(0.2, "numbers", lambda: self.some([1, 2, 3]))}}

    def container(self, name, whole):
        env = lambda: [{"name": e, **self.maybe(0.8, "value", lambda: self.pick("12"))} for e in self.some("EFG")]
        ports = lambda: [{"containerPort": p, **self.maybe(0.4, "protocol", lambda: self.pick(["TCP", "UDP"])),
                          **self.maybe(0.3, "name", lambda: "p%d" % p)} for p in self.some([80, 443])]
        return {"name": name, **self.maybe(1 if whole else 0.6, "image", lambda: self.pick(["i:1", "i:2", "i"])),
                **self.maybe(0.5, "env", env), **self.maybe(0.4, "ports", ports),
                **self.maybe(0.4, "args", lambda: self.some("qr")),
                **self.maybe(0.3, "resources", lambda: {"requests": {"cpu": self.pick(["1", "1000m", "2"])}}),
                **self.maybe(0.3, "volumeMounts",
                             lambda: [{"name": "v", "mountPath": m} for m in self.some(["/x", "/y"])])}

    def deployment(self, whole):
        names = self.random.sample("abc", self.random.randint(1, 3))
        pod = {**self.maybe(1 if whole else 0.7, "containers", lambda: [self.container(n, whole) for n in names]),
               **self.maybe(1 if whole else 0.7, "volumes", lambda: [{"name": "v", "emptyDir": {}}]),
               **self.maybe(0.4, "tolerations", lambda: [{"key": k, "operator": "Exists"} for k in self.some("kl")]),
               **self.maybe(0.4, "nodeSelector", lambda: self.texts("ab")),
               **self.maybe(0.3, "terminationGracePeriodSeconds", lambda: self.pick([0, 30, 60])),
               **self.maybe(0.3, "hostNetwork", lambda: self.chance(0.5))}
        identity = {"selector": {"matchLabels": {"a": "b"}}} if whole else {}
        labels = {"metadata": {"labels": {"a": "b", **self.maybe(0.5, "x", lambda: self.pick("12"))}}} if whole else {}
        strategies = [{"type": "Recreate"}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}]
        return {"spec": {**identity, "template": {**labels, "spec": pod},
                         **self.maybe(0.5, "replicas", lambda: self.random.randint(0, 3)),
                         **self.maybe(0.3, "minReadySeconds", lambda: self.random.randint(0, 2)),
                         **self.maybe(0.3, "strategy", lambda: self.pick(strategies))}}

    def with_directives(self, patch):
        pod = patch["spec"]["template"]["spec"]
        containers = pod.get("containers", [])
        for container in containers:
            if self.chance(0.15):
                container.clear()
                container.update({"name": self.pick("abc"), "$patch": "delete"})
        if containers and self.chance(0.2):
            order = self.random.sample("abc", 3)
            containers.sort(key=lambda container: order.index(container["name"]))
            pod["$setElementOrder/containers"] = [{"name": name} for name in order]
        return patch

    def step(self, number, is_deployment):
        whole = number == 0 or self.chance(0.4)
        body = self.deployment(whole) if is_deployment else self.garden(whole)
        metadata = {**self.maybe(0.3, "labels", lambda: self.texts("ab")),
                    **self.maybe(0.2, "annotations", lambda: self.texts("ab")),
                    **self.maybe(0.2, "finalizers", lambda: ["x.example.com/" + name for name in self.some("ab")])}
        if metadata:
            body["metadata"] = metadata
        step = {"manager": self.pick("abc")}
        if number == 0:
            return {**step, self.pick(["apply", "create"]): body}
        if self.chance(0.6):
            return {**step, "force": self.chance(0.6), "apply": body}
        if is_deployment and self.chance(0.5):
            return {**step, "strategic": self.with_directives(body)}
        return {**step, "merge": body}

    def case(self, name):
        is_deployment = self.chance(0.5)
        return {"name": name, "apiVersion": "apps/v1" if is_deployment else "test.example.com/v1",
                "kind": "Deployment" if is_deployment else "Garden", "metadata": {"name": name},
                "skips_refused": True, "steps": [self.step(number, is_deployment) for number in range(9)]}


def main():
    kubeconfig, seed, count, output = sys.argv[1:]
    server, maker = record_apply.Server(kubeconfig), Maker(int(seed))
    crds = yaml.safe_load((record_apply.DATA / "writes.yaml").read_text())["crds"]
    record_apply.prepare(server, crds)
    cases = [maker.case("random-%s-%d" % (seed, number)) for number in range(int(count))]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        cases = list(pool.map(lambda case: record_apply.record(server, case), cases))
    with open(output, "w") as out:
        out.write(record_apply.printed(crds, cases))


main()
