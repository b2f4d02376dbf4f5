#!/usr/bin/python3
"""Makes C functions from Kubernetes objects written as YAML templates.

    generate_templates.py OUTPUT.h OUTPUT.c TEMPLATE.yaml...

A template looks like the object it becomes. A value `$name:type` is a hole: the function template_FILE() takes
a struct with one member per hole, so that the compiler checks what is put in. Types:

    string   const char *, copied
    integer  int64_t
    bool     bool
    json     const struct json *, any value: taken over as it is

A string or json hole that is NULL leaves its member (or list item) out; then an object is never written with an
empty field that nobody asked for.
"""
import pathlib
import re
import sys

import yaml

HOLE = re.compile(r"^\$([a-z_]+):(string|integer|bool|json)$")
C_TYPES = {"string": "const char *", "integer": "int64_t ", "bool": "bool ", "json": "const struct json *"}


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def holes_of(value, found):
    if isinstance(value, dict):
        for member in value.values():
            holes_of(member, found)
    elif isinstance(value, list):
        for item in value:
            holes_of(item, found)
    elif isinstance(value, str) and value.startswith("$"):
        match = HOLE.match(value)
        if not match:
            raise ValueError(f"{value!r} is no hole: write $name:string, integer, bool or json")
        name, kind = match.groups()
        if found.setdefault(name, kind) != kind:
            raise ValueError(f"hole {name} has two types")
    return found


class Function:
    """The body of one function: nested objects become nested blocks, in the order of the template."""

    def __init__(self):
        self.lines = []
        self.depth = 1

    def emit(self, line):
        self.lines.append("    " * self.depth + line)

    def node(self, value):
        """An expression that makes a value which has no children."""
        if isinstance(value, bool):
            return f"json_new_bool(arena, {'true' if value else 'false'})"
        if isinstance(value, int):
            return f"json_new_integer(arena, {value})"
        if value is None:
            return "json_new_null(arena)"
        match = HOLE.match(value) if isinstance(value, str) else None
        if match:
            name, kind = match.groups()
            make = {"string": "json_new_string(arena, args->%s)", "integer": "json_new_integer(arena, args->%s)",
                    "bool": "json_new_bool(arena, args->%s)", "json": "args->%s"}[kind]
            return make % name
        return f"json_new_string(arena, {quoted(str(value))})"

    def guard(self, value):
        match = HOLE.match(value) if isinstance(value, str) else None
        return f"if (args->{match.group(1)}) " if match and match.group(2) in ("string", "json") else ""

    def fill(self, value, holder):
        """Adds the children of value to the C variable `holder`."""
        entries = value.items() if isinstance(value, dict) else [(None, item) for item in value]
        for key, child in entries:
            place = f"json_set(arena, {holder}, {quoted(key)}, " if key is not None else f"json_append(arena, {holder}, "
            if isinstance(child, (dict, list)):
                inner = f"value_{self.depth}"
                make = "json_new_object(arena)" if isinstance(child, dict) else "json_new_array(arena)"
                self.emit("{")
                self.depth += 1
                self.emit(f"struct json *{inner} = {place}{make});")
                self.fill(child, inner)
                if not child:
                    self.emit(f"(void){inner};")
                self.depth -= 1
                self.emit("}")
            else:
                self.emit(f"{self.guard(child)}{place}{self.node(child)});")


def main():
    header_path, source_path, *templates = sys.argv[1:]
    header = ["/* Made from resources/templates by tools/generate_templates.py: edit the templates. */", "#pragma once",
              "", '#include "base/json.h"', ""]
    source = [f'#include "{pathlib.Path(header_path).name}"', ""]
    for path in sorted(templates):
        name = pathlib.Path(path).stem
        template = yaml.safe_load(pathlib.Path(path).read_text())
        holes = holes_of(template, {})
        header += [f"struct template_{name}_args {{"]
        header += [f"    {C_TYPES[kind]}{hole};" for hole, kind in holes.items()] + ["};", ""]
        header += [f"/* {template.get('kind', 'Value')}, in arena. */",
                   f"struct json *template_{name}(struct arena *arena, const struct template_{name}_args *args);", ""]
        function = Function()
        function.fill(template, "object")
        source += [f"struct json *template_{name}(struct arena *arena, const struct template_{name}_args *args) {{",
                   "    struct json *object = json_new_object(arena);", *function.lines, "    return object;", "}", ""]
    pathlib.Path(header_path).write_text("\n".join(header))
    pathlib.Path(source_path).write_text("\n".join(source))


main()
