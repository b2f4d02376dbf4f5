#!/usr/bin/python3
"""Puts good and bad values into every field of every kind, and holds two judges to what must be. Prints TAP, a line a kind.

    field_campaign.py [--seed N] [--requests N] [--operator PROGRAM] KUBECONFIG [KIND...]

The API server must have the definitions. Each value is put into an object of the kind that is valid without it, and sent as
a dry run with strict validation; then all of them go to `neo4j-operator validate` at once. What must be:

  - no answer is 5xx
  - a refusal names the field, or one that it lies in or that lies in it; or a rule over several fields speaks
  - what can never work is refused: other types, words that there are not, numbers below zero, control characters in what has
    a form, ".." in paths
  - both judges accept and refuse the same, but for what an API server can't see

The values of a field are drawn by the seed, the same each time, so that all fields together stay within the requests.
"""
import argparse
import copy
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True  # leaves the source folder as it is
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tools")]
import api_client  # noqa: E402
import api_model  # noqa: E402
import check_manifests  # noqa: E402

GROUP, VERSION = "neo4j.neo4j.com", "v1alpha1"
TEXTS = ["", " ", "text", "7", "-1", "NaN", "Infinity", "1e400", "null", "true", "a\u0000b", "a\nb", "a\n", "\u001b[31m", "../../etc/passwd",
         "a/../b", "..", "/", "$(id)", "`id`", "a;b", "a' OR 1=1 //", "a` DROP DATABASE neo4j //", "\\u0060", "%s%n", "{{.}}", "'", '"',
         "Ünï 🙂", "\u202eabc", "a\u200bb", "a" * 254, "a" * 5000, "a" * 300_000]
NUMBERS = [-1, 0, 1, 7, 1.5, -2147483649, 2147483648, 9223372036854775808, 1e30]
OTHERS = [None, True, False, [], {}, ["a"], ["a", "a"], [None], [{}], {"a": "b"}, {"a": 1}, {"": "a"}, {"a\nb": "c"},
          ["a"] * 2000, {f"k{i}": "v" for i in range(2000)}]
# For required fields beside the one that is tried: the first that has the form.
SAMPLES = ["a", "abc", "1Gi", "30s", "2026-01-31T12:00:00Z", "https://example.com/a", "10.0.0.1", "10.0.0.0/8", "0.5", "5.26.0", "30 1 * * *",
           "s3://bucket/path", "txId:1", "GRANT ACCESS ON DATABASE a", "READ", "NODES A", "nodes:A", "native", "-Xa", "a=b", "sha256:" + "0" * 64]
PATHS = re.compile(r"(^path|Path)$")


def matches(schema, text):
    """By the pattern; Python knows no classes of letters."""
    return re.search(schema.get("pattern", "").replace(r"\p{L}\p{N}", r"\w"), text)


