#!/usr/bin/python3
"""Holds an API server to the verdicts in manifests/clusters.yaml.

    check_manifests.py manifests/clusters.yaml

Sends every case to the API server of kubectl's current context, which must have the CustomResourceDefinition, as a
dry run with strict validation, and compares: what the schema refuses here must be refused there, with the same field
named, and everything else accepted. Rules over several fields are not in the schema. Exits with 1 on a difference.
"""
import json
import re
import subprocess
import sys

import yaml


def answer(case):
    """What the API server says: "" when it accepts."""
    manifest = {"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jEnterpriseCluster",
                "metadata": {"name": case.get("name", "graph")}, "spec": case["spec"]}
    done = subprocess.run(["kubectl", "create", "--dry-run=server", "--validate=strict", "-f", "-"], text=True,
                          input=json.dumps(manifest), capture_output=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip()


def named(field):
    """How API servers may write a field of ours: a[b] as a.b or a[b]."""
    plain = re.escape(field)
    return re.compile(re.sub(r"\\\[([^]]*)\\\]", r"[.\\[]\"?\1\"?\\]?", plain))


def main():
    differences = 0
    for case in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")):
        refused_by_schema = case.get("schema", []) + [error.split()[1] for error in case.get("errors", [])
                                                      if error.startswith("R1 ")]
        said = answer(case)
        if bool(said) != bool(refused_by_schema):
            differences += 1
            print(f"{case['when']}: expected {refused_by_schema or 'to be accepted'}, the API server said: {said or 'yes'}")
        for field in refused_by_schema if said else []:
            # Of a duplicate the whole item is named.
            written = field.rsplit(".", 1)[0] if "Duplicate value" in said else field
            if not named(written).search(said):
                differences += 1
                print(f"{case['when']}: the API server does not name {field}: {said}")
    sys.exit(1 if differences else 0)


main()
