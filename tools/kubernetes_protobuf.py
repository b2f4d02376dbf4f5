#!/usr/bin/python3
"""Writes crds/kubernetes_protobuf.yaml: the field numbers of the Kubernetes types, as clients in Go send them.

    kubernetes_protobuf.py GO_MODULES_DIRECTORY VERSION crds/kubernetes.yaml OUTPUT.yaml

Reads the generated.proto files of the modules k8s.io/api and k8s.io/apimachinery (for example in ~/go/pkg/mod, version
v0.35.4) and keeps the kinds that crds/kubernetes.yaml has, the ones below, and every message that they lead to.
"""
import pathlib
import re
import sys

import yaml

# Kinds that come only as the body of a request.
REQUESTS = ["core.v1.Binding", "meta.v1.DeleteOptions", "authentication.v1.SelfSubjectReview",
            "authorization.v1.SubjectAccessReview", "authorization.v1.LocalSubjectAccessReview",
            "authorization.v1.SelfSubjectRulesReview"]
HEAD = """\
# The field numbers of the Kubernetes types that this project uses, as Go clients send them in protobuf. Made by
# tools/kubernetes_protobuf.py from the generated.proto files of k8s.io/api and k8s.io/apimachinery {version}
# (Kubernetes is licensed under the Apache License 2.0): refresh, don't edit.
#
# field: NUMBER [list|map] TYPE; a type with a dot names another entry. "inline": its fields belong to the outer object.
"""
FIELD = re.compile(r"^\s+(?:(optional|repeated|required)\s+)?(map<\s*string\s*,\s*([.\w]+)\s*>|[.\w]+)\s+(\w+)\s*=\s*(\d+)")
MESSAGE = re.compile(r"^message (\w+) \{")
PACKAGE = re.compile(r"^package ([\w.]+);")
SCALARS = {"string", "bytes", "bool", "int32", "int64", "double"}


def short(name):
    return re.sub(r"^k8s\.io\.(api|apimachinery\.pkg\.(apis|api|util)|apimachinery\.pkg)\.", "", name.lstrip("."))


def read_messages(directory, version):
    messages = {}
    for module in ("api", "apimachinery"):
        for path in sorted(pathlib.Path(directory, "k8s.io", f"{module}@{version}").rglob("generated.proto")):
            package, message = None, None
            for line in path.read_text().splitlines():
                if found := PACKAGE.match(line):
                    package = short(found[1] + ".x")[:-2]
                elif found := MESSAGE.match(line):
                    message = messages.setdefault(f"{package}.{found[1]}", {})
                elif line.startswith("}"):
                    message = None
                elif message is not None and (found := FIELD.match(line)):
                    label, kind, map_value, name, number = found.groups()
                    shape = "map " if map_value else "list " if label == "repeated" else ""
                    kind = map_value or kind
                    if kind not in SCALARS:
                        kind = short(kind) if "." in kind.lstrip(".") else f"{package}.{kind}"
                    message[name] = (int(number), shape, kind)
    return messages


def main():
    directory, version, schema_path, output = sys.argv[1:]
    schemas = yaml.load(open(schema_path), Loader=yaml.CSafeLoader)
    messages = read_messages(directory, version)
    waiting = [name for name, schema in schemas.items() if "x-kubernetes-group-version-kind" in schema] + REQUESTS
    waiting = [name for name in waiting if name in messages]
    kept = {}
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept[name] = messages[name]
        waiting += [kind for _, _, kind in messages[name].values() if kind in messages]
    with open(output, "w") as out:
        out.write(HEAD.format(version=version))
        for name in sorted(kept):
            known = schemas.get(name, {}).get("properties")
            out.write(f"{name}:\n" if kept[name] else f"{name}: {{}}\n")
            for field, (number, shape, kind) in sorted(kept[name].items(), key=lambda item: item[1][0]):
                inline = "inline " if known and field not in known and "." in kind and not shape else ""
                out.write(f"  {field}: {number} {inline}{shape}{kind}\n")


main()
