#!/usr/bin/python3
"""Writes crds/kubernetes.yaml: the structure of the Kubernetes types that this project uses, without prose.

    kubernetes_schema.py OUTPUT.yaml

Asks the API server that kubectl is set up for (KUBECONFIG, current context) for its OpenAPI v3 documents, takes
the kinds below with every type that they lead to, and keeps what decides about an object's form: types, required
fields, enums, defaults, and how lists and maps merge.
"""
import json
import re
import subprocess
import sys

# Document of the API server -> kinds to take from it: those of its own group, and those of its subresources.
KINDS = {
    "api/v1": "Pod Service Endpoints ConfigMap Secret ServiceAccount PersistentVolumeClaim PersistentVolume Node "
              "Namespace Event Eviction TokenRequest Scale",
    "apis/events.k8s.io/v1": "Event",
    "apis/apps/v1": "StatefulSet ControllerRevision Deployment ReplicaSet",
    "apis/batch/v1": "Job CronJob",
    "apis/policy/v1": "PodDisruptionBudget",
    "apis/rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "apis/storage.k8s.io/v1": "StorageClass",
    "apis/discovery.k8s.io/v1": "EndpointSlice",
    "apis/coordination.k8s.io/v1": "Lease",
    "apis/networking.k8s.io/v1": "Ingress NetworkPolicy",
    "apis/apiextensions.k8s.io/v1": "CustomResourceDefinition",
    "apis/authentication.k8s.io/v1": "TokenReview",
    "apis/authorization.k8s.io/v1": "SelfSubjectAccessReview",
    "apis/scheduling.k8s.io/v1": "PriorityClass",
}
GROUPS_OF_SUBRESOURCES = {"Eviction": "policy", "TokenRequest": "authentication.k8s.io", "Scale": "autoscaling"}
# Types that requests and answers carry beside the kinds.
META = ["io.k8s.apimachinery.pkg.apis.meta.v1.Status", "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
        "io.k8s.apimachinery.pkg.apis.meta.v1.Condition"]

KEPT = ["type", "format", "required", "enum", "default", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type", "x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key",
        "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"]
ZERO = ("", 0, False, {})

HEAD = """\
# The structure of the Kubernetes types that this project uses. Made by tools/kubernetes_schema.py from the OpenAPI
# v3 documents of kube-apiserver {version} (Kubernetes is licensed under the Apache License 2.0): refresh, don't edit.
#
# One entry per type, named as in OpenAPI without the package path: core.v1.Pod, meta.v1.ObjectMeta. $ref names
# another entry. No descriptions. Defaults that are Go's zero value ("", 0, false, {{}}) are left out: every absent
# scalar reads so. A quantity and an int-or-string have no type but x-kubernetes-int-or-string, told apart by format.
# x-kubernetes-preserve-unknown-fields: any value is allowed.
"""


def short(name):
    """io.k8s.api.core.v1.Pod -> core.v1.Pod, io.k8s.apimachinery.pkg.apis.meta.v1.Time -> meta.v1.Time"""
    return re.sub(r"^io\.k8s\.(api|apimachinery\.pkg\.(apis|api|util)|apimachinery\.pkg|"
                  r"apiextensions-apiserver\.pkg\.apis)\.", "", name)


def reduced(schema, references):
    """A schema without prose. Adds the types that it refers to, by full name."""
    schema = dict(schema)
    for part in schema.pop("allOf", []):
        schema.update(part)
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        references.add(name)
        out = {"$ref": short(name)}
    else:
        out = {}
    for key in KEPT:
        if key in schema and not (key == "default" and schema[key] in ZERO):
            out[key] = schema[key]
    if len(schema.get("x-kubernetes-group-version-kind", [])) == 1:  # DeleteOptions has one for each group
        out["x-kubernetes-group-version-kind"] = schema["x-kubernetes-group-version-kind"]
    for key in ("items", "additionalProperties"):
        if key in schema:
            out[key] = reduced(schema[key], references)
    if "properties" in schema:
        out["properties"] = {name: reduced(value, references) for name, value in schema["properties"].items()}
    if "oneOf" in schema:  # a quantity or an int-or-string
        out["x-kubernetes-int-or-string"] = True
        out["format"] = schema.get("format", "quantity")
    if not out or out == {"type": "object"}:
        out["x-kubernetes-preserve-unknown-fields"] = True
    return out


def flow(value):
    """One line of YAML: JSON without the quotes that YAML doesn't need."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z$][A-Za-z0-9$./_-]*", value)
    return value if plain and value.lower() not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null") \
        else json.dumps(value)


def main():
    output = sys.argv[1]
    raw = lambda path: json.loads(subprocess.check_output(["kubectl", "get", "--raw", path]))
    known, wanted = {}, list(META)
    for path, kinds in KINDS.items():
        group, version = ("", "v1") if path == "api/v1" else path.split("/")[1:]
        schemas = raw("/openapi/v3/" + path)["components"]["schemas"]
        known.update(schemas)
        for kind in kinds.split():
            matching = {"group": GROUPS_OF_SUBRESOURCES.get(kind, group), "version": version, "kind": kind}
            found = [name for name, schema in schemas.items()
                     if schema.get("x-kubernetes-group-version-kind") == [matching]]
            if len(found) != 1:
                sys.exit(f"{path}: {len(found)} types for {matching}")
            wanted += found
    types = {}
    while wanted:
        name = wanted.pop()
        if short(name) in types:
            continue
        references = set()
        types[short(name)] = reduced(known[name], references)
        wanted += sorted(references)
    lines = [HEAD.format(version=raw("/version")["gitVersion"])]
    for name, schema in sorted(types.items()):
        properties = schema.pop("properties", None)
        if properties is None:
            lines.append(f"{name}: {flow(schema)}\n")
            continue
        lines.append(f"{name}:\n")
        lines += [f"  {key}: {flow(value)}\n" for key, value in schema.items()]
        lines.append("  properties:\n")
        lines += [f"    {flow(key)}: {flow(value)}\n" for key, value in properties.items()]
    with open(output, "w", encoding="utf-8") as file:
        file.writelines(lines)


main()