def sample(schema):
    """A value that the schema allows, as small as can be."""
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
        case "array":
            return [sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    if "properties" in schema:
        return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
    return next((text for text in SAMPLES if matches(schema, text) and len(text) >= schema.get("minLength", 0)), "a")


def fields_below(made, schema, path=()):
    """(path, schema) of every declared field; a step in brackets enters a list or map."""
    for field in made.fields:
        here, inner = (*path, field.name), schema["properties"][field.name]
        yield here, inner
        below = field.object or field.either
        if not below:
            continue
        if inner.get("type") == "array":
            yield from fields_below(below, inner["items"], (*here, "[]"))
        elif "additionalProperties" in inner:
            yield from fields_below(below, inner["additionalProperties"], (*here, "{}"))
        else:
            yield from fields_below(below, inner, here)


def put(target, schema, path, value):
    """Sets what is at the path below target; what leads there is made where it is not."""
    step, rest = path[0], path[1:]
    if step == "[]":
        inner, key = schema["items"], 0
        if not target:
            target.append(sample(inner))
    elif step == "{}":
        inner, key = schema["additionalProperties"], "a"
        target.setdefault(key, sample(inner))
    else:
        inner, key = schema["properties"][step], step
        if rest and not isinstance(target.get(key), list if inner.get("type") == "array" else dict):
            target[key] = [] if inner.get("type") == "array" else {} if "additionalProperties" in inner else sample(inner)
    if rest:
        if isinstance(target[key], str):  # a string that stands in place of an object
            target[key] = sample({name: part for name, part in inner.items() if name != "pattern"})
        put(target[key], inner, rest, value)
    else:
        target[key] = value


def name_of(path):
    return "spec." + ".".join(path).replace(".[]", "[0]").replace("{}", "a")


def has_controls(schema, text):
    """Control characters in what has a form; lines where the form knows of them."""
    allowed = "\t\r\n" if r"\n" in schema.get("pattern", "") else ""
    return "pattern" in schema and any(ord(one) < 32 and one not in allowed for one in text)


def never_works(path, schema, value):
    """Whether nobody can mean it; None is left out, which is all right."""
    if value is None:
        return False
    kind = schema.get("type")
    if "enum" in schema:
        return value not in schema["enum"]
    match kind:
        case "boolean":
            return not isinstance(value, bool)
        case "integer":
            return isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or \
                value < 0 or value >= 2 ** (31 if schema.get("format") == "int32" else 63)
        case "string":
            return not isinstance(value, str) or has_controls(schema, value) or \
                len(value) > schema.get("maxLength", len(value)) or bool(PATHS.search(path[-1])) and ".." in value.split("/")
        case "array":
            return not isinstance(value, list) or len(value) > schema.get("maxItems", len(value))
        case "object":
            return not isinstance(value, dict) or len(value) > schema.get("maxProperties", len(value))
    return isinstance(value, str) and has_controls(schema, value)


class Rules:
    """What rules over several fields say, and which of them the API server is not asked about."""

    def __init__(self, kind, loader):
        checks = [check for rules in (kind.rules, loader.shared_rules) for rule in rules.values() for check in rule.checks]
        self.messages = [check.message for check in checks if check.message] + ["is another name of", "its other name"]
        self.spoken = [check.field for check in checks if check.message_of and check.field]
        self.ours = [check.message for check in checks if check.is_ours and check.message]
        self.ours += ["must be a string, or an object of", "must have no null items", "is another name of"]

    def spoke(self, cause):
        text = cause.get("message", "")
        return any(message in text for message in self.messages) or any(cause["field"].endswith(field) for field in self.spoken)

    def is_unseen(self, error):
        """Whether the API server can't see it: rules of fields without a type, and strings that C would cut."""
        return "character of code 0" in error["message"] or any(message in error["message"] for message in self.ours) or error.get("rule") and any(
            error["field"].endswith(field) for field in self.spoken)


class Campaign:
    def __init__(self, name):
        self.kind, self.loader = api_model.load(ROOT / "crds" / f"{name}.yaml")
        with tempfile.NamedTemporaryFile(suffix=".yaml") as output:
            subprocess.run([sys.executable, ROOT / "tools" / "generate_crd.py", ROOT / "crds" / f"{name}.yaml", output.name], check=True)
            definition = yaml.load(pathlib.Path(output.name).read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        self.rules = Rules(self.kind, self.loader)
        table = ROOT / "tests" / "api" / "manifests" / f"{name}.yaml"
        self.valid = next(yaml.safe_load_all(table.read_text(encoding="utf-8")))["spec"]
        self.trials, self.problems = [], []

    def draw(self, chance, count):
        """Keeps `count` values of each field, half of them texts."""
        for path, schema in fields_below(self.kind.spec, self.schema):
            drawn = chance.sample(TEXTS, min(len(TEXTS), max(1, count // 2)))
            drawn += chance.sample(NUMBERS + OTHERS, min(len(NUMBERS + OTHERS), max(1, count - count // 2)))
            for value in drawn:
                spec = copy.deepcopy(self.valid)
                put(spec, self.schema, path, value)
                self.trials.append({"path": path, "schema": schema, "value": value, "object": {
                    "apiVersion": f"{GROUP}/{VERSION}", "kind": self.kind.kind, "metadata": {"name": f"campaign{len(self.trials)}"},
                    "spec": spec}})

    def problem(self, trial, text):
        value = json.dumps(trial["value"])
        self.problems.append(f"{name_of(trial['path'])} = {value if len(value) < 60 else value[:57] + '...'}: {text}")

    def ask_server(self, client):
        collection = f"/apis/{GROUP}/{VERSION}/namespaces/default/{self.kind.plural}"
        if client.send("GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{self.kind.plural}.{GROUP}", None)[0] != 200:
            self.problems.append("the API server has no definition of it")
            return
        for trial in self.trials:
            status, answer = client.send("POST", collection + "?dryRun=All&fieldValidation=Strict", trial["object"])
            trial["accepted"] = status < 300
            if status >= 500:
                self.problem(trial, f"{status}: {answer.get('message')}")
            elif trial["accepted"] and never_works(trial["path"], trial["schema"], trial["value"]):
                self.problem(trial, "was accepted, and can never work")
            elif not trial["accepted"]:
                self.look_at_refusal(trial, answer)

    def look_at_refusal(self, trial, answer):
        field, causes = check_manifests.plain(name_of(trial["path"])), answer.get("details", {}).get("causes", [])
        named = {check_manifests.plain(one) for one in check_manifests.fields_of(answer)}
        if not any(field == one or field.startswith(one + ".") or one.startswith(field + ".") for one in named) and \
                not (causes and any(self.rules.spoke(cause) for cause in causes)):
            self.problem(trial, f"the refusal names {sorted(named)}: {answer.get('message')}")

    def ask_operator(self, program):
        """`neo4j-operator validate` of all objects at once, a file each."""
        with tempfile.TemporaryDirectory(prefix="field-campaign-") as folder:
            for number, trial in enumerate(self.trials):
                pathlib.Path(folder, f"{number:05}.json").write_text(json.dumps(trial["object"], ensure_ascii=False), encoding="utf-8")
            done = subprocess.run([program, "validate", "-o", "json", "-f", folder], capture_output=True, text=True, timeout=600, check=False)
        report = json.loads(done.stdout)
        found = {pathlib.Path(one["file"]).stem: one for one in report["objects"]}
        for number, trial in enumerate(self.trials):
            one = found.get(f"{number:05}")
            if not one and trial["accepted"]:
                self.problem(trial, "the API server accepts it, and validate can't read it")
            elif one and one["valid"] and not trial["accepted"]:
                self.problem(trial, "the API server refuses it, and validate does not")
            elif one and not one["valid"] and trial["accepted"]:
                seen = [error for error in one["errors"] if not self.rules.is_unseen(error)]
                if seen:
                    self.problem(trial, f"the API server accepts it, and validate says {seen[0]['field']}: {seen[0]['message']}")


def has_validate(program):
    """Whether there is such a program with such a command."""
    try:
        return subprocess.run([program, "validate", "--help"], capture_output=True, check=False, timeout=30).returncode == 0
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(description="Puts good and bad values into every field of every kind.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=5000, help="at most, of all kinds together")
    parser.add_argument("--operator", default=str(ROOT / "build" / "neo4j-operator"))
    parser.add_argument("kubeconfig")
    parser.add_argument("kinds", nargs="*")
    arguments = parser.parse_args()
    names = arguments.kinds or sorted(path.stem for path in (ROOT / "tests" / "api" / "manifests").glob("*.yaml"))
    campaigns = [Campaign(name) for name in names]
    fields = sum(1 for campaign in campaigns for _ in fields_below(campaign.kind.spec, campaign.schema))
    client, chance = api_client.Client(arguments.kubeconfig), random.Random(arguments.seed)
    asks_operator = has_validate(arguments.operator)
    if not asks_operator:
        print(f"# validate is not asked: {arguments.operator} has no such command")
    for number, campaign in enumerate(campaigns, 1):
        campaign.draw(chance, max(2, arguments.requests // fields))
        campaign.ask_server(client)
        if asks_operator and all("accepted" in trial for trial in campaign.trials):
            campaign.ask_operator(arguments.operator)
        print(f"{'not ok' if campaign.problems else 'ok'} {number} - {campaign.kind.kind}: {len(campaign.trials)} values, "
              f"{sum(trial.get('accepted', False) for trial in campaign.trials)} accepted", flush=True)
        for problem in campaign.problems[:50]:
            print(f"#   {problem[:500]}")
    print(f"1..{len(campaigns)}")
    sys.exit(1 if any(campaign.problems for campaign in campaigns) else 0)


if __name__ == "__main__":
    main()
