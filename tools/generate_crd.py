#!/usr/bin/python3
"""Makes the CustomResourceDefinition of a kind from its declaration.

    generate_crd.py crds/KIND.yaml OUTPUT.yaml       to be applied
    generate_crd.py --c crds/KIND.yaml OUTPUT.c      the same as JSON in a C array, see src/api/crd.h
    generate_crd.py --judge crds/KIND.yaml OUTPUT.json
                                                     for our own judge (src/api/judge.h): without descriptions, and with
                                                     what API servers don't know: the numbers of rules, what forms
                                                     allow in words, and warnings

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
NAME_MAX = 253  # of objects' names, unless a kind says less
BYTES_MAX = 200_000  # of the 262,144 that all annotations of an object may have together
LATER = "Not acted upon yet."
LISTS = ("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type")
# What has no max of its own, so that the API server can tell that the rules end: characters of a string, items of a
# list, entries of a map, characters of their values.
LIMITS = {"string": 4096, "list": 256, "map": 256, "value": 4096}
CEL_RESERVED = {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
                "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}


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
    if out.get("x-kubernetes-list-type") == "atomic":
        del out["x-kubernetes-list-type"]  # which is what lists are that say nothing
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


def cel_name(name):
    """How CEL writes a member's name."""
    if name in CEL_RESERVED:
        return f"__{name}__"
    return name.replace("__", "__underscores__").replace(".", "__dot__").replace("-", "__dash__").replace("/", "__slash__")


def place_in(schema, path):
    """The part of a schema at topology.serverRoles[] or oidc{}."""
    for step in filter(None, path.replace("[]", ".[]").replace("{}", ".{}").split(".")):
        inner = {"[]": "items", "{}": "additionalProperties"}.get(step)
        schema = schema.get(inner) if inner else schema.get("properties", {}).get(step)
        if schema is None:
            raise api_model.ModelError(f"a check is at {path}, and there is no {step}")
    return schema


