#!/usr/bin/python3
"""Builds neo4j-simulate with one deliberate bug at a time (mutations.yaml) and looks whether the simulation finds it.

    mutations.py BUILD [--only NAME]... [--list] [--update-docs]

BUILD is a build folder of Meson with neo4j-simulate in it. The sources are not touched: a mutated copy is compiled with the
command of the original, and linked in its place. Prints TAP. The table in docs/simulation.md must say what mutations.yaml says;
--update-docs writes it.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
DOCS = TOP / "docs" / "simulation.md"
BEGIN, END = "<!-- mutations -->", "<!-- end of mutations -->"


class Unfit(Exception):
    """A mutation that does not fit the sources any more."""


def run(command, folder, **more):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, **more)


def compile_command(build, source):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if (pathlib.Path(entry["directory"]) / entry["file"]).resolve() == source:
            return shlex.split(entry["command"])
    raise Unfit(f"{source} is not compiled in {build}")


def link_command(build):
    commands = run(["ninja", "-t", "commands", "neo4j-simulate"], build).stdout.splitlines()
    return shlex.split(commands[-1])


def mutated(mutation):
    source = TOP / mutation["file"]
    text = source.read_text()
    if text.count(mutation["find"]) != 1:
        raise Unfit(f"{mutation['file']} has {text.count(mutation['find'])} times what is to be replaced")
    return source, text.replace(mutation["find"], mutation["put"])


def make(build, scratch, mutation):
    """The program with the bug."""
    source, text = mutated(mutation)
    copy = scratch / source.name
    copy.write_text(text)
    command = compile_command(build, source)
    changed = scratch / "mutated.o"
    command[command.index("-o") + 1] = str(changed)
    command[command.index("-c") + 1] = str(copy)
    command = [word for word in command if word != "-Werror"] + ["-w"]
    compiled = run(command, build)
    if compiled.returncode:
        raise Unfit(compiled.stderr)

    program = scratch / "neo4j-simulate"
    link = link_command(build)
    link[link.index("-o") + 1] = str(program)
    # The linker takes it first, and then needs the archive's member no more.
    link.insert(link.index("-o") + 2, str(changed))
    linked = run(link, build)
    if linked.returncode:
        raise Unfit(linked.stderr)
    return program


def hunt(program, mutation):
    """What breaks first: (invariant, schedules needed), or None."""
    if "schedule" in mutation:
        kept = HERE / "schedules" / mutation["schedule"]
        seed = re.match(r"# seed (\d+)", kept.read_text()).group(1)
        said = run([program, "--seed", seed, "--replay", kept], TOP, timeout=600).stdout
        found = re.search(r"^breaks ([a-z-]+):", said, re.M)
        return (found.group(1), 1) if found else None
    first, branches = mutation.get("seed", 1), mutation.get("branches", 10)
    process = subprocess.Popen([program, "--seed", str(first), "--runs", str(mutation.get("seeds", 4)), "--branches",
                                str(branches), "--jobs", "1", "--no-shrink"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        for line in process.stdout:
            found = re.match(r"seed (\d+), branch (\d+) breaks ([a-z-]+):", line)
            if found:
                return found.group(3), (int(found.group(1)) - first) * branches + int(found.group(2)) + 1
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def judge(build, mutation):
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mutation-"))
    try:
        return hunt(make(build, scratch, mutation), mutation)
    finally:
        shutil.rmtree(scratch)


def table(mutations):
    rows = [f"| {m['says']} | `{m['file']}` | {m['caught']} | {m['needs']} |" for m in mutations]
    return "\n".join(["| bug | in | found by | schedules |", "|---|---|---|---|", *rows])


def docs_with(mutations):
    text = DOCS.read_text()
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table(mutations)}\n{END}{rest.split(END)[1]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="only the mutation of this name (default: all)")
    parser.add_argument("--list", action="store_true", help="list the mutations, and end")
    parser.add_argument("--update-docs", action="store_true", help="write the table of docs/simulation.md")
    options = parser.parse_args()
    build = options.build.resolve()
    everything = yaml.safe_load((HERE / "mutations.yaml").read_text())
    mutations = [m for m in everything if not options.only or m["name"] in options.only]

    if options.list:
        for mutation in mutations:
            print(f"{mutation['name']}: {mutation['says']}")
        return 0
    if options.update_docs:
        DOCS.write_text(docs_with(everything))
        return 0

    print(f"1..{len(mutations) + 1}")
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = [pool.submit(judge, build, mutation) for mutation in mutations]
        for number, (mutation, future) in enumerate(zip(mutations, judged), 1):
            try:
                found = future.result()
                what = f"caught by {found[0]} in schedule {found[1]}" if found else "nothing breaks"
                good = found is not None and found == (mutation["caught"], mutation["needs"])
                if found and not good:
                    what += f", not by {mutation['caught']} in schedule {mutation['needs']} as mutations.yaml says"
            except (Unfit, subprocess.TimeoutExpired) as problem:
                good, what = False, str(problem)
            failures += not good
            print(f"{'ok' if good else 'not ok'} {number} - {mutation['name']}: {what}", flush=True)
    same = docs_with(everything) == DOCS.read_text()
    failures += not same
    print(f"{'ok' if same else 'not ok'} {len(mutations) + 1} - docs/simulation.md has the table of mutations.yaml "
          "(mutations.py BUILD --update-docs writes it)")
    return 1 if failures else 0


sys.exit(main())
