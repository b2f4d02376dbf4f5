#!/usr/bin/python3
"""The generators refuse declarations that make no sense; those of every kind are sound, and the definition that is
shipped is one that API servers take.

    test_generator.py SOURCE_ROOT KUBECTL_NEO4J
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(sys.argv.pop(1))
PLUGIN = sys.argv.pop(1)
ANNOTATION_BYTES_MAX = 262_144

# What is wrong, the fields of the spec, and a part of what the generator says.
BROKEN = [
    ("no type", "a: {about: b}", "spec.a: no type"),
    ("an unknown type", "a: {type: text, about: b}", "spec.a: no type"),
    ("an unknown key", "a: {type: string, about: b, defualt: c}", "spec.a: unknown key defualt"),
    ("no words about it", "a: {type: string}", "spec.a: what is it about?"),
    ("an unknown format", "a: {type: string, format: nonsense, about: b}", "has no format nonsense"),
    ("an unknown core type", "a: {core: core.v1.Nothing, about: b}", "has no type core.v1.Nothing"),
    ("an unknown shared type", "a: {shared: nothing}", "has no type nothing"),
    ("a default that is not allowed", "a: {type: string, words: [b], default: c, about: d}", "not among the words"),
    ("another name of nothing", "a: {type: string, alias_of: b}", "no field b"),
    ("another name of another type", "a: {type: string, alias_of: b}\n    b: {type: boolean, about: c}", "no field b"),
    ("a stored default that contradicts another name",
     "a: {type: string, alias_of: b}\n    b: {type: string, default: c, about: d}", "use assumed"),
    ("one name for two structs",
     "a: {items: {struct: x, fields: {b: {type: string, about: c}}}, about: d}\n"
     "    e: {items: {struct: x, fields: {b: {type: string, about: c}}}, about: d}", "both make struct x"),
    ("a field twice, one of them included", "a: {include: [secret_key], fields: {key: {type: string, about: b}}, about: c}",
     "key is a field of secret_key already"),
    ("an unknown type to include", "a: {include: [nothing], fields: {}, about: b}", "has no type nothing"),
    ("a list by a key that may be absent",
     "a: {key: b, items: {struct: x, fields: {b: {type: string, about: c}}}, about: d}", "must be a required field"),
    ("a string of an unknown form in place of an object",
     "a: {or_string: nonsense, fields: {b: {type: string, about: c}}, about: d}", "has no format nonsense"),
    ("more fields with an effect in a shared type", "a: {shared: secret_key, fields: {b: {type: string, about: c}}}",
     "must have effect none"),
]

KIND = """
kind: Thing
plural: things
short_names: [thing]
prefix: thing
about: A thing.
columns: []
spec:
  about: What it should be.
  fields:
    {fields}
status: {{about: What it is., fields: {{phase: {{type: string, about: In a word.}}}}}}
"""


def run(tool, *arguments):
    return subprocess.run([sys.executable, ROOT / "tools" / tool, *arguments], capture_output=True, text=True, check=False)


class Declarations(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("shared.yaml", "kubernetes.yaml"):
            shutil.copy(ROOT / "crds" / name, self.folder)

    def generate(self, fields):
        source = self.folder / "thing.yaml"
        source.write_text(KIND.format(fields=fields), encoding="utf-8")
        return run("generate_api.py", source, self.folder / "thing.h", self.folder / "thing.c")

    def test_a_sound_declaration_is_taken(self):
        done = self.generate("a: {type: string, about: b}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("const char *a;", (self.folder / "thing.h").read_text(encoding="utf-8"))

    def test_included_fields_are_members_by_name_and_as_the_shared_struct(self):
        done = self.generate("a: {include: [secret_key], fields: {b: {type: string, about: c}}, about: d}")
        self.assertEqual(done.returncode, 0, done.stderr)
        header = (self.folder / "thing.h").read_text(encoding="utf-8")
        self.assertRegex(header, r"union \{\s+struct secret_key secret_key;\s+struct \{\s+/\*[^*]*\*/\s+const char \*name;")

    def test_broken_declarations_are_refused_with_the_field_named(self):
        for what, fields, said in BROKEN:
            with self.subTest(what):
                done = self.generate(fields)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)


KINDS = sorted(path.stem for path in (ROOT / "crds").glob("*.yaml")
               if path.stem != "shared" and not path.stem.startswith("kubernetes"))


class Unique(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which yaml would take the last."""


