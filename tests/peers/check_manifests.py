#!/usr/bin/python3
"""Holds an API server to the verdicts of the tables in tests/api/manifests. Prints TAP, a line a table.

    check_manifests.py [--webhook] [--validate PROGRAM] KUBECONFIG TABLE.yaml...

The API server must have the CustomResourceDefinitions; with --webhook it also calls our webhook, which sees what the
definitions can't say, and warns. Every case is sent as a dry run with strict validation; a case with `before` first stores
that and then updates it. Compared are: accepted or not, the fields that are named, and that nothing else is named. With
--validate, `PROGRAM validate` judges the same cases and must say the same of the same fields, word for word, but for unknown
fields, of which it says more. The notation is explained in tests/api/manifests/README.md.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True  # leaves the source folder as it is
import api_client  # noqa: E402

GROUP, VERSION = "neo4j.neo4j.com", "v1alpha1"
HERE = pathlib.Path(__file__).resolve().parent


class Table:
    def __init__(self, path):
        path = pathlib.Path(path)
        declared = yaml.safe_load((HERE.parents[1] / "crds" / f"{path.stem}.yaml").read_text(encoding="utf-8"))
        self.name, self.kind, self.plural = path.stem, declared["kind"], declared["plural"]
        documents = yaml.load_all(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.cases = [document for document in documents if "when" in document]

    def manifest(self, case, part=None):
        """The object of a case, or as it was before."""
        source = case if part is None else case[part]
        if "object" in source:
            return source["object"]
        made = {"apiVersion": f"{GROUP}/{VERSION}", "kind": self.kind,
                "metadata": {"name": case.get("name", "graph"), **source.get("metadata", case.get("metadata", {}))}}
        return {**made, **{key: source[key] for key in ("spec", "status") if key in source}}


def expected_fields(case, judge):
    """What the judge must name; with duplicates of a field once."""
    if judge in case.get("unseen_by", []):
        return []
    return sorted({*case.get("schema", []), *(error.split(" ", 1)[1] for error in case.get("errors", []))})


def plain(field):
    """a[b], a["b"] and a.b are the same name of a field."""
    return re.sub(r"[\[\]\"']+", ".", field).replace("..", ".").strip(".")


def fields_of(answer):
    """The fields that a refusal names."""
    causes = answer.get("details", {}).get("causes", [])
    # A rule that was not looked at, because something else is wrong, names no field of ours.
    named = {cause["field"] for cause in causes if "some validation rules were not checked" not in cause.get("message", "")}
    named |= set(re.findall(r'(?:unknown|duplicate) field "([^"]*)"', answer.get("message", "")))
    return named


def agrees(expected, named):
    """Of a duplicate the API server names the whole item."""
    wanted, found = {plain(field) for field in expected}, {plain(field) for field in named}
    return all(field in found or field.rsplit(".", 1)[0] in found for field in wanted) and \
        all(field in wanted or any(one.rsplit(".", 1)[0] == field for one in wanted) for field in found)


def send(client, table, case):
    """(status, answer, warnings) of the API server to the case."""
    collection = f"/apis/{GROUP}/{VERSION}/namespaces/default/{table.plural}"
    options = "?dryRun=All&fieldValidation=Strict"
    manifest = table.manifest(case)
    if "before" not in case:
        return *client.send("POST", collection + options, manifest), client.warnings
    before = table.manifest(case, "before")
    one = f"{collection}/{before['metadata']['name']}"
    status, answer = client.send("POST", collection, before)
    if status >= 300:
        raise AssertionError(f"what was before is refused: {answer.get('message')}")
    try:
        if "status" in before:
            status, answer = client.send("PUT", one + "/status", {**answer, "status": before["status"]})
            if status >= 300:
                raise AssertionError(f"the status before is refused: {answer.get('message')}")
        version = {"resourceVersion": answer["metadata"]["resourceVersion"]}
        made = {**manifest, "metadata": {**manifest["metadata"], **version}}
        return *client.send("PUT", one + options, made), client.warnings
    finally:
        client.send("DELETE", one, None)


def compare_warnings(case, warnings):
    """None, or what is wrong. What the API server refuses itself the webhook is not asked about."""
    if expected_fields(case, "api-server"):
        return None
    for warning in case.get("warnings", []):
        field = plain(warning.split(" ", 1)[1])
        if not any(field in plain(said) for said in warnings):
            return f"no warning names {field}: {warnings}"
    return None if case.get("warnings") or not warnings else f"warned without need: {warnings}"


def judge_case(client, table, case, judge):
    """None, or what is wrong; and what the API server said of fields."""
    status, answer, warnings = send(client, table, case)
    expected = expected_fields(case, judge)
    said = [] if status < 300 else answer.get("details", {}).get("causes", [])
    if status >= 300 and not expected:
        return f"expected to be accepted, but: {answer.get('message')}", said
    if status < 300 and expected:
        return f"expected {expected}, but it was accepted", said
    named = fields_of(answer) if status >= 300 else set()
    if not agrees(expected, named):
        return f"expected {expected}, named are {sorted(named)}: {answer.get('message')}", said
    return (compare_warnings(case, warnings) if judge == "webhook" else None), said


def validate(program, table, case):
    """What `PROGRAM validate` says of the case: (errors, warnings), each {field, message, rule …}."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("case.yaml", "old.yaml")]
        paths[0].write_text(case.get("text") or json.dumps(table.manifest(case)), encoding="utf-8")
        options = []
        if "before" in case:
            paths[1].write_text(json.dumps(table.manifest(case, "before")), encoding="utf-8")
            options = ["--old", paths[1]]
        done = subprocess.run([program, "validate", "-o", "json", *options, "-f", paths[0]], capture_output=True, text=True,
                              check=False)
    if done.returncode not in (0, 1):
        return [{"field": "", "message": done.stderr, "rule": "unreadable"}], []
    judged = json.loads(done.stdout)["objects"][0]
    return judged["errors"], judged["warnings"]


