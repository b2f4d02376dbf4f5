#!/usr/bin/python3
"""Makes the reference page of a kind, with every field, from its declaration.

    generate_reference.py crds/KIND.yaml examples/KIND.yaml OUTPUT.md
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # leaves the source folder as it is
import api_model  # noqa: E402

TYPES = {"API_STRING": "string", "API_BOOLEAN": "boolean", "API_INT32": "integer", "API_INT64": "integer",
         "API_QUANTITY": "quantity", "API_OBJECT": "object", "API_STRING_LIST": "strings",
         "API_STRING_MAP": "map of strings", "API_JSON": "any"}
EFFECTS = {"now": "", "later": " **Not acted upon yet.**", "none": ""}


def cell(text):
    return str(text).replace("|", "\\|").replace("<", "&lt;")


def type_of(field):
    if field.core:
        name = field.core.split(".")[-1]
        return f"{name}[]" if field.type == "API_JSON_LIST" else name
    if field.either:
        return "list" if field.type == "API_JSON_LIST" else "object or string"
    return TYPES.get(field.type, "")


def value_text(value):
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def default_of(field):
    declared = field.declared
    if field.is_required:
        return "required"
    if "otherwise" in declared:
        return declared["otherwise"]
    return "" if field.default is None else value_text(field.default)


def allowed(field, formats):
    rules, parts = field.rules, []
    if rules.get("words"):
        parts.append(", ".join(value_text(word) for word in rules["words"]))
    form = rules.get("format") or field.declared.get("keys")
    if form:
        parts.append(formats[form]["words"])
    if field.either:
        parts.append(f"{'each' if field.type == 'API_JSON_LIST' else 'it'} may be a string instead: {formats[field.or_string]['words']}")
    low, high = field.declared.get("min"), field.declared.get("max")
    if field.type.startswith("API_INT") and (low is not None or high is not None):
        parts.append(f"{low} to {high}" if low is not None and high is not None
                     else f"at least {low}" if low is not None else f"at most {high}")
    return "; ".join(parts)


def rows(made, path, formats, lines, is_below_later=False):
    for field in made.fields:
        place = f"{path}.{field.name}" if path else field.name
        suffix = {"API_OBJECT_LIST": "[]", "API_JSON_LIST": "[]", "API_OBJECT_MAP": ".NAME"}.get(field.type, "")
        about = field.about + ("" if is_below_later else EFFECTS[field.effect])
        if field.declared.get("deprecated"):
            about += " Deprecated."
        kind = type_of(field) or ("list" if suffix == "[]" else "map")
        lines.append(f"| `{place}` | {kind} | {cell(default_of(field))} | {cell(allowed(field, formats))} | {cell(about)} |")
        if (field.object or field.either) and not field.alias_of:
            rows(field.object or field.either, place + suffix, formats, lines, is_below_later or field.effect == "later")


HEAD = "| field | type | default | allowed | what it does |\n|---|---|---|---|---|"


def messages(rule):
    """What a rule says to who breaks it, as far as it is always the same."""
    return "<br>".join(dict.fromkeys(f"`{(check.at + '.' + check.field if check.at and check.field else check.at or check.field or '').lstrip('.')}` "
                                     f"{cell(check.message)}" for check in rule.checks if check.message))


def main():
    source, example, output = sys.argv[1:]
    kind, loader = api_model.load(source)
    about = kind.about if kind.effect == "now" else f"{kind.about} This version judges it and does not act upon it yet."
    lines = [f"# {kind.kind}", "", about, "",
             f"`apiVersion: neo4j.neo4j.com/v1alpha1`, `kind: {kind.kind}`, namespaced; for kubectl `{kind.plural}` or "
             f"`{kind.short_names[0]}`.", ""]
    if kind.name_max:
        lines += [f"`metadata.name` has at most {kind.name_max} characters.", ""]
    lines += ["Every field is written below the part it belongs to, with a dot; `[]` marks the items of a list, `NAME` the "
              "names in a map. A field *not acted upon yet* is accepted, and the condition of the object names it.", ""]
    for part, made in (("spec", kind.spec), ("status", kind.status)):
        lines += [f"## {part}", "", made.about, "", HEAD]
        rows(made, "", loader.formats, lines)
        lines.append("")
    lines += ["## Rules", "", "Rules over several fields. One with W in its letters warns, every other refuses the object. Those "
              "without a message here look at other objects, or write a message with the value in it.", "",
              "| rule | says | to who breaks it |", "|---|---|---|"]
    used = {made.struct for outer in api_model.objects_below(kind.spec) for made in [outer, *outer.included]}
    shared = {number: rule for number, rule in loader.shared_rules.items()
              if any((check.where or re.split(r"[.\[{]", check.at)[0]) in used for check in rule.checks)}
    lines += [f"| {number} | {cell(rule.says)} | {messages(rule)} |" for number, rule in {**kind.rules, **shared}.items()]
    lines += ["", "## Example", "", "```yaml", pathlib.Path(example).read_text(encoding="utf-8").rstrip(), "```"]
    pathlib.Path(output).write_text("\n".join(lines + [""]), encoding="utf-8")


try:
    main()
except api_model.ModelError as error:
    sys.exit(f"generate_reference.py: {error}")