def unique_mapping(loader, node):
    keys = [key.value for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise yaml.constructor.ConstructorError(None, None, f"{', '.join(sorted(twice))} twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


Unique.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, unique_mapping)


def says_of(rule):
    return rule if isinstance(rule, str) else rule["says"]


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.declared = {name: yaml.load((ROOT / "crds" / f"{name}.yaml").read_text(encoding="utf-8"), Unique)
                        for name in [*KINDS, "shared"]}

    def test_a_number_stands_for_one_rule_of_a_kind(self):
        shared = set(self.declared["shared"]["rules"])
        for name in KINDS:
            with self.subTest(name):
                self.assertEqual(shared & set(self.declared[name]["rules"]), set())

    def test_every_rule_is_a_sentence_with_a_number(self):
        for name, declared in self.declared.items():
            for number, rule in declared["rules"].items():
                with self.subTest(f"{name} {number}"):
                    self.assertRegex(number, "^[A-Z]+[0-9]+$")
                    self.assertTrue(says_of(rule).rstrip().endswith("."))

    def test_every_check_says_what_is_allowed_once(self):
        for name, declared in self.declared.items():
            for number, rule in declared["rules"].items():
                for check in rule.get("checks", []) if isinstance(rule, dict) else []:
                    with self.subTest(f"{name} {number}"):
                        said = check.get("message") or check.get("message_of")
                        self.assertTrue(said.strip())
                        self.assertNotRegex(check.get("message", ""), r"\n|\.$")


class Examples(unittest.TestCase):
    def test_every_kind_has_an_example_and_all_are_valid(self):
        done = subprocess.run([PLUGIN, "validate", "-R", "-o", "json", "-f", ROOT / "examples"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        found = {judged["kind"] for judged in json.loads(done.stdout)["objects"]}
        kinds = {yaml.safe_load((ROOT / "crds" / f"{name}.yaml").read_text(encoding="utf-8"))["kind"] for name in KINDS}
        self.assertEqual(kinds - found, set())


def schemas_below(schema, path="spec"):
    yield path, schema
    for name, value in schema.get("properties", {}).items():
        yield from schemas_below(value, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from schemas_below(schema[key], f"{path}[]")


class Definition(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.crds, cls.schemas = {}, {}
        for name in KINDS:
            with tempfile.TemporaryDirectory() as folder:
                output = pathlib.Path(folder) / "crd.yaml"
                done = run("generate_crd.py", ROOT / "crds" / f"{name}.yaml", output)
                assert done.returncode == 0, done.stderr
                crd = yaml.load(output.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            version = crd["spec"]["versions"][0]
            cls.crds[name] = crd
            cls.schemas[name] = [pair for part in ("spec", "status") for pair in
                                 schemas_below(version["schema"]["openAPIV3Schema"]["properties"][part], part)]

    def all_schemas(self):
        return ((f"{name} {path}", schema) for name, schemas in self.schemas.items() for path, schema in schemas)

    def test_client_side_apply_can_keep_it_in_an_annotation(self):
        for name, crd in self.crds.items():
            with self.subTest(name):
                # kubectl keeps the object as compact JSON, however the file is laid out.
                kept = json.dumps(crd, separators=(",", ":"), ensure_ascii=False)
                self.assertLess(len(kept.encode()), ANNOTATION_BYTES_MAX * 3 // 4)

    def test_every_schema_is_structural(self):
        for path, schema in self.all_schemas():
            with self.subTest(path):
                self.assertTrue("type" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
                                or schema.get("x-kubernetes-int-or-string"))
                self.assertNotIn("$ref", schema)

    def test_keys_of_lists_are_always_there(self):
        for path, schema in self.all_schemas():
            for key in schema.get("x-kubernetes-list-map-keys", []):
                with self.subTest(path):
                    items = schema["items"]
                    self.assertTrue(key in items.get("required", []) or "default" in items["properties"][key])

    def test_every_field_of_our_own_is_described(self):
        for kind, schemas in self.schemas.items():
            for name, schema in dict(schemas)["spec"]["properties"].items():
                self.assertTrue(schema.get("description"), f"{kind} {name}")

    def test_nothing_is_known_to_our_own_judge_only(self):
        for path, schema in self.all_schemas():
            with self.subTest(path):
                self.assertEqual([key for key in schema if key in ("x-allowed", "x-warnings")], [])
                for rule in schema.get("x-kubernetes-validations", []):
                    self.assertNotIn("x-number", rule)

    def test_fields_without_effect_say_so(self):
        described = {path: schema.get("description", "") for path, schema in self.schemas["cluster"]}
        self.assertIn("Not acted upon yet.", described["spec.tls"])
        self.assertNotIn("Not acted upon yet.", described["spec.image"])


unittest.main()