NOT_CHECKED = "some validation rules were not checked"


def compare_validate(program, table, case, said):
    """None, or what is wrong: against the table, and word for word against what the API server said."""
    errors, warnings = validate(program, table, case)
    if "text" in case:
        return None if errors else "it was accepted"
    named = {error["field"] for error in errors if NOT_CHECKED not in error["message"]}
    if not agrees(expected_fields(case, "validate"), named):
        return f"validate: expected {expected_fields(case, 'validate')}, named are {sorted(named)}"
    wanted = sorted(plain(warning.split(" ", 1)[1]) for warning in case.get("warnings", []))
    if wanted != sorted(plain(warning["field"]) for warning in warnings):
        return f"validate: expected warnings of {wanted}, found {warnings}"
    ours = {(plain(error["field"]), error["message"]) for error in errors}
    for cause in said:
        if (plain(cause["field"]), cause["message"]) not in ours:
            return f"validate does not say: {cause['field']}: {cause['message']}; it says {sorted(ours)}"
    return None


def main():
    parser = argparse.ArgumentParser(description="Holds an API server to the tables of manifests.")
    parser.add_argument("--webhook", action="store_true", help="the API server calls our webhook")
    parser.add_argument("--validate", metavar="PROGRAM", help="compare `PROGRAM validate` too")
    parser.add_argument("kubeconfig")
    parser.add_argument("tables", nargs="+")
    arguments = parser.parse_args()
    client = api_client.Client(arguments.kubeconfig)
    judge = "webhook" if arguments.webhook else "api-server"
    failures = 0
    for number, path in enumerate(arguments.tables, 1):
        table, wrong = Table(path), []
        for case in table.cases:
            problem, said = (None, []) if "text" in case else judge_case(client, table, case, judge)
            if not problem and arguments.validate:
                problem = compare_validate(arguments.validate, table, case, said)
            if problem:
                wrong.append((case["when"], problem))
        failures += bool(wrong)
        judges = judge + (" and validate" if arguments.validate else "")
        print(f"{'not ok' if wrong else 'ok'} {number} - {judges}: {len(table.cases)} cases of {table.kind}", flush=True)
        for when, problem in wrong:
            print(f"#   {when}: {problem}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
