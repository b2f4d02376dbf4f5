#!/usr/bin/python3
"""The generators refuse declarations that make no sense, and the shipped definition is one that API servers take.

    test_generator.py SOURCE_ROOT
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
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "crd.yaml"
            done = run("generate_crd.py", ROOT / "crds" / "cluster.yaml", output)
            assert done.returncode == 0, done.stderr
            cls.crd = yaml.safe_load(output.read_text(encoding="utf-8"))
        version = cls.crd["spec"]["versions"][0]
        cls.schemas = [pair for part in ("spec", "status")
                       for pair in schemas_below(version["schema"]["openAPIV3Schema"]["properties"][part], part)]

    def test_client_side_apply_can_keep_it_in_an_annotation(self):
        # kubectl keeps the object as compact JSON, however the file is laid out.
        kept = json.dumps(self.crd, separators=(",", ":"), ensure_ascii=False)
        self.assertLess(len(kept.encode()), ANNOTATION_BYTES_MAX * 3 // 4)

    def test_every_schema_is_structural(self):
        for path, schema in self.schemas:
            with self.subTest(path):
                self.assertTrue("type" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
                                or schema.get("x-kubernetes-int-or-string"))
                self.assertNotIn("$ref", schema)

    def test_keys_of_lists_are_always_there(self):
        for path, schema in self.schemas:
            for key in schema.get("x-kubernetes-list-map-keys", []):
                with self.subTest(path):
                    items = schema["items"]
                    self.assertTrue(key in items.get("required", []) or "default" in items["properties"][key])

    def test_every_field_of_our_own_is_described(self):
        spec = dict(self.schemas)["spec"]
        for name, schema in spec["properties"].items():
            self.assertTrue(schema.get("description"), name)

    def test_fields_without_effect_say_so(self):
        described = {path: schema.get("description", "") for path, schema in self.schemas}
        self.assertIn("Not acted upon yet.", described["spec.tls"])
        self.assertNotIn("Not acted upon yet.", described["spec.image"])


unittest.main()
