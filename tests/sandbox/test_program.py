#!/usr/bin/python3
"""neo4j-sandbox as a user meets it: start, start again, status, stop; and what is left. Argument: the program."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]


def call(*arguments, code=0, **options):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == code, f"{arguments}: {done.returncode}, {done.stdout} {done.stderr}"
    return done.stdout + done.stderr


def processes(directory):
    """Those that have the directory in their command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(directory).encode() in words and int(path.parent.name) != os.getpid():
            found.append(int(path.parent.name))
    return found


def test_every_command_explains_itself(directory):
    overview = call("--help")
    for command in re.findall(r"^  (\w+) ", overview, re.MULTILINE):
        text = call(command, "--help")
        assert "Usage:" in text and len(text) > 200, text
    assert "no command 'stat'" in call("stat", code=2)
    assert "in memory" in overview


def test_options_that_cannot_be_are_refused(directory):
    for arguments in (["run", "--nodes", "0"], ["run", "--port", "70000"], ["run", "--start-delay", "soon"],
                      ["start", "--timeout", "-1"], ["stop", "everything"], ["node", "--nodes", "65"]):
        assert "neo4j-sandbox" in call(*arguments, code=64), arguments


def test_it_starts_says_that_it_runs_and_leaves_nothing_behind(directory):
    call("status", "--dir", directory, code=3)
    text = call("start", "--detach", "--dir", directory)
    assert f"export KUBECONFIG={directory}/kubeconfig" in text, text
    assert text.count("kubectl ") >= 3, text
    assert (directory / "kubeconfig").stat().st_mode & 0o777 == 0o600
    assert "runs, process" in call("status", "--dir", directory)
    assert "runs already" in call("start", "--detach", "--dir", directory)
    assert "runs already" in call("run", "--dir", directory, code=1)
    assert len(processes(directory)) == 1
    assert "nothing of it is left" in call("stop", "--dir", directory)
    assert not directory.exists() and not processes(directory)
    assert "No sandbox" in call("stop", "--dir", directory)


def test_two_run_side_by_side(directory):
    other = directory.with_name("other")
    call("start", "--detach", "--dir", directory)
    call("start", "--detach", "--dir", other)
    try:
        assert (directory / "kubeconfig").read_text() != (other / "kubeconfig").read_text()
    finally:
        call("stop", "--dir", other)
        call("stop", "--dir", directory)


def test_one_that_was_killed_is_not_taken_for_running(directory):
    call("start", "--detach", "--dir", directory)
    for process in processes(directory):
        os.kill(process, signal.SIGKILL)
    while processes(directory):
        time.sleep(0.01)
    call("status", "--dir", directory, code=3)
    assert "export KUBECONFIG" in call("start", "--detach", "--dir", directory)
    call("stop", "--dir", directory)


GROUP_TYPO = "apiVersion: neo4j.com/v1alpha1\nkind: Neo4jEnterpriseCluster\nmetadata: {name: graph}\n"
CLUSTER = ("apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jEnterpriseCluster\nmetadata: {name: %s}\n"
           "spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, "
           "storage: {className: standard, size: 1Gi}}\n")


def test_a_file_that_cannot_be_applied_names_the_remedy_and_leaves_the_sandbox_running(directory):
    manifest = directory.with_name("cluster.yaml")
    manifest.write_text(CLUSTER % "first" + "---\n" + GROUP_TYPO)
    start = ["start", "--detach", "--dir", directory, "--apply", manifest]
    for _ in range(2):
        text = call(*start, code=1)
        assert "cluster.yaml: graph: no kind Neo4jEnterpriseCluster in neo4j.com/v1alpha1; " \
               "write apiVersion: neo4j.neo4j.com/v1alpha1" in text, text
        assert "goes on running" in text and "describe" not in text, text
        assert "runs, process" in call("status", "--dir", directory)
    manifest.write_text(CLUSTER % "graph")
    for _ in range(2):
        text = call(*start)
        assert "runs already" in text and "cluster.yaml: 1 object." in text, text
        assert "kubectl describe neo4jenterprisecluster graph" in text and "goes on" not in text, text
    assert "not ready within 1 s" in call(*start, "--wait", "--timeout", "1", code=1)
    call("stop", "--dir", directory)


def test_in_the_foreground_nothing_stays_when_the_file_cannot_be_applied(directory):
    manifest = directory.with_name("wrong.yaml")
    manifest.write_text(GROUP_TYPO)
    text = call("start", "--dir", directory, "--apply", manifest, code=1)
    assert "write apiVersion: neo4j.neo4j.com/v1alpha1" in text and "is stopped" in text, text
    assert "export KUBECONFIG" not in text and not processes(directory), text
    call("stop", "--dir", directory)


def test_an_operator_that_cannot_be_started_is_started_by_the_next_start(directory):
    text = call("start", "--detach", "--dir", directory, "--operator", "/nowhere/operator", code=1)
    assert "can't start /nowhere/operator" in text and "goes on running" in text, text
    text = call("start", "--detach", "--dir", directory, "--operator", "/nowhere/operator", code=1)
    assert "runs already" in text and "can't start /nowhere/operator" in text, text
    call("stop", "--dir", directory)


def test_waiting_ends_with_the_reason_when_nobody_works_on_it(directory):
    manifest = directory.with_name("cluster.yaml")
    manifest.write_text(CLUSTER % "graph")
    text = call("start", "--detach", "--dir", directory, "--apply", manifest, "--wait", "--timeout", "1", code=1)
    assert "not ready within 1 s" in text, text
    call("stop", "--dir", directory)
    text = call("start", "--detach", "--dir", directory, "--operator", "/bin/true", "--apply", manifest, "--wait", code=1)
    assert "operator has ended" in text and "operator.log" in text, text
    call("stop", "--dir", directory)


def test_ctrl_c_ends_it_in_order(directory):
    for command in (["run"], ["start"]):
        started = subprocess.Popen([PROGRAM, *command, "--dir", directory], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        while not (directory / "kubeconfig").exists():
            time.sleep(0.01)
        time.sleep(0.3)
        started.send_signal(signal.SIGINT)
        output = started.communicate(timeout=20)[0]
        assert started.returncode == 0, output
        assert not (directory / "kubeconfig").exists() and not processes(directory)
        call("stop", "--dir", directory)


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failures = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        sentence = name[len("test_"):].replace("_", " ")
        with tempfile.TemporaryDirectory(prefix="sandbox-program-") as parent:
            directory = pathlib.Path(parent) / "state"
            try:
                test(directory)
                print(f"ok {number} - {sentence}", flush=True)
            except Exception as error:  # the next test must run all the same
                failures += 1
                print(f"not ok {number} - {sentence}\n# {type(error).__name__}: {error}".replace("\n", "\n# ", 0), flush=True)
            finally:
                for process in processes(directory) + processes(directory.with_name("other")):
                    os.kill(process, signal.SIGKILL)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