class Schema:
    """for_us: with what only our own judge knows, and without descriptions."""

    def __init__(self, loader, for_us=False, is_status=False):
        self.loader = loader
        self.for_us = for_us
        self.is_status = is_status

    def add_check(self, schema, check):
        """Adds a rule where `schema` is; fields that are named must be there."""
        if (check.is_ours or check.warns) and not self.for_us:
            return
        if check.field and "(" not in check.field:
            place_in(schema, check.field.split("[")[0])
        rule = {"rule": check.holds}
        if check.message_of:
            rule["messageExpression"] = check.message_of
        rule["message"] = check.message or "is not allowed"
        if check.field:
            rule["fieldPath"] = check.field if check.field.startswith("[") else "." + check.field
        if check.reason != "FieldValueInvalid":  # which is what a rule is that says nothing
            rule["reason"] = check.reason
        if self.for_us:
            rule["x-number"] = check.number
        schema.setdefault("x-warnings" if check.warns else "x-kubernetes-validations", []).append(rule)

    def add_alias_checks(self, made, schema):
        for field in made.fields:
            names = [field.name] + [other.name for other in made.fields if other.alias_of == field.name]
            if field.alias_of:
                this, meant = f"self.{cel_name(field.name)}", f"self.{cel_name(field.alias_of)}"
                # Two objects are of two types in CEL, which are never compared.
                equal = f"dyn({this}) == dyn({meant})" if field.object else f"{this} == {meant}"
                self.add_check(schema, api_model.Check("ALIAS", {
                    "holds": f"!has({this}) || !has({meant}) || {equal}",
                    "field": field.name, **({"only": "ours"} if field.type == "API_JSON" or field.either else {}),
                    "message": f"is another name of {field.alias_of}, which is set to something else; remove one of them"}))
            elif field.is_required and len(names) > 1:
                self.add_check(schema, api_model.Check("ALIAS", {
                    "holds": " || ".join(f"has(self.{cel_name(name)})" for name in names),
                    "field": field.name, "kind": "Required", "message": f"or {', or '.join(names[1:])}, its other name"}))

    def object(self, made, is_below_later=False):
        out = {"type": "object"}
        required = [field.name for field in made.fields
                    if field.is_required and not any(other.alias_of == field.name for other in made.fields)]
        if required:
            out["required"] = required
        out["properties"] = {field.name: self.field(field, is_below_later) for field in made.fields}
        if made.is_open:
            out["x-kubernetes-preserve-unknown-fields"] = True
        self.add_alias_checks(made, out)
        for place, check in self.loader.shared_checks(made):
            self.add_check(place_in(out, place), check)
        return out

    def form(self, name):
        """Pattern of a form, and for us what it allows."""
        form = self.loader.formats[name]
        return {"pattern": form["pattern"], **({"x-allowed": form["words"]} if self.for_us else {})}

    def string(self, rules):
        out = {"type": "string"}
        form = rules.get("format")
        if rules.get("words"):
            out["enum"] = rules["words"]
        else:
            out["maxLength"] = rules.get("max") or (form and self.loader.formats[form].get("max")) or LIMITS["string"]
        if form:
            out.update(self.form(form))
        if "min" in rules:
            out["minLength"] = rules["min"]
        return out

    def object_or_string(self, field, is_later):
        """The API server judges the string by its form and the object by its parts, but can't refuse anything else."""
        made = self.object(field.either, is_later)
        names = ", ".join(made["properties"])
        form = self.loader.formats[field.or_string]
        out = {"x-kubernetes-preserve-unknown-fields": True, **{key: value for key, value in made.items() if key != "type"},
               "maxLength": form["max"], **self.form(field.or_string)}
        if "min" in form:
            out["minLength"] = form["min"]
        self.add_check(out, api_model.Check("EITHER", {
            "holds": "type(self) == string || type(self) == map && self.all(name, name in [" +
                     ", ".join(f"'{name}'" for name in made["properties"]) + "])",
            "only": "ours", "message": f"must be a string, or an object of {names}"}))
        return out

    def list(self, field):
        lowest = {"minItems": field.declared["min"]} if "min" in field.declared else {}
        return {"type": "array", **lowest, "maxItems": field.declared.get("max", LIMITS["list"])}

    def map(self, field):
        return {"type": "object", "maxProperties": field.declared.get("max", LIMITS["map"])}

    def value(self, field, is_later):
        declared = field.declared
        match field.type:
            case "API_STRING":
                return self.string(declared)
            case "API_QUANTITY":
                pattern = self.form(declared["format"]) if "format" in declared else {}
                return {"x-kubernetes-int-or-string": True, **pattern}
            case "API_BOOLEAN":
                return {"type": "boolean"}
            case "API_INT32" | "API_INT64":
                # API servers do not look at the format. What is in a status, we wrote.
                most = 2**31 - 1 if field.type == "API_INT32" and not self.is_status else None
                bounds = {"minimum": declared.get("min"), "maximum": declared.get("max", most)}
                return {"type": "integer", "format": field.type[4:].lower(),
                        **{key: value for key, value in bounds.items() if value is not None}}
            case "API_OBJECT":
                return self.object(field.object, is_later)
            case "API_STRING_LIST":
                return {**self.list(field), "items": self.string(field.item)}
            case "API_OBJECT_LIST":
                return {**self.list(field), "items": self.object(field.object, is_later)}
            case "API_OBJECT_MAP":
                return {**self.map(field), "additionalProperties": self.object(field.object, is_later)}
            case "API_STRING_MAP":
                value = {"type": "string", "maxLength": declared.get("value_max", LIMITS["value"])}
                return {**self.map(field), "additionalProperties": value}
            case "API_JSON_LIST" if field.either:
                out = {**self.list(field), "items": self.object_or_string(field, is_later)}
                # Rules of items are not asked about null.
                self.add_check(out, api_model.Check("EITHER", {
                    "holds": "self.all(item, type(item) != null_type)", "only": "ours", "message": "must have no null items"}))
                return out
            case "API_JSON_LIST":
                items = core_schema(self.loader.core, field.core)
                # Keys of a list must be there; a pod's schema allows them to be empty instead.
                absent = [key for key in field.list_keys if "default" not in items["properties"][key]]
                if absent:
                    items["required"] = sorted({*items.get("required", []), *absent})
                return {**self.list(field), "items": items}
            case "API_JSON_OBJECT":
                out = core_schema(self.loader.core, field.core)
                for name, core in declared.get("plus", {}).items():
                    out["properties"][name] = core_schema(self.loader.core, core)
                return out
            case "API_JSON" if field.either:
                return self.object_or_string(field, is_later)
            case _:
                return {"x-kubernetes-preserve-unknown-fields": True}

    def field(self, field, is_below_later):
        is_later = field.effect == "later"
        text = f"{field.about} {LATER}" if is_later and not is_below_later else field.about
        out = {**({} if self.for_us else {"description": text}), **self.value(field, is_later or is_below_later)}
        if "default" in field.declared:
            out["default"] = field.declared["default"]
        if field.list_keys:
            out["x-kubernetes-list-type"] = "map"
            out["x-kubernetes-list-map-keys"] = field.list_keys
        elif field.declared.get("set"):
            out["x-kubernetes-list-type"] = "set"
        elif out.get("type") == "array":
            out.setdefault("x-kubernetes-list-type", "atomic")
        return out


