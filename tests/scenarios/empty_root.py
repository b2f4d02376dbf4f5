#!/usr/bin/python3
"""The shipped program alone: a cluster forms while the operator lives in a root directory that holds nothing else.

No /etc/resolv.conf, no CA bundle, no time zones, no shared library, no /dev and no /proc: what an image from scratch
gives it. The kubeconfig beside it names the API server by address. SCENARIO_STATIC is the program (default:
build-static/neo4j-operator).
"""
import os
import pathlib
import shutil

from world import ROOT, manifest, run

PROGRAM = pathlib.Path(os.environ.get("SCENARIO_STATIC", ROOT / "build-static" / "neo4j-operator"))
SYSTEM_PATH = os.defpath + ":/usr/sbin:/sbin"


def command_in(root):
    """The words before a program that is to see root as all there is."""
    chroot = [shutil.which("chroot", path=SYSTEM_PATH), root]
    return chroot if os.geteuid() == 0 else ["unshare", "--map-root-user", *chroot]


def test_a_cluster_forms_from_a_root_that_holds_the_program_and_a_kubeconfig(world):
    assert PROGRAM.exists(), f"{PROGRAM} is not there; make static builds it"
    assert world.kube.url.hostname == "127.0.0.1", "in there no name can be resolved"
    root = world.directory / "root"
    root.mkdir()
    shutil.copy(PROGRAM, root / "neo4j-operator")
    shutil.copy(world.kubeconfig, root / "kubeconfig")

    operator = world.operator(command=[*command_in(root), "/neo4j-operator"], kubeconfig="/kubeconfig")
    world.kube.secret()
    world.kube.apply(manifest("graph"))
    status = world.wait_ready("graph")["status"]

    assert status["readyServers"] == 3 and status["clusterID"], status
    assert [event for event in world.events("graph") if event["reason"] == "ClusterReady"], "the event of the end"
    assert world.stop(operator) == 0, "it ends in order"
    assert sorted(os.listdir(root)) == ["kubeconfig", "neo4j-operator"], "it left a file behind"


if __name__ == "__main__":
    run(globals())
