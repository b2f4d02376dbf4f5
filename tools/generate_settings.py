#!/usr/bin/python3
"""Makes the table of Neo4j's settings, and its reference page, from catalogue/settings.yaml.

    generate_settings.py catalogue/settings.yaml OUTPUT.c       the table, see src/settings/setting.h
    generate_settings.py --page catalogue/settings.yaml OUTPUT.md
"""
import json
import pathlib
import sys

import yaml

KEYS = {"name", "since", "until", "type", "list_of", "set_of", "words", "min", "max", "least", "most", "min_power", "or",
        "relative_to", "matches", "says", "default", "computed", "community", "dynamic", "deprecated", "enterprise",
        "managed", "renamed_to"}
COLLECTIONS = {"type": "SINGLE", "list_of": "LIST", "set_of": "SET"}
MANAGEMENT = {None: "FREE", "value": "MANAGED_VALUE", "discovery": "MANAGED_DISCOVERY"}


class CatalogueError(Exception):
    pass


def number(version):
    year, month = version.split(".")
    return int(year) * 100 + int(month)


def span(row):
    return (number(row["since"]) if "since" in row else 0, number(row["until"]) if "until" in row else 0)


def check(rows):
    for row in rows:
        unknown = set(row) - KEYS
        if unknown:
            raise CatalogueError(f"{row.get('name')}: what is {', '.join(sorted(unknown))}?")
        if sum(key in row for key in COLLECTIONS) != 1:
            raise CatalogueError(f"{row['name']}: needs one of {', '.join(COLLECTIONS)}")
    names = {row["name"] for row in rows}
    for row in rows:
        if row.get("renamed_to", row["name"]) not in names:
            raise CatalogueError(f"{row['name']}: there is no {row['renamed_to']}")
    for before, after in zip(rows, rows[1:]):
        if before["name"] > after["name"]:
            raise CatalogueError(f"{after['name']} comes before {before['name']}: rows are sorted by name, then by version")
        if before["name"] == after["name"] and not 0 < span(before)[1] < span(after)[0]:
            raise CatalogueError(f"{after['name']}: the spans of two rows meet")


def text(value):
    """A C string, or NULL."""
    return "NULL" if value is None else json.dumps(value, ensure_ascii=False)


def member(row, key):
    return row[key] if key in row else None


def c_row(row):
    since, until = span(row)
    key = next(key for key in COLLECTIONS if key in row)
    parts = [f".name = {text(row['name'])}", f".type = SETTING_{row[key].upper()}"]
    if since:
        parts.append(f".since = {since}")
    if until:
        parts.append(f".until = {until}")
    if key != "type":
        parts.append(f".collection = SETTING_{COLLECTIONS[key]}")
    if "managed" in row:
        parts.append(f".managed = SETTING_{MANAGEMENT[row['managed']]}")
    for name in ("dynamic", "deprecated", "enterprise", "computed"):
        if row.get(name):
            parts.append(f".is_{name} = true")
    if "words" in row:
        parts.append(f".words = {text('|'.join(row['words']))}")
    for name, keys in (("min", ("min", "least", "min_power")), ("max", ("max", "most"))):
        for bound in keys:
            if bound in row:
                parts.append(f".{name} = {text(row[bound])}")
    if "min" in row and "max" in row:
        parts.append(".is_range = true")
    if "min_power" in row:
        parts.append(".is_power_of_2 = true")
    for name, key in (("exception", "or"), ("pattern", "matches"), ("pattern_words", "says"), ("relative_to", "relative_to"),
                      ("default_value", "default"), ("renamed_to", "renamed_to")):
        if key in row:
            parts.append(f".{name} = {text(row[key])}")
    return "    { " + ", ".join(parts) + " },"


def table(catalogue):
    lines = ["/* Made from catalogue/settings.yaml. */", '#include "settings/setting.h"', "",
             "const struct setting settings_table[] = {"]
    lines += [c_row(row) for row in catalogue["settings"]]
    lines += ["};", "const size_t settings_count = sizeof(settings_table) / sizeof(settings_table[0]);", "",
              "const struct setting_mistake settings_mistakes[] = {"]
    lines += [f"    {{ {text(row['name'])}, {text(row['says'])} }}," for row in catalogue["mistakes"]]
    lines += ["};", "const size_t settings_mistake_count = sizeof(settings_mistakes) / sizeof(settings_mistakes[0]);", ""]
    return "\n".join(lines)


# ---- the page ----

def cell(value):
    return str(value).replace("|", "\\|").replace("<", "&lt;")


def allowed(row):
    key = next(key for key in COLLECTIONS if key in row)
    name = row[key].replace("_5", "").replace("_", " ")
    words = ", ".join(f"`{word}`" for word in row["words"]) if "words" in row else name
    if key != "type":
        words = f"{key.split('_')[0]} of {words}"
    low, high = (next((row[bound] for bound in bounds if bound in row), None)
                 for bounds in (("min", "least", "min_power"), ("max", "most")))
    if low and high:
        words += f", {low} to {high}"
    elif low:
        words += f", at least {low}" + (f", or {row['or']}" if "or" in row else "")
    return words


def notes(row):
    parts = []
    if row.get("dynamic"):
        parts.append("dynamic")
    if row.get("managed"):
        parts.append("the operator's")
    if row.get("deprecated"):
        parts.append("deprecated")
    if "renamed_to" in row:
        parts.append(f"now `{row['renamed_to']}`")
    return ", ".join(parts)


def versions(row):
    since, until = row.get("since"), row.get("until")
    return f"{since} to {until}" if since and until else f"from {since}" if since else f"up to {until}" if until else ""


def page(catalogue):
    lines = ["# Settings of Neo4j", "",
             "What `spec.config` may hold, by version: from 5.26 on, as far as a row does not say otherwise. *Dynamic* settings "
             "change without a restart. *The operator's* are kept by it: another value is not used, and a condition says so. "
             "What a setting does is in Neo4j's Operations Manual, \"Configuration settings\".", ""]
    scopes = {}
    for row in catalogue["settings"]:
        scopes.setdefault(row["name"].split(".")[0], []).append(row)
    for scope in sorted(scopes):
        lines += [f"## {scope}", "", "| setting | takes | default | versions | |", "|---|---|---|---|---|"]
        for row in scopes[scope]:
            default = "by the machine" if row.get("computed") else f"`{cell(row['default'])}`" if row.get("default") else ""
            lines.append(f"| `{row['name']}` | {cell(allowed(row))} | {default} | {versions(row)} | {notes(row)} |")
        lines.append("")
    lines += ["## Names that are no settings", "", "| name | |", "|---|---|"]
    lines += [f"| `{row['name']}{'…' if row['name'].endswith('.') else ''}` | {cell(row['says'])} |" for row in catalogue["mistakes"]]
    return "\n".join(lines + [""])


def main():
    is_page = sys.argv[1] == "--page"
    source, output = sys.argv[-2:]
    catalogue = yaml.safe_load(pathlib.Path(source).read_text(encoding="utf-8"))
    check(catalogue["settings"])
    pathlib.Path(output).write_text(page(catalogue) if is_page else table(catalogue), encoding="utf-8")


try:
    main()
except CatalogueError as error:
    sys.exit(f"generate_settings.py: {error}")
