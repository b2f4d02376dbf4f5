#!/usr/bin/python3
"""At rest the operator asks the API server for nothing: no write, no list, no get; only its watches stay open."""
import os
import time

from world import manifest, run, wait_for

SECONDS = int(os.environ.get("SCENARIO_STEADY_SECONDS", "60"))


def test_nothing_is_asked_or_written_while_nothing_changes(world):
    world.operator()
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    world.wait_ready("graph")
    time.sleep(5)  # probes and the last events of the formation come in
    before = world.operator_requests()
    version = world.cluster("graph")["metadata"]["resourceVersion"]
    time.sleep(SECONDS)
    after = world.operator_requests()
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
    before = world.operator_requests()
    world.operator()
    wait_for("the new operator", lambda: world.operator_requests().get("list", 0) > before.get("list", 0), 20)
    time.sleep(5)
    after = world.operator_requests()
    for verb in ("create", "update", "patch", "apply", "delete"):
        assert after.get(verb, 0) == before.get(verb, 0), (verb, before, after)


def test_a_leader_at_rest_only_renews_its_lease_every_two_seconds(world):
    world.operator("--leader-elect")
    wait_for("the lease", lambda: world.operator_requests().get("create"), 20)
    before = world.operator_requests()
    time.sleep(10)
    after = world.operator_requests()
    assert 1 <= after["update"] - before.get("update", 0) <= 6, (before, after)


if __name__ == "__main__":
    run(globals())
