#!/usr/bin/python3
"""Reads the #include lines under src/ and fails when a folder knows one that comes after it.

Each folder may include from itself and from those before it in FOLDERS, but for the rules in LIMITS: these
folders may include from others only what is listed. "folder/*" is all of a folder.
"""

import pathlib
import re
import sys

FOLDERS = ["base", "settings", "cel", "schema", "api", "kube", "bolt", "neo4j", "resources", "controllers", "webhook", "cli", "manager", "sim",
           "sandbox", "simulate"]

# The sandbox is another program than the operator: it shares the base and the wire formats, so that an error
# of the operator's is not made twice and thus hidden. The port to Kubernetes is shared because the simulated
# node is a client of it: of the simulator's store or, over HTTPS, of any API server. Schemas and their rules are
# shared because what an API server says of an object is a fact and no opinion: src/schema and src/cel are held against
# a real kube-apiserver, whoever uses them. So is the catalogue of Neo4j's settings, held against real servers.
SANDBOX = ["base/*", "settings/*", "cel/cel.h", "schema/*", "kube/kube.h", "kube/resource.h", "kube/client.h", "kube/kubeconfig.h", "bolt/packstream.h",
           "bolt/chunking.h", "bolt/handshake.h", "bolt/message.h", "bolt/value.h", "bolt/value_json.h", "api/crd.h"]

LIMITS = {
    "base": [],
    "settings": ["base/*"],
    # The expression language is one of its own, too: it knows values, not objects of Kubernetes.
    "cel": ["base/*"],
    "schema": ["base/*", "cel/*"],
    # Bolt is a protocol of its own and Kubernetes knows nothing of it: neither leans on the generated types.
    "bolt": ["base/*"],
    # It judges without a cluster, so that it runs wherever a manifest is.
    "cli": ["base/*", "settings/*", "schema/*", "api/*"],
    "sim": SANDBOX,
    "sandbox": SANDBOX + ["sim/*"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def is_listed(header, patterns):
    return any(header == pattern or (pattern.endswith("/*") and header.startswith(pattern[:-1]))
               for pattern in patterns)


def problem(folder, header, known_folders):
    """Why a file in folder must not include header, or None."""
    target = header.split("/")[0]
    if target not in known_folders:
        return None  # a generated header, or one beside the file
    if target == folder:
        return None
    if known_folders.index(target) > known_folders.index(folder):
        return f"{target}/ comes after {folder}/"
    if folder in LIMITS and not is_listed(header, LIMITS[folder]):
        return f"{folder}/ may include only {', '.join(LIMITS[folder]) or 'its own headers'}"
    return None


def check_tree(source):
    problems = []
    files = 0
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        if folder.name not in FOLDERS:
            problems.append(f"{folder.name}/ has no place in the order of folders; give it one in FOLDERS")
            continue
        for file in sorted(folder.rglob("*.[ch]")):
            files += 1
            for header in INCLUDE.findall(file.read_text(encoding="utf-8")):
                why = problem(folder.name, header, FOLDERS)
                if why:
                    problems.append(f"{file.relative_to(source)} includes {header}: {why}")
    if files == 0:
        problems.append("no sources were found")
    return problems


def check_rules():
    """The rules themselves, on cases that must and must not pass."""
    cases = [
        ("base", "base/text.h", True),
        ("base", "kube/kube.h", False),
        ("kube", "base/json.h", True),
        ("kube", "resources/names.h", False),
        ("bolt", "kube/kube.h", False),
        ("settings", "neo4j/settings.h", False),
        ("sim", "settings/setting.h", True),
        ("sim", "neo4j/settings.h", False),
        ("controllers", "neo4j/rows.h", True),
        ("schema", "cel/cel.h", True),
        ("schema", "api/field.h", False),
        ("cli", "api/judge.h", True),
        ("cli", "kube/client.h", False),
        ("manager", "cli/commands.h", True),
        ("sim", "schema/node.h", True),
        ("sim", "kube/kube.h", True),
        ("sim", "kube/cache.h", False),
        ("sim", "controllers/plan.h", False),
        ("sim", "bolt/packstream.h", True),
        ("sim", "bolt/connection.h", False),
        ("sandbox", "api/crd.h", True),
        ("sandbox", "api/defaults.h", False),
        ("sandbox", "sim/store.h", True),
        ("sim", "sandbox/main.h", False),
    ]
    return [f"the rules give the wrong answer for {folder}/ and {header}"
            for folder, header, allowed in cases if (problem(folder, header, FOLDERS) is None) != allowed]


def main():
    source = pathlib.Path(sys.argv[1])
    problems = check_rules() + check_tree(source)
    for line in problems:
        print(line)
    return 1 if problems else 0


sys.exit(main())
