"""The cases as the runners read them: cases.yaml with its repetitions written out and its values tagged.

    script.py     prints JSON
"""
import itertools
import json
import math
import pathlib
import sys

import yaml


class Tagged:
    def __init__(self, tag, content):
        self.tag, self.content = tag, content


class Loader(yaml.SafeLoader):
    pass


for kind in ("bytes", "uuid", "date", "localtime", "time", "localdatetime", "datetime", "zoned", "duration", "point", "vector"):
    Loader.add_constructor("!" + kind, lambda loader, node, kind=kind: Tagged(
        kind, loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node)))
Loader.add_constructor("!repeat", lambda loader, node: (lambda text, times: text * times)(*loader.construct_sequence(node)))
Loader.add_constructor("!numbers", lambda loader, node: list(range(int(node.value))))


def number(value):
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def tagged(value):
    """Values as runners take them: JSON with a tag where JSON has no type of its own."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"int": number(value)}
    if isinstance(value, float):
        return {"float": number(value)}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, dict):
        return {"map": {key: tagged(item) for key, item in value.items()}}
    if value.tag == "vector":
        return {"vector": [value.content[0], *(number(item) for item in value.content[1:])]}
    return {value.tag: value.content}


def fill(template, chosen, is_pasted=False):
    """template with what "$name" stands for: in place of a whole string, or anywhere within a pasted statement."""
    if isinstance(template, dict):
        is_pasted = bool(template.get("paste"))
        return {key: fill(value, chosen, is_pasted and key == "run") for key, value in template.items() if key != "paste"}
    if isinstance(template, list):
        return [fill(item, chosen) for item in template]
    if isinstance(template, str):
        for name, value in chosen.items():
            if template == "$" + name:
                return value
            if is_pasted:
                template = template.replace("$" + name, str(value))
    return template


def described(value):
    text = str(value) if not isinstance(value, Tagged) else f"{value.tag} {value.content}"
    return text if len(text) <= 60 else f"{text[:20]}… of {len(text)}"


def managed(statements):
    return [{**one, **({"with": {key: tagged(value) for key, value in one["with"].items()}} if "with" in one else {})}
            for one in statements]


def step(text_or_map):
    if isinstance(text_or_map, str):
        text_or_map = {text_or_map: None}
    (op, argument), *rest = text_or_map.items()
    out = {"op": op, "arg": managed(argument) if op in ("read", "write") else argument, **dict(rest)}
    for key in ("with", "metadata"):
        if key in out:
            out[key] = {name: tagged(value) for name, value in out[key].items()}
    if op == "run" and "timeout_ms" in out:
        out.setdefault("metadata", {})
    return out


def written_out(case):
    """The case, once for each choice of what it is repeated for."""
    choices = case.pop("for_each", {})
    for values in itertools.product(*choices.values()):
        chosen = dict(zip(choices, values))
        one = fill(case, chosen)
        one["when"] = "".join([case["when"], *(f" [{name} {described(value)}]" for name, value in chosen.items())])
        if "scheme" in chosen:
            one["scheme"] = chosen["scheme"]
        one["steps"] = [step(each) for each in one["steps"]]
        yield one


def script():
    path = pathlib.Path(__file__).with_name("cases.yaml")
    with open(path, encoding="utf-8") as file:
        cases = [one for case in yaml.load(file, Loader) for one in written_out(case)]
    names = [case["when"] for case in cases]
    assert len(set(names)) == len(names), "two cases have one name: " + next(name for name in names if names.count(name) > 1)
    return cases


if __name__ == "__main__":
    json.dump(script(), sys.stdout)
