#!/usr/bin/python3
"""Builds neo4j-simulate with one deliberate bug at a time (mutations.yaml) and looks whether the simulation finds it.

    mutations.py BUILD [--only NAME]... [--list] [--update]

BUILD is a build folder of Meson with neo4j-simulate in it. Neither it nor the sources are touched: a mutated copy is compiled
with the command of the original, and linked in its place. Prints TAP. What finds each is kept in mutations.yaml and in
docs/simulation.md, and must be so; --update writes it into both.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
YAML = HERE / "mutations.yaml"
DOCS = TOP / "docs" / "simulation.md"
BEGIN, END = "<!-- mutations -->", "<!-- end of mutations -->"


class Unfit(Exception):
    """A mutation that does not fit the sources any more."""


# ---- other programs ----

running = set()
is_over = False


@contextlib.contextmanager
def started(command, folder):
    """A process that is ended, with all that it started, when nobody listens to it any more."""
    process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    running.add(process)
    try:
        if is_over:
            raise Unfit("interrupted")
        yield process
    finally:
        end(process)
        running.discard(process)


def end(process):
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command, folder):
    with started(command, folder) as process:
        said = process.stdout.read()
        if process.wait():
            raise Unfit(said)
        return said


# ---- the program with the bug ----


def compile_command(build, source):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if (pathlib.Path(entry["directory"]) / entry["file"]).resolve() == source:
            return shlex.split(entry["command"])
    raise Unfit(f"{source} is not compiled in {build}")


def link_command(build):
    return shlex.split(run(["ninja", "-t", "commands", "neo4j-simulate"], build).splitlines()[-1])


def set_option(command, option, value):
    command[command.index(option) + 1] = str(value)


def mutated(mutation):
    source = TOP / mutation["file"]
    text = source.read_text()
    if text.count(mutation["find"]) != 1:
        raise Unfit(f"{mutation['file']} has {text.count(mutation['find'])} times what is to be replaced")
    return source, text.replace(mutation["find"], mutation["put"])


def make(build, scratch, mutation):
    source, text = mutated(mutation)
    copy, changed, program = scratch / source.name, scratch / "mutated.o", scratch / "neo4j-simulate"
    copy.write_text(text)
    command = compile_command(build, source)
    for option, value in (("-o", changed), ("-c", copy), ("-MF", scratch / "mutated.d"), ("-MQ", changed)):
        set_option(command, option, value)
    run([word for word in command if word != "-Werror"] + ["-w", "-g0"], build)

    link = link_command(build)
    set_option(link, "-o", program)
    # The linker takes it first, and then needs the archive's member no more.
    link.insert(link.index("-o") + 2, str(changed))
    run(link, build)
    return program


# ---- whether it is found ----


def replay(program, mutation):
    kept = HERE / "schedules" / mutation["schedule"]
    seed = re.match(r"# seed (\d+)", kept.read_text()).group(1)
    with started([program, "--seed", seed, "--replay", kept], TOP) as process:
        for line in process.stdout:
            if found := re.match(r"breaks ([a-z-]+):", line):
                return found.group(1), 1
    return None


def search(program, mutation):
    first, branches = mutation.get("seed", 1), mutation.get("branches", 10)
    with started([program, "--seed", first, "--runs", mutation.get("seeds", 4), "--branches", branches, "--jobs", 1,
                  "--no-shrink"], TOP) as process:
        for line in process.stdout:
            if found := re.match(r"seed (\d+), branch (\d+) breaks ([a-z-]+):", line):
                return found.group(3), (int(found.group(1)) - first) * branches + int(found.group(2)) + 1
    return None


def walk(program, mutation):
    with started([program, "--fields", mutation["fields"], "--jobs", 1], TOP) as process:
        failed = re.findall(r"^FAILED [A-Za-z0-9]+\.", process.stdout.read(), re.MULTILINE)
    return ("fields", 1) if failed else None


def judge(build, scratch, mutation):
    """What breaks first: (invariant, schedules needed), or None. And after how long."""
    began = time.monotonic()
    folder = scratch / mutation["name"]
    folder.mkdir()
    program = make(build, folder, mutation)
    found = (replay if "schedule" in mutation else walk if "fields" in mutation else search)(program, mutation)
    program.unlink()
    return found, time.monotonic() - began


def remember(mutation, found):
    """Writes what has found it into mutations.yaml, which is not printed anew, for its notes."""
    text = YAML.read_text()
    before, name, rest = text.partition(f"- name: {mutation['name']}\n")
    rest = re.sub(r"  caught: .*\n  needs: .*\n", f"  caught: {found[0]}\n  needs: {found[1]}\n", rest, count=1)
    YAML.write_text(before + name + rest)
    mutation["caught"], mutation["needs"] = found


def tell(mutation, found, seconds):
    """(whether it is as mutations.yaml says, in words)."""
    if not found:
        return False, "nothing breaks"
    wanted = mutation["caught"], mutation["needs"]
    text = f"caught by {found[0]} in schedule {found[1]} ({seconds:.0f} s)"
    return found == wanted, text if found == wanted else f"{text}, not by {wanted[0]} in schedule {wanted[1]}"


# ---- the table ----


def table(mutations):
    rows = [f"| {m['says']} | `{m['file']}` | {m['caught']} | {m['needs']} |" for m in mutations]
    return "\n".join(["| bug | in | found by | schedules |", "|---|---|---|---|", *rows])


def docs_with(mutations):
    text = DOCS.read_text()
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table(mutations)}\n{END}{rest.split(END)[1]}"


# ---- all of them ----


def judge_all(build, mutations, is_update):
    """How many are not found as they should be."""
    global is_over
    failures = 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as scratch, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = [pool.submit(judge, build, pathlib.Path(scratch), mutation) for mutation in mutations]
        try:
            for number, (mutation, future) in enumerate(zip(mutations, judged), 1):
                try:
                    found, seconds = future.result()
                    if is_update and found:
                        remember(mutation, found)
                    good, what = tell(mutation, found, seconds)
                except Unfit as problem:
                    good, what = False, str(problem)
                failures += not good
                print(f"{'ok' if good else 'not ok'} {number} - {mutation['name']}: {what}", flush=True)
        finally:
            is_over = True
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                end(process)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="only the mutation of this name (default: all)")
    parser.add_argument("--list", action="store_true", help="list the mutations, and end")
    parser.add_argument("--update", action="store_true",
                        help="write what finds each into mutations.yaml and docs/simulation.md")
    options = parser.parse_args()
    everything = yaml.safe_load(YAML.read_text())
    mutations = [m for m in everything if not options.only or m["name"] in options.only]

    if options.list:
        for mutation in mutations:
            print(f"{mutation['name']}: {mutation['says']}")
        return 0

    print(f"1..{len(mutations) + 1}")
    failures = judge_all(options.build.resolve(), mutations, options.update)
    if options.update:
        DOCS.write_text(docs_with(everything))
    same = docs_with(everything) == DOCS.read_text()
    print(f"{'ok' if same else 'not ok'} {len(mutations) + 1} - docs/simulation.md has the table of mutations.yaml "
          "(mutations.py BUILD --update writes it)")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"# {used.ru_utime + used.ru_stime:.0f} s of processor time")
    return 0 if not failures and same else 1


for interruption in (signal.SIGINT, signal.SIGTERM):
    signal.signal(interruption, lambda number, _: sys.exit(128 + number))
sys.exit(main())
