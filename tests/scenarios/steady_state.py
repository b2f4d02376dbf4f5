#!/usr/bin/python3
"""At rest the operator asks the API server for nothing: no write, no list, no get; only its watches stay open."""
import os
import time

from world import manifest, run, wait_for

SECONDS = int(os.environ.get("SCENARIO_STEADY_SECONDS", "60"))


def operator_counts(world):
    counts = world.kube.request("GET", "/sandbox/requests")
    total = {}
    for row in counts["requests"]:
        if row["userAgent"].startswith("neo4j-operator"):
            total[row["verb"]] = total.get(row["verb"], 0) + row["count"]
    return total


def test_nothing_is_asked_or_written_while_nothing_changes(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph")
    time.sleep(5)  # probes and the last events of the formation come in
    before = operator_counts(world)
    version = world.cluster("graph")["metadata"]["resourceVersion"]
    time.sleep(SECONDS)
    after = operator_counts(world)
    before.pop("watch", None)
    after.pop("watch", None)
    assert after == before, (before, after)
    assert world.cluster("graph")["metadata"]["resourceVersion"] == version


def test_a_restarted_operator_writes_nothing(world):
    operator = world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph")
    time.sleep(3)
    world.stop(operator)
    before = operator_counts(world)
    world.operator()
    wait_for("the new operator", lambda: operator_counts(world).get("list", 0) > before.get("list", 0), 20)
    time.sleep(5)
    after = operator_counts(world)
    for verb in ("create", "update", "patch", "apply", "delete"):
        assert after.get(verb, 0) == before.get(verb, 0), (verb, before, after)


if __name__ == "__main__":
    run(globals())
