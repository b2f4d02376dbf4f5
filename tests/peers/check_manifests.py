#!/usr/bin/python3
"""Holds an API server to the verdicts of the tables in tests/api/manifests. Prints TAP, a line a table.

    check_manifests.py [--webhook] KUBECONFIG TABLE.yaml...

The API server must have the CustomResourceDefinitions; with --webhook it also calls our webhook, which sees what the
definitions can't say. Every case is sent as a dry run with strict validation; a case with `before` first stores that and
then updates it. Compared are: accepted or not, the fields that are named, and that nothing else is named. The notation
is explained in tests/api/manifests/README.md.
"""
import argparse
import json
import pathlib
import re
import sys

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
        self.cases = list(yaml.load_all(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

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


def judge_case(client, table, case, judge):
    """None, or what is wrong."""
    collection = f"/apis/{GROUP}/{VERSION}/namespaces/default/{table.plural}"
    options = "?dryRun=All&fieldValidation=Strict"
    manifest = table.manifest(case)
    if "before" in case:
        before = table.manifest(case, "before")
        one = f"{collection}/{before['metadata']['name']}"
        status, answer = client.send("POST", collection, before)
        if status >= 300:
            return f"what was before is refused: {answer.get('message')}"
        try:
            version = answer["metadata"]["resourceVersion"]
            if "status" in before:
                stored = {**answer, "status": before["status"]}
                status, answer = client.send("PUT", one + "/status", stored)
                if status >= 300:
                    return f"the status before is refused: {answer.get('message')}"
                version = answer["metadata"]["resourceVersion"]
            manifest = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": version}}
            status, answer = client.send("PUT", one + options, manifest)
        finally:
            client.send("DELETE", one, None)
    else:
        status, answer = client.send("POST", collection + options, manifest)
    expected = expected_fields(case, judge)
    if status < 300:
        return f"expected {expected}, but it was accepted" if expected else None
    named = fields_of(answer)
    if not expected:
        return f"expected to be accepted, but: {answer.get('message')}"
    return None if agrees(expected, named) else f"expected {expected}, named are {sorted(named)}: {answer.get('message')}"


def main():
    parser = argparse.ArgumentParser(description="Holds an API server to the tables of manifests.")
    parser.add_argument("--webhook", action="store_true", help="the API server calls our webhook")
    parser.add_argument("kubeconfig")
    parser.add_argument("tables", nargs="+")
    arguments = parser.parse_args()
    client = api_client.Client(arguments.kubeconfig)
    judge = "webhook" if arguments.webhook else "api-server"
    failures = 0
    for number, path in enumerate(arguments.tables, 1):
        table = Table(path)
        wrong = [(case["when"], problem) for case in table.cases
                 if "text" not in case and (problem := judge_case(client, table, case, judge))]
        failures += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {judge}: {len(table.cases)} cases of {table.kind}")
        for when, problem in wrong:
            print(f"#   {when}: {problem}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
