#!/usr/bin/python3
"""Makes the C of a kind from its declaration: structs in KIND.h, tables of fields in KIND.c.

    generate_api.py crds/KIND.yaml OUTPUT.h OUTPUT.c           structs and tables of one kind
    generate_api.py --shared crds/KIND.yaml OUTPUT.h OUTPUT.c  those of the types in shared.yaml
    generate_api.py --kinds crds/KIND.yaml... OUTPUT.c         the table of all kinds, see src/api/kinds.h
    generate_api.py --rules crds/KIND.yaml... OUTPUT.c         the rules in words, see src/api/rule.h
    generate_api.py --kind_tables crds/KIND.yaml... OUTPUT.c   what else belongs to them, see src/api/kind_tables.h
    generate_api.py --crds crds/KIND.yaml... OUTPUT.c          the list of all definitions, see src/api/crd.h
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True  # leaves the source folder as it is
import api_model  # noqa: E402

MEMBERS = {  # C members of a field, by its type
    "API_STRING": ["const char *{name};"],
    "API_QUANTITY": ["const char *{name};"],
    "API_BOOLEAN": ["bool {name};", "bool has_{plain};"],
    "API_INT32": ["int32_t {name};", "bool has_{plain};"],
    "API_INT64": ["int64_t {name};", "bool has_{plain};"],
    "API_OBJECT": ["struct {struct} *{name};"],
    "API_STRING_LIST": ["const char **{name};", "size_t {plain}_count;"],
    "API_OBJECT_LIST": ["struct {struct} *{name};", "size_t {plain}_count;"],
    "API_OBJECT_MAP": ["struct {struct} *{name};", "size_t {plain}_count;"],
}


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def plain(field):
    return field.c_name.rstrip("_")


def members(field):
    if field.is_carried:
        return [f"const struct json *{field.c_name};"]
    return [line.format(name=field.c_name, plain=plain(field), struct=field.object.struct if field.object else "")
            for line in MEMBERS[field.type]]


def comment(text, indent):
    """A comment of as many lines as it needs."""
    words, lines, line = text.split(), [], indent + "/*"
    for word in words:
        if len(line) + 1 + len(word) > 106:
            lines.append(line)
            line = indent + " *"
        line += " " + word
    return "\n".join(lines + [line + " */"])


def places(fields, indent):
    """The members of fields, each with its comment."""
    lines = []
    for field in fields:
        if field.has_place:
            lines.append(comment(field.about, indent))
            lines += [indent + line for line in members(field)]
    return lines


def struct(made):
    lines = [comment(made.about, "")] if made.about else []
    lines.append(f"struct {made.struct} {{")
    if made.is_keyed:
        lines += ["    /* Its name in the map. */", "    const char *key;"]
    elsewhere = {id(field) for shared in made.included for field in shared.fields}
    lines += places([field for field in made.fields if id(field) not in elsewhere], "    ")
    for shared in made.included:
        # The same members twice: by their own names, and as the struct that code for several kinds takes.
        lines += ["    union {", f"        struct {shared.struct} {shared.struct};", "        struct {",
                  *places(shared.fields, "            "), "        };", "    };"]
    return "\n".join(lines + ["};", ""])


def row(made, field):
    parts = [f".name = {quoted(field.name)}", f".type = {field.type}"]
    if field.effect != "now":
        parts.append(f".effect = API_EFFECT_{field.effect.upper()}")
    if field.alias_of:
        parts.append(f".alias_of = {quoted(field.alias_of)}")
    if field.default is not None:
        parts.append(f".default_value = {quoted(json.dumps(field.default, ensure_ascii=False))}")
    if field.object:
        parts.append(f".object = &{field.object.table}_object")
    if field.is_carried and field.has_place:
        parts.append(".is_carried = true")
    if field.has_place:
        parts.append(f".has_place = true, .offset = offsetof(struct {made.struct}, {field.c_name})")
        if not field.is_carried and len(MEMBERS[field.type]) == 2:
            other = members(field)[1].split()[-1].rstrip(";")
            parts.append(f".offset_has = offsetof(struct {made.struct}, {other})")
    return "    { " + ",\n      ".join(parts) + " },"


def table(made):
    rows = [row(made, field) for field in sorted(made.fields, key=lambda field: field.name.encode())]
    extra = ".is_open = true, " if made.is_open else ""
    extra += ".has_aliases = true, " if any(field.alias_of for field in made.fields) else ""
    return "\n".join([
        f"static const struct api_field {made.table}_fields[] = {{", *rows, "};", "",
        f"const struct api_object {made.table}_object = {{ .name = {quoted(made.table)}, {extra}"
        f".size = sizeof(struct {made.struct}),",
        f"    .fields = {made.table}_fields, .field_count = ARRAY_LENGTH({made.table}_fields) }};", ""])


WRAPPERS = """\
/* The {part} of a {kind} (the object's member "{part}", may be NULL), in arena; see api/decode.h. The error names
 * every field that is wrong. */
CHECKED static inline bool {prefix}_{part}_decode(struct arena *arena, const struct json *{part},
                                       struct {prefix}_{part} **out_{part}, struct error *err) {{
    struct field_errors errors = {{ .arena = arena }};
    struct {prefix}_{part} *decoded = api_decode(arena, &{prefix}_{part}_object, {part}, "{part}", &errors);

    if (!field_errors_none(&errors, err))
        return false;
    *out_{part} = decoded;
    return true;
}}

