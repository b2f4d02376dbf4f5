"""The kinds of this API as crds/*.yaml declare them (the notation is explained in crds/cluster.yaml).

load(KIND.yaml) gives a Kind: two trees of Objects and Fields, checked. The generators of C, of the
CustomResourceDefinition and of the reference walk them.
"""
import pathlib
import re

import yaml

FIELD_KEYS = {"type", "fields", "shared", "core", "items", "map_of", "about", "default", "assumed", "otherwise", "words",
              "format", "min", "max", "required", "key", "alias_of", "effect", "as", "deprecated",
              "struct", "open", "keys", "plus", "value_max", "set", "or_string", "include"}
CHECK_KEYS = {"at", "where", "holds", "field", "kind", "message", "message_of", "only"}
# Not FieldValueDuplicate: API servers leave a rule's message out of that.
CHECK_KINDS = {"Invalid": "FieldValueInvalid", "Required": "FieldValueRequired", "Forbidden": "FieldValueForbidden"}
SCALARS = {"string": "API_STRING", "boolean": "API_BOOLEAN", "int32": "API_INT32", "int64": "API_INT64",
           "quantity": "API_QUANTITY", "map": "API_STRING_MAP", "any": "API_JSON"}
C_KEYWORDS = {"default", "auto", "register", "static", "const", "struct", "union", "switch", "case", "long", "short"}


class ModelError(Exception):
    pass


def snake(name):
    """userDNTemplate -> user_dn_template, neo4jURI -> neo4j_uri"""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words).lower()
    return words + "_" if words in C_KEYWORDS else words


class Object:
    """An object with fields of its own: a struct in C."""

    def __init__(self, struct, about, fields, is_open=False, is_keyed=False, source=None):
        self.struct = struct      # name of the C struct
        self.table = struct       # name of the C table: another one when fields without a place were added
        self.about = about
        self.fields = fields
        self.is_open = is_open    # keeps unknown fields
        self.is_keyed = is_keyed  # element of a map of objects
        self.source = source      # "shared" or "kind": which of the two generated files declares it
        self.included = []        # shared Objects whose fields are among its own

    def field(self, name):
        return next((field for field in self.fields if field.name == name), None)


class Field:
    """One field: what crds/*.yaml says, and what follows from it."""

    def __init__(self, name, declared):
        self.name = name
        self.c_name = snake(name)
        self.declared = declared
        self.type = None    # enumerator of enum api_type
        self.object = None  # of objects, lists and maps of objects
        self.either = None  # of objects, and lists of such, that may be strings instead: carried as JSON
        self.or_string = None  # the form of those strings
        self.core = None    # name in kubernetes.yaml, of the field or of the list's items
        self.item = None    # declaration of a list's items, when they are strings
        self.effect = declared.get("effect", "now")
        self.alias_of = declared.get("alias_of")
        self.is_required = declared.get("required", False)
        self.list_keys = [declared["key"]] if isinstance(declared.get("key"), str) else declared.get("key", [])

    @property
    def rules(self):
        """Where words and format stand: on the field, or on the items of a list of strings."""
        return self.item if self.item is not None else self.declared

    @property
    def has_place(self):
        """Whether the C struct has a member for it."""
        return self.alias_of is None and self.effect != "none"

    @property
    def is_carried(self):
        """Whether that member is the JSON as it was written."""
        return self.declared.get("as") == "json" or self.type in ("API_JSON", "API_JSON_OBJECT", "API_JSON_LIST",
                                                                  "API_STRING_MAP")

    @property
    def default(self):
        return self.declared.get("default", self.declared.get("assumed"))

    @property
    def about(self):
        text = self.declared.get("about") or (self.object.about if self.object and self.type == "API_OBJECT" else None)
        if self.alias_of:
            return f"Another name of {self.alias_of}."
        return text or "Accepted for manifests of other versions; does nothing."


def warns(number):
    """Whether the rule of this number warns; others forbid."""
    return "W" in re.match("[A-Z]*", number).group()


class Check:
    """A rule in CEL over one object."""

    def __init__(self, number, declared):
        unknown = set(declared) - CHECK_KEYS
        if unknown:
            raise ModelError(f"rule {number}: unknown key {', '.join(sorted(unknown))}")
        if "holds" not in declared or ("message" in declared) == ("message_of" in declared):
            raise ModelError(f"rule {number}: a check has holds, and message or message_of")
        if declared.get("kind", "Invalid") not in CHECK_KINDS:
            raise ModelError(f"rule {number}: kind is one of {', '.join(CHECK_KINDS)}")
        self.number = number
        self.at = declared.get("at", "")
        self.where = declared.get("where")
        self.holds = " ".join(str(declared["holds"]).split())
        self.field = declared.get("field")
        self.reason = CHECK_KINDS[declared.get("kind", "Invalid")]
        self.message = declared.get("message")
        self.message_of = " ".join(declared["message_of"].split()) if "message_of" in declared else None
        self.is_ours = declared.get("only") == "ours"
        self.warns = warns(number)


