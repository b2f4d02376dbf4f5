#!/usr/bin/python3
"""Makes the CustomResourceDefinition of a kind from its declaration.

    generate_crd.py crds/KIND.yaml OUTPUT.yaml    to be applied
    generate_crd.py --c crds/KIND.yaml OUTPUT.c   the same as JSON in a C array, see src/api/crd.h

Embedded Kubernetes types are expanded from crds/kubernetes.yaml, structure without prose, so that kubectl explain and
pruning work. The whole stays below what client-side apply can keep in an annotation.
"""
import json
import pathlib
import sys

import yaml

sys.dont_write_bytecode = True  # leaves the source folder as it is
import api_model  # noqa: E402

GROUP, VERSION = "neo4j.neo4j.com", "v1alpha1"
BYTES_MAX = 200_000  # of the 262,144 that all annotations of an object may have together
LATER = "Not acted upon yet."
LISTS = ("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type")


class OneLine(dict):
    """A mapping that YAML shows in flow style."""


def core_schema(core, name):
    """A type of kubernetes.yaml with all that it leads to, as a structural schema."""
    return OneLine(core_value(core, core[name]))


def core_value(core, declared):
    if "$ref" in declared:
        out = core_value(core, core[declared["$ref"]])
        out.update({key: declared[key] for key in LISTS if key in declared})
        if "default" in declared:
            out["default"] = declared["default"]
        return out
    if declared.get("x-kubernetes-int-or-string"):
        return {"x-kubernetes-int-or-string": True}
    out = {key: declared[key] for key in ("type", "required", "enum", "default", *LISTS) if key in declared}
    if declared.get("format") in ("int32", "int64", "double", "date-time", "byte"):
        out["format"] = declared["format"]
    if "properties" in declared:
        out["properties"] = {key: core_value(core, value) for key, value in declared["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in declared:
            out[key] = core_value(core, declared[key])
    if declared.get("x-kubernetes-preserve-unknown-fields"):
        out["x-kubernetes-preserve-unknown-fields"] = True
    return out


class Schema:
    def __init__(self, loader):
        self.loader = loader

    def object(self, made, is_below_later=False):
        out = {"type": "object"}
        required = [field.name for field in made.fields
                    if field.is_required and not any(other.alias_of == field.name for other in made.fields)]
        if required:
            out["required"] = required
        out["properties"] = {field.name: self.field(field, is_below_later) for field in made.fields}
        if made.is_open:
            out["x-kubernetes-preserve-unknown-fields"] = True
        return out

    def string(self, rules):
        out = {"type": "string"}
        if rules.get("words"):
            out["enum"] = rules["words"]
        if rules.get("format"):
            out["pattern"] = self.loader.formats[rules["format"]]["pattern"]
        if "min" in rules:
            out["minLength"] = rules["min"]
        return out

    def value(self, field, is_later):
        declared = field.declared
        match field.type:
            case "API_STRING":
                return self.string(declared)
            case "API_QUANTITY":
                pattern = {"pattern": self.loader.formats[declared["format"]]["pattern"]} if "format" in declared else {}
                return {"x-kubernetes-int-or-string": True, **pattern}
            case "API_BOOLEAN":
                return {"type": "boolean"}
            case "API_INT32" | "API_INT64":
                bounds = {"minimum": declared.get("min"), "maximum": declared.get("max")}
                return {"type": "integer", "format": field.type[4:].lower(),
                        **{key: value for key, value in bounds.items() if value is not None}}
            case "API_OBJECT":
                return self.object(field.object, is_later)
            case "API_STRING_LIST":
                return {"type": "array", "items": self.string(field.item)}
            case "API_OBJECT_LIST":
                return {"type": "array", "items": self.object(field.object, is_later)}
            case "API_OBJECT_MAP":
                return {"type": "object", "additionalProperties": self.object(field.object, is_later)}
            case "API_STRING_MAP":
                return {"type": "object", "additionalProperties": {"type": "string"}}
            case "API_JSON_LIST":
                items = core_schema(self.loader.core, field.core)
                # Keys of a list must be there; a pod's schema allows them to be empty instead.
                absent = [key for key in field.list_keys if "default" not in items["properties"][key]]
                if absent:
                    items["required"] = sorted({*items.get("required", []), *absent})
                return {"type": "array", "items": items}
            case "API_JSON_OBJECT":
                out = core_schema(self.loader.core, field.core)
                for name, core in declared.get("plus", {}).items():
                    out["properties"][name] = core_schema(self.loader.core, core)
                return out
            case _:
                return {"x-kubernetes-preserve-unknown-fields": True}

    def field(self, field, is_below_later):
        is_later = field.effect == "later"
        text = f"{field.about} {LATER}" if is_later and not is_below_later else field.about
        out = {"description": text, **self.value(field, is_later or is_below_later)}
        if "default" in field.declared:
            out["default"] = field.declared["default"]
        if field.list_keys:
            out["x-kubernetes-list-type"] = "map"
            out["x-kubernetes-list-map-keys"] = field.list_keys
        elif out.get("type") == "array":
            out.setdefault("x-kubernetes-list-type", "atomic")
        return out


def definition(kind, loader):
    schema = Schema(loader)
    metadata = {"type": "object"}
    if kind.name_max:
        metadata["properties"] = {"name": {"type": "string", "maxLength": kind.name_max}}
    version = {
        "name": VERSION, "served": True, "storage": True,
        "additionalPrinterColumns": [{"name": column["name"], "type": column["type"], "jsonPath": column["path"]}
                                     for column in kind.columns],
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {
            "description": kind.about, "type": "object", "required": ["spec"],
            "properties": {
                "apiVersion": {"type": "string", "description": f"{GROUP}/{VERSION}"},
                "kind": {"type": "string", "description": kind.kind},
                "metadata": metadata,
                "spec": {"description": "What it should be.", **schema.object(kind.spec)},
                "status": {"description": "What it is.", **schema.object(kind.status)}}}},
    }
    if kind.scale:
        version["subresources"]["scale"] = {"specReplicasPath": kind.scale["spec"],
                                            "statusReplicasPath": kind.scale["status"],
                                            "labelSelectorPath": kind.scale["selector"]}
    names = {"kind": kind.kind, "listKind": kind.kind + "List", "plural": kind.plural, "singular": kind.kind.lower(),
             "shortNames": kind.short_names, "categories": ["neo4j"]}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{kind.plural}.{GROUP}"},
            "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]}}


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


Dumper.add_representer(OneLine, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, True))