def object_schema(kind, loader, for_us):
    schema = Schema(loader, for_us)
    # Declared so that rules can name it.
    metadata = {"type": "object", "properties": {"name": {"type": "string", "maxLength": kind.name_max or NAME_MAX}}}
    about = kind.about if kind.effect == "now" else f"{kind.about} This version judges it and does not act upon it yet."
    out = {
        **({} if for_us else {"description": about}), "type": "object", "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"} | ({} if for_us else {"description": f"{GROUP}/{VERSION}"}),
            "kind": {"type": "string"} | ({} if for_us else {"description": kind.kind}),
            "metadata": metadata,
            "spec": ({} if for_us else {"description": "What it should be."}) | schema.object(kind.spec),
            "status": ({} if for_us else {"description": "What it is."})
            | Schema(loader, for_us, is_status=True).object(kind.status)}}
    for check in [check for rule in kind.rules.values() for check in rule.checks] + loader.whole_object_checks(kind):
        schema.add_check(place_in(out, check.at), check)
    return out


def definition(kind, loader, for_us=False):
    version = {
        "name": VERSION, "served": True, "storage": True,
        "additionalPrinterColumns": [{"name": column["name"], "type": column["type"], "jsonPath": column["path"],
                                      **({"priority": column["priority"]} if "priority" in column else {})}
                                     for column in kind.columns],
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": object_schema(kind, loader, for_us)},
    }
    if kind.scale:
        version["subresources"]["scale"] = {"specReplicasPath": kind.scale["spec"],
                                            "statusReplicasPath": kind.scale["status"],
                                            "labelSelectorPath": kind.scale["selector"]}
    names = {"kind": kind.kind, "listKind": kind.kind + "List", "plural": kind.plural, "singular": kind.kind.lower(),
             "shortNames": kind.short_names, "categories": kind.categories}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{kind.plural}.{GROUP}"},
            "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]}}


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


Dumper.add_representer(OneLine, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, True))


def main():
    arguments = sys.argv[1:]
    option = arguments.pop(0) if arguments[0].startswith("--") else None
    source, output = arguments
    kind, loader = api_model.load(source)
    made = definition(kind, loader, for_us=option == "--judge")
    compact = json.dumps(made, separators=(",", ":"), ensure_ascii=False)
    if len(compact.encode()) > BYTES_MAX:
        sys.exit(f"generate_crd.py: {kind.kind} has {len(compact.encode())} bytes, more than {BYTES_MAX}")
    if option == "--judge":
        pathlib.Path(output).write_text(compact, encoding="utf-8")
        return
    if not option:
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