class Rule:
    def __init__(self, number, declared):
        self.number = number
        if isinstance(declared, str):
            declared = {"says": declared}
        self.says = declared["says"]
        self.checks = [Check(number, check) for check in declared.get("checks", [])]


def rules_of(declared):
    return {number: Rule(number, rule) for number, rule in declared.get("rules", {}).items()}


class Kind:
    def __init__(self, declared):
        self.kind = declared["kind"]
        self.plural = declared["plural"]
        self.short_names = declared["short_names"]
        self.prefix = declared["prefix"]
        self.about = declared["about"]
        self.columns = declared["columns"]
        self.scale = declared.get("scale")
        self.name_max = declared.get("name_max")
        self.effect = declared.get("effect", "now")
        self.categories = declared.get("categories", ["neo4j"])
        self.rules = rules_of(declared)
        self.spec = None
        self.status = None


class Loader:
    def __init__(self, folder):
        read = lambda name: yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        shared = read("shared.yaml")
        self.core = yaml.load((folder / "kubernetes.yaml").read_text(encoding="utf-8"),
                              getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.formats = shared["formats"]
        self.shared_rules = rules_of(shared)
        self.shared_types = shared["types"]
        self.folder = folder
        self.shared = {}   # name -> Object
        self.structs = {}  # name of struct -> path of its declaration
        self.prefix = None

    # -- objects --

    def new_object(self, path, declared, struct, source, is_keyed=False):
        if struct == f"{self.prefix}_spec":  # its parts are named cluster_image, not cluster_spec_image
            fields_of = self.prefix
        else:
            fields_of = struct
        if self.structs.setdefault(struct, path) != path:
            raise ModelError(f"{path} and {self.structs[struct]} both make struct {struct}: name one with struct:")
        fields = [self.field(f"{path}.{name}", name, value, fields_of, source)
                  for name, value in declared["fields"].items()]
        made = Object(struct, declared.get("about"), fields, declared.get("open", False), is_keyed, source)
        for name in declared.get("include", []):
            self.include(path, made, self.shared_object(name))
        for field in fields:
            if field.alias_of:
                target = made.field(field.alias_of)
                if not target or target.alias_of or target.type != field.type:
                    raise ModelError(f"{path}.{field.name}: no field {field.alias_of} of the same type")
                if "default" in target.declared:
                    raise ModelError(f"{path}.{field.alias_of}: a default that is stored would contradict its alias "
                                     f"{field.name}; use assumed")
        return made

    def include(self, path, made, shared):
        """Adds the fields of a shared type to those of an object."""
        twice = {field.name for field in made.fields} & {field.name for field in shared.fields}
        if twice:
            raise ModelError(f"{path}: {', '.join(sorted(twice))} is a field of {shared.struct} already")
        made.fields = made.fields + shared.fields
        made.included.append(shared)

    def shared_object(self, name):
        if name not in self.shared:
            if name not in self.shared_types:
                raise ModelError(f"shared.yaml has no type {name}")
            self.shared[name] = self.new_object(name, self.shared_types[name], name, "shared")
        return self.shared[name]

    def extended_object(self, path, declared, source):
        """A shared object with more fields, none of which has a place in the struct."""
        base = self.shared_object(declared["shared"])
        more = [self.field(f"{path}.{name}", name, value, base.struct, source) for name, value in declared["fields"].items()]
        if any(field.has_place for field in more):
            raise ModelError(f"{path}: fields that are added to a shared type must have effect none")
        made = Object(base.struct, base.about, base.fields + more, base.is_open, False, source)
        made.included = base.included
        made.table = f"{self.prefix}_{snake(path.rsplit('.', 1)[1])}"
        return made

    # -- fields --

    def field(self, path, name, declared, owner, source):
        """owner: the struct that the field is in, which names the structs of its parts."""
        unknown = set(declared) - FIELD_KEYS
        if unknown:
            raise ModelError(f"{path}: unknown key {', '.join(sorted(unknown))}")
        made = Field(name, declared)
        if "shared" in declared:
            made.type = "API_OBJECT"
            made.object = self.extended_object(path, declared, source) if "fields" in declared \
                else self.shared_object(declared["shared"])
        elif "fields" in declared:
            made.type = "API_OBJECT"
            made.object = self.new_object(path, declared, declared.get("struct", f"{owner}_{snake(name)}"), source)
            self.allow_string(made, path, declared, "API_JSON")
        elif "core" in declared:
            made.type, made.core = "API_JSON_OBJECT", declared["core"]
        elif "map_of" in declared:
            made.type = "API_OBJECT_MAP"
            made.object = self.new_object(path, declared["map_of"],
                                          declared["map_of"].get("struct", f"{owner}_{snake(name)}"), source,
                                          is_keyed=True)
        elif "items" in declared:
            self.list_field(made, path, declared["items"], f"{owner}_{snake(name)}", source)
        else:
            made.type = SCALARS.get(declared.get("type"))
            if not made.type:
                raise ModelError(f"{path}: no type")
        self.check(made, path)
        return made

    def list_field(self, made, path, items, struct, source):
        if "core" in items:
            made.type, made.core = "API_JSON_LIST", items["core"]
        elif "shared" in items:
            made.type, made.object = "API_OBJECT_LIST", self.shared_object(items["shared"])
        elif "fields" in items:
            made.type = "API_OBJECT_LIST"
            made.object = self.new_object(path, items, items.get("struct", struct), source)
            self.allow_string(made, path, items, "API_JSON_LIST")
        elif items.get("type") == "string":
            made.type, made.item = "API_STRING_LIST", items
        else:
            raise ModelError(f"{path}: items of no known type")

    def allow_string(self, made, path, declared, carried):
        """With or_string: what may be a string as well has no struct, and is carried as it was written."""
        if "or_string" not in declared:
            return
        if declared["or_string"] not in self.formats:
            raise ModelError(f"{path}: shared.yaml has no format {declared['or_string']}")
        made.type, made.or_string = carried, declared["or_string"]
        made.either, made.object = made.object, None

    def check(self, made, path):
        declared = made.declared
        if made.core and made.core not in self.core:
            raise ModelError(f"{path}: kubernetes.yaml has no type {made.core}")
        form = made.rules.get("format") or declared.get("keys")
        if form and form not in self.formats:
            raise ModelError(f"{path}: shared.yaml has no format {form}")
        if made.effect not in ("now", "later", "none"):
            raise ModelError(f"{path}: effect is later or none")
        words = made.rules.get("words")
        if words and made.default is not None and made.default not in words:
            raise ModelError(f"{path}: the default {made.default} is not among the words")
        if not declared.get("about") and not made.object and made.effect != "none" and not made.alias_of:
            raise ModelError(f"{path}: what is it about?")
        for key in made.list_keys if made.object else []:
            field = made.object.field(key)
            if not field or not (field.is_required or "default" in field.declared):
                raise ModelError(f"{path}: the key {key} must be a required field of the items")

    def shared_checks(self, made):
        """The checks of a shared type: (place below it, Check)."""
        types = [name for name in [made.struct, *(shared.struct for shared in made.included)] if name in self.shared]
        return [(check.at[len(name):].lstrip("."), check)
                for name in types for rule in self.shared_rules.values() for check in rule.checks
                if check.at == name or check.at.startswith((name + ".", name + "[]", name + "{}"))]

    def whole_object_checks(self, kind):
        """The checks of shared.yaml that look at whole objects of a kind whose spec includes a type."""
        types = {shared.struct for shared in kind.spec.included}
        return [check for rule in self.shared_rules.values() for check in rule.checks if check.where in types]

    def kind(self, name):
        declared = yaml.safe_load((self.folder / f"{name}.yaml").read_text(encoding="utf-8"))
        made = Kind(declared)
        self.prefix = made.prefix
        twice = set(made.rules) & set(self.shared_rules)
        if twice:
            raise ModelError(f"rule {', '.join(sorted(twice))} stands in shared.yaml already")
        made.spec = self.new_object("spec", declared["spec"], f"{made.prefix}_spec", "kind")
        made.status = self.new_object("status", declared["status"], f"{made.prefix}_status", "kind")
        return made


def load(path):
    """(Kind, Loader) of crds/KIND.yaml. All types of shared.yaml are loaded, in its order."""
    path = pathlib.Path(path)
    loader = Loader(path.parent)
    for name in loader.shared_types:
        loader.shared_object(name)
    return loader.kind(path.stem), loader


def objects_below(root, found=None):
    """Every Object below and with root, each once, inner ones first: the order in which C needs them."""
    found = [] if found is None else found
    for field in root.fields:
        if field.object:
            objects_below(field.object, found)
    if root not in found:
        found.append(root)
    return found