/* As JSON, in arena; see api/encode.h. */
static inline struct json *{prefix}_{part}_encode(struct arena *arena, const struct {prefix}_{part} *{part}) {{
    return api_encode(arena, &{prefix}_{part}_object, {part});
}}
"""


def kinds_of(sources):
    return sorted((api_model.load(source)[0] for source in sources), key=lambda kind: kind.kind)


def write_kinds(sources, path):
    kinds = kinds_of(sources)
    lines = ["/* Made from the kinds in crds/ by tools/generate_api.py. */", '#include "api/kinds.h"', "",
             *[f"extern const struct packed_text judged_crd_{kind.prefix};" for kind in kinds], "",
             "const struct api_kind api_kinds[] = {"]
    for kind in kinds:
        lines.append(f"    {{ .name = {quoted(kind.kind)}, .plural = {quoted(kind.plural)}, .stem = {quoted(kind.prefix)},\n"
                     f"      .judged = &judged_crd_{kind.prefix} }},")
    lines += ["};", "const size_t api_kind_count = ARRAY_LENGTH(api_kinds);", ""]
    pathlib.Path(path).write_text("\n".join(lines), encoding="utf-8")


def write_tables(sources, path):
    kinds = kinds_of(sources)
    lines = ["/* Made from the kinds in crds/ by tools/generate_api.py. */", '#include "api/kind_tables.h"', "",
             *[f'#include "api/{kind.prefix}.h"' for kind in kinds], "",
             *[f"extern const struct crd crd_{kind.prefix};" for kind in kinds], "",
             "const struct api_kind_tables api_kind_tables[] = {"]
    lines += [f"    {{ .shipped = &crd_{kind.prefix}, .spec = &{kind.prefix}_spec_object,\n"
              f"      .status = &{kind.prefix}_status_object }}," for kind in kinds]
    pathlib.Path(path).write_text("\n".join([*lines, "};", ""]), encoding="utf-8")


# Rules whose checks generate_crd.py makes from the fields themselves.
MADE_RULES = [
    api_model.Rule("ALIAS", "A field and another name of it are the same when both are set; a field that must be there is "
                            "there by one of its names."),
    api_model.Rule("EITHER", "What may be a string or an object is one of the two, and the object has no other fields."),
]


def write_rules(sources, path):
    """Of each kind by its name, in the order of the declarations; those that kinds share have none."""
    loaded = sorted((api_model.load(source) for source in sources), key=lambda one: one[0].kind)
    shared = [*loaded[0][1].shared_rules.values(), *MADE_RULES]
    rows = [(None, rule) for rule in shared] + [(kind.kind, rule) for kind, _ in loaded for rule in kind.rules.values()]
    lines = ["/* Made from the rules in crds/ by tools/generate_api.py. */", '#include "api/rule.h"', "",
             "const struct api_rule api_rules[] = {"]
    for kind, rule in rows:
        of_kind = f".kind = {quoted(kind)}, " if kind else ""
        lines.append(f"    {{ {of_kind}.number = {quoted(rule.number)}, .warns = {str(api_model.warns(rule.number)).lower()},\n"
                     f"      .says = {quoted(rule.says)} }},")
    lines += ["};", "const size_t api_rule_count = ARRAY_LENGTH(api_rules);", ""]
    pathlib.Path(path).write_text("\n".join(lines), encoding="utf-8")


def write_crds(sources, path):
    names = sorted(f"crd_{api_model.load(source)[0].prefix}" for source in sources)
    pathlib.Path(path).write_text("\n".join([
        "/* Made from the kinds in crds/ by tools/generate_api.py. */", '#include "api/crd.h"', "",
        f"extern const struct crd {', '.join(names)};", "",
        f"const struct crd *const crds_shipped[] = {{ {', '.join('&' + name for name in names)}, NULL }};", ""]), encoding="utf-8")


TABLES = {"--kinds": write_kinds, "--kind_tables": write_tables, "--crds": write_crds, "--rules": write_rules}


def main():
    arguments = sys.argv[1:]
    option = arguments.pop(0) if arguments[0].startswith("--") else None
    if option in TABLES:
        TABLES[option](arguments[:-1], arguments[-1])
        return
    source, header_path, *source_path = arguments
    kind, loader = api_model.load(source)
    is_shared = option == "--shared"
    if is_shared:
        found = []
        for made in loader.shared.values():
            api_model.objects_below(made, found)
        origin, includes = "shared.yaml", ['#include "api/field.h"']
    else:
        found = [made for made in api_model.objects_below(kind.status, api_model.objects_below(kind.spec))
                 if made.source == "kind"]
        origin = f"{kind.prefix}.yaml"
        includes = ['#include "api/decode.h"', '#include "api/encode.h"', '#include "api/shared.h"']
    note = f"/* Made from crds/{origin} by tools/generate_api.py: edit that file. How fields look in C: api/field.h. */"
    declarations = [f"extern const struct api_object {made.table}_object;" for made in found]
    structs = [struct(made) for made in found if made.table == made.struct]
    wrappers = [] if is_shared else [WRAPPERS.format(kind=kind.kind, prefix=kind.prefix, part=part)
                                     for part in ("spec", "status")]
    pathlib.Path(header_path).write_text("\n".join(
        [note, "#pragma once", "", *includes, "", *structs, *declarations, "", *wrappers]), encoding="utf-8")
    pathlib.Path(source_path[0]).write_text("\n".join(
        [note, f'#include "api/{pathlib.Path(header_path).name}"', "", *[table(made) for made in found]]),
        encoding="utf-8")


try:
    main()
except api_model.ModelError as error:
    sys.exit(f"generate_api.py: {error}")