def main():
    arguments = sys.argv[1:]
    as_c = arguments[0] == "--c"
    source, output = arguments[1 if as_c else 0:]
    kind, loader = api_model.load(source)
    made = definition(kind, loader)
    compact = json.dumps(made, separators=(",", ":"), ensure_ascii=False)
    if len(compact.encode()) > BYTES_MAX:
        sys.exit(f"generate_crd.py: {kind.kind} has {len(compact.encode())} bytes, more than {BYTES_MAX}")
    if not as_c:
        # Embedded types and leaves in one line each: half the size of block style, and our own fields stand out.
        text = yaml.dump(made, Dumper=Dumper, sort_keys=False, width=110, allow_unicode=True, default_flow_style=None)
        pathlib.Path(output).write_text(text, encoding="utf-8")
        return
    pieces = [compact[start:start + 100] for start in range(0, len(compact), 100)]
    body = "\n".join("    " + json.dumps(piece, ensure_ascii=False) for piece in pieces)
    pathlib.Path(output).write_text(
        f'/* Made from crds/{kind.prefix}.yaml by tools/generate_crd.py: edit that file. */\n#include "api/crd.h"\n\n'
        f"const struct crd crd_{kind.prefix} = {{\n.name = {json.dumps(made['metadata']['name'])},\n"
        f".length = {len(compact.encode())},\n.json =\n{body},\n}};\n", encoding="utf-8")


try:
    main()
except api_model.ModelError as error:
    sys.exit(f"generate_crd.py: {error}")
