#!/usr/bin/python3
"""Compares the catalogue of settings with what real servers say; see settings-check.

    compare_settings.py --values CATALOGUE                      lines KEY=VALUE to be judged by both
    compare_settings.py FOLDER DIFFERENCES.yaml VERSION...      TAP
"""
import json
import pathlib
import sys

import yaml

VALUES = ["true", "TRUE", "yes", "0", "1", "2", "+3", "-1", "7", "10", "100", "101", "513", "4096", "5000", "131072", "1048576",
          "2147483648", "99999999999999999999", "0.5", "1.5", "1e3", "1k", "1K", "1kib", "1KiB", "1.5g", "2gB", "1T", "1TB", "10 m", "20MiB",
          "0s", "10ms", "1s", "30s", "1m30s", "90", "1h 30m", "2d", "1.5s", "5 x", "OFF", "info", "JSON", "a,b", "a, b,,c",
          "BROWSER,HTTP2", "host:7687", "host:99999", "host:port", ":80", "[::1]:80", "0.0.0.0", "0.0.0.0:1", "host", "/tmp", "tmp",
          "neo4j", "Graph-1", "1graph", "ab", "system", "a_b", "2 days", "2 days 2G", "keep_all", "often", "Z", "+02:00",
          "Europe/Stockholm", "UTC", "Nowhere", "a=b", "rwxr-x---", "CYPHER_25", "required"]


def rows_of(path):
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if "\t" in line]


def catalogue_of(path):
    return {row[0]: dict(zip(("name", "defaultValue", "isDynamic", "isDeprecated", "enterprise", "computed", "validValues"), row))
            for row in rows_of(path)}


def print_values(path):
    for name, row in catalogue_of(path).items():
        if row["enterprise"] == "0":
            for value in VALUES:
                print(f"{name}={value}")


def justified(rows, found):
    return any(all(str(row[key]) == found[key] for key in ("name", "version", "what", "value") if key in row) for row in rows)


def compare_shown(version, ours, shown, known):
    answer = json.loads(shown.read_text(encoding="utf-8"))["data"]
    real = {row[0]: dict(zip(answer["fields"], row)) for row in answer["values"]}
    problems = []
    for name in sorted(set(real) | {name for name, row in ours.items() if row["enterprise"] == "0"}):
        if name not in real or name not in ours:
            problems.append((name, "there", f"is {'missing' if name in real else 'unknown to the server'}"))
            continue
        mine, theirs = ours[name], real[name]
        for key in ("defaultValue", "isDynamic", "isDeprecated", "validValues"):
            want = "-" if theirs[key] is None else str(int(theirs[key])) if isinstance(theirs[key], bool) else theirs[key]
            if want != mine[key] and not (key == "defaultValue" and mine["computed"] == "1"):
                problems.append((name, key, f"{mine[key]!r}, the server: {want!r}"))
    return [f"{name} {what}: {text}" for name, what, text in problems
            if not justified(known, {"name": name, "version": version, "what": what})]


def is_same(row, mine, theirs):
    """What the server shows of an address or a path is filled up from other settings; a set has no order."""
    if "socket address" in row["validValues"] or row["validValues"].startswith("A path"):
        return True
    return mine == theirs or "comma-separated set" in row["validValues"] and sorted(mine.split(",")) == sorted(theirs.split(","))


def compare_values(version, catalogue, ours, real, known):
    problems = []
    for mine, theirs in zip(ours, real, strict=True):
        name, value = theirs[1].split("=", 1)
        found = {"name": name, "version": version, "value": value}
        if mine[0] != theirs[0] and not justified(known, {**found, "what": "verdict"}):
            problems.append(f"{name}={value}: {mine[0]}, the server: {theirs[0]}: {theirs[2]}")
        elif theirs[0] == mine[0] == "ok" and not is_same(catalogue[name], mine[2], theirs[2]) and not justified(known, {**found, "what": "shown"}):
            problems.append(f"{name}={value} is shown as {mine[2]}, by the server as {theirs[2]}")
    return problems


def main():
    if sys.argv[1] == "--values":
        print_values(pathlib.Path(sys.argv[2]))
        return
    folder, differences = pathlib.Path(sys.argv[1]), yaml.safe_load(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    failed = 0
    for version in sys.argv[3:]:
        ours = catalogue_of(folder / f"{version}.catalogue")
        for what, problems in (
                ("is what SHOW SETTINGS says", compare_shown(version, ours, folder / f"{version}.shown", differences["shown"])),
                ("takes the values that the server takes, and shows them alike",
                 compare_values(version, ours, rows_of(folder / f"{version}.ours"), rows_of(folder / f"{version}.real"),
                                differences["values"]))):
            for problem in problems:
                print(f"# {problem}")
            print(f"{'not ' if problems else ''}ok - the catalogue of {version} {what}")
            failed += bool(problems)
    print(f"1..{2 * len(sys.argv[3:])}")
    sys.exit(bool(failed))


main()
