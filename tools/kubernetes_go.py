#!/usr/bin/python3
"""Writes src/sim/schema_go.yaml: what Go's structs do to Kubernetes objects that OpenAPI does not tell.

    tools/kubernetes_go.py MODULES crds/kubernetes.yaml > src/sim/schema_go.yaml

MODULES is a Go module cache (`go env GOMODCACHE`) that holds k8s.io/api, apimachinery and apiextensions-apiserver
of the version that crds/kubernetes.yaml was made from. Run by hand when that file is refreshed.
"""
import pathlib
import re
import sys

import yaml

VERSION = "v0.35.4"
FOLDERS = {
    "meta.v1": "apimachinery@{v}/pkg/apis/meta/v1",
    "apiextensions.v1": "apiextensions-apiserver@{v}/pkg/apis/apiextensions/v1",
}
GROUP_FOLDERS = {"rbac.v1": "rbac/v1"}
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
NAMED = re.compile(r"^type (\w+) (\S+)$", re.M)
FIELD = re.compile(r'^\t(?:(\w+)\s+)?(\*?[\w.\[\]*]+)\s+`[^`]*json:"([^"]*)"')
BASIC = {"string", "bool", "int32", "int64", "int", "float64", "byte", "uint32", "uint64"}
# Structs with an encoding of their own: their zero value as JSON.
OWN = {"Quantity": "always", "IntOrString": "always", "Time": "null", "MicroTime": "null"}


class Package:
    """The struct and named types of one Go package."""

    def __init__(self, folder):
        self.structs, self.named = {}, {}
        for path in sorted(folder.glob("*.go")):
            if path.name.endswith("_test.go") or path.name.startswith("zz_"):
                continue
            text = path.read_text()
            self.structs.update((m[1], m[2]) for m in STRUCT.finditer(text))
            self.named.update((m[1], m[2]) for m in NAMED.finditer(text) if m[2] in BASIC)


def fields(packages, package, struct):
    """(JSON name, Go type, options, package of the type) of a struct, embedded ones flattened."""
    for line in packages[package].structs[struct].splitlines():
        match = FIELD.match(line)
        if not match:
            continue
        name, *options = match[3].split(",")
        go_type, home = match[2], package
        if "." in go_type and go_type.strip("*[]").split(".")[0] in ("metav1", "v1", "corev1"):
            prefix = go_type.strip("*[]").split(".")[0]
            home = "meta.v1" if prefix == "metav1" else "core.v1"
        if not name and ("inline" in options or not match[1]):
            embedded = go_type.strip("*").split(".")[-1]
            if embedded in packages[home].structs:
                yield from fields(packages, home, embedded)
            continue
        if name and name != "-":
            yield name, go_type, options, home


def classify(packages, go_type, options, home):
    """How Go prints a field that has its zero value: see the head of the file written."""
    base = go_type.split(".")[-1]
    omits = "omitempty" in options
    if go_type == "types.UID":
        return None if omits else "always"
    if "omitzero" in options:
        return None
    if go_type.startswith("*"):
        scalar = base.strip("*") in BASIC or base.strip("*") in packages[home].named
        return ("zero" if scalar else None) if omits else "null"
    if go_type.startswith("[]") or go_type.startswith("map["):
        return None if omits else "null"
    if base in BASIC or base in packages[home].named:
        return None if omits else "always"
    if base in OWN:
        return OWN[base]
    if base in packages[home].structs:
        return "always"
    return None if omits else "null"  # named slices and maps: ResourceList, Verbs


def main():
    modules, schemas = pathlib.Path(sys.argv[1]) / "k8s.io", yaml.load(open(sys.argv[2]), Loader=yaml.CSafeLoader)
    prefixes = {name.rsplit(".", 1)[0] for name in schemas} | {"core.v1", "meta.v1"}
    packages = {}
    for prefix in prefixes:
        folder = FOLDERS.get(prefix) or "api@{v}/" + GROUP_FOLDERS.get(prefix, prefix.replace(".", "/"))
        path = modules / folder.format(v=VERSION)
        if path.is_dir():
            packages[prefix] = Package(path)
    print("# W" + __doc__.splitlines()[0].split(": w", 1)[1])
    print("""# Made by tools/kubernetes_go.py from the struct tags of k8s.io/api %s: refresh, don't edit.
#
# One entry per type of kubernetes.yaml that needs one:
#   always: fields that are printed even when they were not set ("resources": {})
#   null:   the same, as null ("rules": null)
#   zero:   scalars whose "", 0 or false is a value of its own (pointers); elsewhere it is the same as absent
#   types:  the Go names of scalars' types, which decoding errors tell""" % VERSION)
    for name in sorted(schemas):
        prefix, struct = name.rsplit(".", 1)
        if prefix not in packages or struct not in packages[prefix].structs:
            continue
        known = schemas[name].get("properties", {})
        entry = {"always": [], "null": [], "zero": [], "types": {}}
        for field, go_type, options, home in fields(packages, prefix, struct):
            if field not in known:
                continue
            kind = classify(packages, go_type, options, home)
            if field == "managedFields":
                kind = "zero"  # an empty list asks for all managers to be forgotten
            if kind:
                entry[kind].append(field)
            base = go_type.strip("*").split(".")[-1]
            if base in packages[home].named and known[field].get("type") in ("string", "integer", "boolean"):
                entry["types"][field] = home.rsplit(".", 1)[1] + "." + base
        entry = {k: v for k, v in entry.items() if v}
        if entry:
            print(name + ":")
            for key, value in entry.items():
                text = yaml.dump(value, default_flow_style=True, width=10 ** 6, sort_keys=False).strip()
                print("  %s: %s" % (key, text))


main()
