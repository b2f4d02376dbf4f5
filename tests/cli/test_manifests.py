#!/usr/bin/python3
"""Holds `kubectl-neo4j validate` to the tables of manifests, see tests/api/manifests/README.md. Prints TAP, a line a table.

    test_manifests.py PROGRAM TABLE.yaml...

All cases of a table are judged in one run, each a file of its own in a namespace of its own, in which its `before` is
found, too. Exactly the fields and rules that a case names must be found, each with a place in its file.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

PROGRAM, TABLES = pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(path) for path in sys.argv[2:]]
API_VERSION = "neo4j.neo4j.com/v1alpha1"
CRDS = pathlib.Path(__file__).resolve().parents[2] / "crds"
NOT_CHECKED = "some validation rules were not checked"


def load(path):
    documents = yaml.load_all(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [document for document in documents if "when" in document]


def manifest(kind, case, part, namespace):
    """The object of a case, or as it was before; in the namespace, when it has metadata to say so."""
    made = part.get("object")
    if made is None:
        made = {"apiVersion": API_VERSION, "kind": kind,
                "metadata": {"name": case.get("name", "graph"), **part.get("metadata", case.get("metadata", {}))}}
        made.update({key: part[key] for key in ("spec", "status") if key in part})
    if isinstance(made.get("metadata"), dict) and "namespace" not in made["metadata"]:
        made = {**made, "metadata": {**made["metadata"], "namespace": namespace}}
    return made


def write(kind, cases, folder):
    """new/NNN.yaml for each case, old/NNN.yaml for each that has a before."""
    for name in ("new", "old"):
        (folder / name).mkdir()
    for number, case in enumerate(cases):
        name, namespace = f"{number:04}.yaml", f"case-{number}"
        text = case["text"] if "text" in case else json.dumps(manifest(kind, case, case, namespace), default=str)
        (folder / "new" / name).write_text(text, encoding="utf-8")
        if "before" in case:
            before = manifest(kind, case, case["before"], namespace)
            (folder / "old" / name).write_text(json.dumps(before, default=str), encoding="utf-8")


def judge(folder):
    """What was found, by the number of the case: (errors, warnings)."""
    old = ["--old", "old"] if any((folder / "old").iterdir()) else []
    done = subprocess.run([PROGRAM, "validate", "-f", "new", "-o", "json", *old], cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1, 2) and not done.stderr, f"{done.returncode}: {done.stderr}"
    report = json.loads(done.stdout)
    found = {}
    for item in report["objects"]:
        assert item["valid"] == (not item["errors"]), item
        assert all(one["line"] > 0 and one["column"] > 0 for one in item["errors"] + item["warnings"]), item
        errors, warnings = found.setdefault(int(pathlib.Path(item["file"]).stem), ([], []))
        errors += item["errors"]
        warnings += item["warnings"]
    for item in report["unreadable"]:
        found[int(pathlib.Path(item["file"]).stem)] = ([{"field": item["message"], "rule": None, "message": ""}], [])
    return found


def plain(field):
    """a[b], a["b"] and a.b are the same name of a field."""
    return re.sub(r"[\[\]\"']+", ".", field).replace("..", ".").strip(".")


def agrees(expected, found):
    """Of a duplicate the whole item is named."""
    wanted, named = {plain(field) for field in expected}, {plain(field) for field in found}
    return all(field in named or field.rsplit(".", 1)[0] in named for field in wanted) and \
        all(field in wanted or any(one.rsplit(".", 1)[0] == field for one in wanted) for field in named)


def problems_of(case, errors, warnings):
    errors = [one for one in errors if NOT_CHECKED not in one["message"]]
    found = {
        "schema": [one["field"] for one in errors if not one["rule"]],
        "errors": [f"{one['rule']} {one['field']}" for one in errors if one["rule"]],
        "warnings": [f"{one['rule']} {one['field']}" for one in warnings],
    }
    return [f"{case['when']}: {key}: expected {case.get(key, [])}, found {found[key]}"
            for key in found if not agrees(case.get(key, []), found[key])]


def check_table(path):
    kind = yaml.safe_load((CRDS / path.name).read_text(encoding="utf-8"))["kind"]
    cases = load(path)
    with tempfile.TemporaryDirectory(prefix="manifests-") as name:
        folder = pathlib.Path(name)
        write(kind, cases, folder)
        found = judge(folder)
    assert len(cases) > 0 and len(found) == len(cases), f"{len(cases)} cases, {len(found)} were judged"
    return kind, len(cases), [problem for number, case in enumerate(cases) for problem in problems_of(case, *found[number])]


def main():
    failures = 0
    print(f"1..{len(TABLES)}")
    for number, path in enumerate(TABLES, 1):
        kind, count, problems = check_table(path)
        failures += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {count} cases of {kind}")
        for problem in problems:
            print(f"#   {problem}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
