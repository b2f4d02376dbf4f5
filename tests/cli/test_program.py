#!/usr/bin/python3
"""kubectl-neo4j as a user and a pipeline meet it. Arguments: the plugin, the operator, which validates, too. Prints TAP."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

PLUGIN, OPERATOR = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
GOOD = ("apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jEnterpriseCluster\nmetadata:\n  name: {name}\n"
        "spec:\n  topology:\n    servers: 3\n")
BAD = GOOD + "  topologie: 1\n  image: {{tag: 5.26.0-enterprise, pullSecrets: [a, B]}}\n"
# Its owner changes, which no update may do: a rule of metadata alone, so that no kind's own rules matter here.
OWNED = GOOD.replace("spec:", "  uid: {uid}\nspec:")
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"


def run(*arguments, program=(PLUGIN, "validate"), code=0, text=None, folder=None):
    """What was printed on standard output; nothing may be on standard error, but for usage."""
    done = subprocess.run([*program, *map(str, arguments)], cwd=folder, input=text or "", capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == code, f"{arguments}: {done.returncode}, {done.stdout} {done.stderr}"
    return done.stdout + done.stderr


def judge(*arguments, **options):
    return json.loads(run(*arguments, "-o", "json", **options))


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# ---- the command line ----

def test_the_program_and_the_command_explain_themselves(folder):
    overview = run("--help", program=[PLUGIN])
    assert "validate" in overview and run("-h", program=[PLUGIN]) == run("help", program=[PLUGIN]) == overview
    assert overview in run(program=[PLUGIN], code=2)
    for text in (run("--help"), run("-h"), run("--help", program=(OPERATOR, "validate"))):
        assert "Examples:" in text and "Exit codes: 0" in text, text
    assert re.match(r"kubectl-neo4j \d+\.\d+", run("--version", program=[PLUGIN]))
    assert re.match(r"kubectl-neo4j \d+\.\d+", run("--version"))


def test_a_command_that_is_not_known_gets_the_nearest_named(folder):
    assert "did you mean validate?" in run("valdate", program=[PLUGIN], code=2)
    assert "no command 'x'" in run("x", program=[PLUGIN], code=2)


def test_wrong_usage_is_refused_with_2(folder):
    write(folder, a_yaml=GOOD)
    for arguments in ([], ["-f"], ["-f", ""], ["a.yaml"], ["-f", "a.yaml", "-o", "xml"], ["-f", "a.yaml", "--colour"],
                      ["--kind", "X", "-f", "a.yaml"], ["-f", "-", "--old", "-"],
                      ["-f", "a.yaml", "--no-warnings", "--warnings-as-errors"]):
        assert "kubectl-neo4j validate" in run(*arguments, code=2, folder=folder), arguments


def test_the_operator_validates_as_the_plugin_does(folder):
    write(folder, good_yaml=GOOD.format(name="a"), bad_yaml=BAD.format(name="b"))
    for arguments in (["-f", "bad.yaml"], ["-f", ".", "-o", "json"], ["-f", ".", "-o", "sarif"]):
        assert run(*arguments, folder=folder, code=1) == run(*arguments, folder=folder, code=1, program=(OPERATOR, "validate"))
    assert "neo4j-operator validate" in run("x", program=(OPERATOR, "validate"), code=2)


def test_a_rule_is_explained(folder):
    text = run("--explain", "R2")
    assert text.startswith("R2, Neo4jEnterpriseCluster, an error: ") and text.count("\n") == 1, text
    assert run("--explain", "r2", "--kind", "Neo4jEnterpriseCluster") == text
    assert "no rule R2 of Neo4jDatabase" in run("--explain", "R2", "--kind", "Neo4jDatabase", code=2)
    assert "no rule Q1" in run("--explain", "Q1", code=2)


# ---- what is judged ----

def test_findings_have_their_place_and_a_summary_ends_them(folder):
    write(folder, good_yaml=GOOD.format(name="a"), bad_yaml=BAD.format(name="b") + "---\n" + CONFIG_MAP)
    assert run("-f", "good.yaml", folder=folder) == "1 object judged: 1 valid, 0 invalid, 0 warnings\n"
    lines = run("-f", ".", folder=folder, code=1).splitlines()
    assert lines[0] == "./bad.yaml:8:3: error: Neo4jEnterpriseCluster/b: spec.topologie: Unknown field: did you mean topology?"
    assert lines[1] == ('./bad.yaml:9:52: error: Neo4jEnterpriseCluster/b: spec.image.pullSecrets[1]: Invalid value: "B": '
                        'must be a name of lower case letters, digits, "-" and "."')
    assert lines[-1] == "2 objects judged: 1 valid, 1 invalid, 0 warnings; 1 of other kinds left out"


def test_quiet_prints_findings_only(folder):
    write(folder, good_yaml=GOOD.format(name="a"), bad_yaml=BAD.format(name="b"))
    assert run("-q", "-f", "good.yaml", folder=folder) == ""
    assert "judged" not in run("--quiet", "-f", "bad.yaml", folder=folder, code=1)


def test_folders_give_their_manifests_in_order_and_those_below_with_R(folder):
    write(folder, d__b_yml=GOOD.format(name="b"), d__a_yaml=GOOD.format(name="a"), d__c_json='{"apiVersion": "v1", "kind": "A"}',
          d__d_txt="no manifest", d__sub__e_yaml=GOOD.format(name="e"))
    files = lambda report: [item["file"] for item in report["objects"]]
    assert files(judge("-f", "d", folder=folder)) == ["d/a.yaml", "d/b.yml"]
    assert files(judge("-f", "d/", "-R", folder=folder)) == ["d/a.yaml", "d/b.yml", "d/sub/e.yaml"]
    assert files(judge("-f", "d/sub/e.yaml", "-f", "d", "-R", folder=folder)) == ["d/sub/e.yaml", "d/a.yaml", "d/b.yml"]
    assert judge("-f", "d", folder=folder)["summary"]["others"] == 1


def test_links_are_followed_to_files_and_walk_no_loop(folder):
    write(folder, d__a_yaml=GOOD.format(name="a"), elsewhere__b=GOOD.format(name="b"))
    (folder / "d" / "loop").symlink_to("..")
    (folder / "d" / "self.yaml").symlink_to("self.yaml")
    (folder / "d" / "b.yaml").symlink_to("../elsewhere/b")
    (folder / "d" / "again.yaml").symlink_to("a.yaml")
    (folder / "d" / "folder.yaml").symlink_to("../elsewhere")
    os.mkfifo(folder / "d" / "pipe.yaml")
    report = judge("-f", "d", "-R", folder=folder, code=2)
    assert [item["name"] for item in report["objects"]] == ["a", "b"]
    assert [item["file"] for item in report["unreadable"]] == ["d/pipe.yaml", "d/self.yaml"]


def test_standard_input_of_several_documents_and_lists(folder):
    item = json.loads(json.dumps({"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jEnterpriseCluster",
                                  "metadata": {"name": "in-list"}, "spec": {"topology": {"servers": 3}}}))
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [item, {"apiVersion": "v1", "kind": "Pod"}]}, indent=2)
    text = "# Source: chart/templates/a.yaml\n---\n---\n" + GOOD.format(name="a") + "---\n# nothing\n---\n" + listed
    report = judge("-f", "-", text=text)
    assert [(one["file"], one["line"], one["name"]) for one in report["objects"]] == \
        [("<stdin>", 4, "a"), ("<stdin>", 18, "in-list")], report
    assert report["summary"]["others"] == 1


def test_json_is_read_with_its_places_and_escapes(folder):
    text = json.dumps({"apiVersion": "neo4j.neo4j.com/v1alpha1", "kind": "Neo4jEnterpriseCluster",
                       "metadata": {"name": "a", "annotations": {"smile": "\U0001F600 \\ud83d\\ude00"}},
                       "spec": {"topology": {"servers": 1}}}, indent=2)
    assert "\\ud83d" in text
    assert run("-f", "-", text=text, code=1).startswith("<stdin>:12:18: error: Neo4jEnterpriseCluster/a: spec.topology.servers: ")
    assert "escape" in run("-f", "-", text=text.replace("\\ud83d", "\\ud83e\\ud83d"), code=2)


def test_an_object_that_is_given_twice_is_an_error_with_both_places(folder):
    named = GOOD.format(name="a")
    write(folder, a_yaml=named, b_yaml=GOOD.format(name="b") + "---\n" + named,
          c_yaml=named.replace("name: a", "name: a\n  namespace: ns"))
    text = run("-f", ".", folder=folder, code=1)
    assert './b.yaml:12:9: error: Neo4jEnterpriseCluster/a: metadata.name: Duplicate value: "a": the same object stands at ' \
           "./a.yaml:1:1" in text and "4 objects judged: 3 valid, 1 invalid" in text, text


def test_a_name_must_be_there_or_be_generated(folder):
    nameless = GOOD.replace("  name: {name}\n", "  labels: {{}}\n").format()
    text = run("-f", "-", text=nameless, code=1)
    assert "<stdin>:3:1: error: Neo4jEnterpriseCluster/(no name): metadata.name: Required value" in text, text
    generated = nameless.replace("labels: {}", "generateName: a-")
    report = judge("-f", "-", text=generated + "---\n" + generated)
    assert [(one["name"], one["generateName"], one["valid"]) for one in report["objects"]] == [(None, "a-", True)] * 2


def test_metadata_has_its_types_and_no_other_members(folder):
    text = GOOD.format(name="5").replace("name: 5", "name: 5\n  namespace: no\n  lables: {}\n  labels: {v: 1.0, w: [x]}\n"
                                         "  annotations: [a]\n  finalizers: [1]\n  generation: x")
    lines = run("-f", "-", text=text, code=1).splitlines()
    assert [re.sub(r"error: \S+/\(no name\): ", "", line) for line in lines[:8]] == [
        "<stdin>:4:9: metadata.name: Invalid value: 5: must be a string: write it in quotes",
        "<stdin>:5:14: metadata.namespace: Invalid value: false: must be a string: write it in quotes",
        "<stdin>:6:3: metadata.lables: Unknown field: did you mean labels?",
        "<stdin>:7:15: metadata.labels[v]: Invalid value: 1: must be a string: write it in quotes",
        "<stdin>:7:23: metadata.labels[w]: Invalid value: must be a string",
        "<stdin>:8:16: metadata.annotations: Invalid value: must be a map",
        "<stdin>:9:16: metadata.finalizers[0]: Invalid value: 1: must be a string: write it in quotes",
        "<stdin>:10:15: metadata.generation: Invalid value: must be a whole number"], lines


def test_apiVersion_and_kind_that_are_nearly_ours_are_errors(folder):
    for was, becomes, expected in (
            ("neo4j.neo4j.com", "neo4j.com", "write neo4j.neo4j.com/v1alpha1"),
            ("v1alpha1", "v1beta1", "this operator serves neo4j.neo4j.com/v1alpha1"),
            ("EnterpriseCluster", "EnterpriseClusters", "did you mean Neo4jEnterpriseCluster?")):
        text = run("-f", "-", text=GOOD.format(name="a").replace(was, becomes, 1), code=1)
        assert expected in text, text


def test_rules_of_changes_are_judged_beside_the_old_objects(folder):
    write(folder, new_yaml=OWNED.format(name="a", uid="one"), other_yaml=OWNED.format(name="b", uid="one"))
    now = OWNED.format(name="a", uid="two").replace("name: a", "name: a\n  namespace: ns") + "status: {phase: Ready}\n"
    assert run("-f", "new.yaml", "-f", "other.yaml", folder=folder)
    text = run("-f", "new.yaml", "-f", "other.yaml", "--old", "-", text=now, folder=folder, code=1)
    assert 'new.yaml:5:8: error: Neo4jEnterpriseCluster/a: metadata.uid: Invalid value: "one": field is immutable' in text, text
    assert "2 objects judged: 1 valid" in text, text
    # What the manifest leaves to the cluster is no change.
    write(folder, new_yaml=GOOD.format(name="a"))
    assert run("-q", "-f", "new.yaml", "--old", "-", text=now, folder=folder) == ""


WARNED = ("apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jDatabase\nmetadata: {name: a}\n"
          "spec:\n  clusterRef: c\n  name: data\n  topology: {primaries: 1, secondaries: 3}\n")


def test_warnings_are_told_hidden_or_errors(folder):
    text = run("-f", "-", text=WARNED)
    assert re.search(r"<stdin>:7:41: warning: Neo4jDatabase/a: spec\.topology\.secondaries: .* \[DBW\d+\]", text) and ", 1 warning" in text, text
    assert "warning:" not in run("-f", "-", "--no-warnings", text=WARNED)
    text = run("-f", "-", "--warnings-as-errors", text=WARNED, code=1)
    assert " error: " in text and "[DBW" in text and "0 valid, 1 invalid" in text, text


# ---- what can't be read ----

def test_what_cannot_be_read_is_named_and_the_rest_is_judged(folder):
    write(folder, a_yaml=GOOD.format(name="a"), twice_yaml="a: 1\na: 2\n", text_yaml="just words\n", list_yaml="- 1\n",
          cycle_yaml="a: &a [*a]\n", deep_yaml="[" * 100000)
    (folder / "binary.yaml").write_bytes(bytes(range(256)) * 16)
    (folder / "latin.yaml").write_bytes(b"a: \xe4\n")
    (folder / "empty").mkdir()
    with open(folder / "huge.yaml", "wb") as file:
        file.truncate(17 * 1024 * 1024)
    report = judge("-f", ".", "-f", "empty", "-f", "nowhere.yaml", folder=folder, code=2)
    assert [item["name"] for item in report["objects"]] == ["a"] and report["objects"][0]["valid"]
    messages = {item["file"]: (item.get("line"), item.get("column"), item["message"]) for item in report["unreadable"]}
    for name, line, column, part in (
            ("./twice.yaml", 2, 1, 'the key "a" is already set'), ("./text.yaml", 1, 1, "no object"),
            ("./list.yaml", 1, 1, "no object"), ("./cycle.yaml", 1, 8, "contains itself"),
            ("./deep.yaml", 1, None, "too many levels"), ("./binary.yaml", 1, None, "control characters"),
            ("./latin.yaml", 1, 4, "UTF-8"), ("./huge.yaml", None, None, "larger than"),
            ("empty", None, None, "no *.yaml"), ("nowhere.yaml", None, None, "No such file")):
        found = messages.pop(name)
        assert part in found[2] and found[0] == line and (column is None or found[1] == column), (name, found)
    assert not messages, messages
    assert "1 object judged: 1 valid" in (text := run("-f", ".", folder=folder, code=2)) and "8 inputs could not be read" in text


def test_a_file_that_may_not_be_read_is_named(folder):
    write(folder, a_yaml=GOOD.format(name="a"), locked_yaml=GOOD.format(name="b"))
    (folder / "locked.yaml").chmod(0)
    if os.access(folder / "locked.yaml", os.R_OK):
        # Root may read everything, but no directory as a file.
        (folder / "locked.yaml").unlink()
        (folder / "locked.yaml").symlink_to("/proc/self/mem")
        report = judge("-f", "a.yaml", "-f", "locked.yaml", folder=folder, code=2)
    else:
        report = judge("-f", ".", folder=folder, code=2)
    assert len(report["unreadable"]) == 1 and "locked.yaml" in report["unreadable"][0]["file"], report
    assert report["summary"]["valid"] == 1


def test_nothing_is_not_valid(folder):
    assert "no object" in run("-f", "-", code=2)
    assert "no object" in run("-f", "-", text="# only words\n---\n", code=2)
    assert run("-f", "-", text=CONFIG_MAP) == "0 objects judged: 0 valid, 0 invalid, 0 warnings; 1 of other kinds left out\n"


def test_a_result_that_does_not_arrive_is_no_good_one(folder):
    write(folder, a_yaml=GOOD.format(name="a"))
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PLUGIN, "validate", "-f", folder / "a.yaml"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "No space left" in done.stderr, done


# ---- forms ----

def test_json_has_every_finding_in_the_API_servers_words(folder):
    report = judge("-f", "-", text=BAD.format(name="b"), code=1)
    assert set(report) == {"objects", "unreadable", "summary"}
    assert report["summary"] == {"judged": 1, "valid": 0, "invalid": 1, "errors": 2, "warnings": 0, "others": 0, "unreadable": 0}
    item = report["objects"][0]
    assert {key: item[key] for key in ("file", "line", "kind", "namespace", "name", "valid", "warnings")} == {
        "file": "<stdin>", "line": 1, "kind": "Neo4jEnterpriseCluster", "namespace": None, "name": "b", "valid": False,
        "warnings": []}
    assert item["errors"][1] == {
        "field": "spec.image.pullSecrets[1]", "type": "FieldValueInvalid", "rule": None, "line": 9, "column": 52,
        "message": "Invalid value: \"B\": spec.image.pullSecrets[1] in body should match "
                   "'^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$'"}


def test_a_long_value_is_cut_for_people_and_whole_for_programs(folder):
    text = GOOD.format(name="a") + "    serverModeConstraint: " + "X" * 3000 + "\n"
    assert "X" * 3000 in run("-f", "-", "-o", "json", text=text, code=1)
    cut = run("-f", "-", text=text, code=1)
    assert "X" * 255 + "…" in cut and "X" * 256 not in cut


def check_location(location):
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri
    region = location["physicalLocation"].get("region")
    if region:
        assert region["startLine"] >= 1 and region["startColumn"] >= 1, region


def check_sarif(document):
    """What the schema of SARIF 2.1.0 requires of what we write: members, types, and indices that lead to their rules."""
    assert document["version"] == "2.1.0" and document["$schema"].endswith("sarif-2.1.0.json")
    assert len(document["runs"]) == 1
    for one in document["runs"]:
        driver = one["tool"]["driver"]
        assert driver["name"] == "neo4j-operator" and driver["version"]
        assert one["columnKind"] == "unicodeCodePoints"
        for rule in driver["rules"]:
            assert rule["id"] and rule["shortDescription"]["text"], rule
            assert rule["defaultConfiguration"]["level"] in ("error", "warning"), rule
        for result in one["results"]:
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"], result
            assert result["level"] in ("error", "warning") and result["message"]["text"], result
            assert len(result["locations"]) == 1
            for location in result["locations"]:
                check_location(location)
                assert all(place["fullyQualifiedName"] and place["kind"] == "member" for place in location["logicalLocations"])
        for invocation in one["invocations"]:
            assert isinstance(invocation["executionSuccessful"], bool)
            for notification in invocation["toolExecutionNotifications"]:
                assert notification["level"] == "error" and notification["message"]["text"]
                for location in notification["locations"]:
                    check_location(location)
    return document["runs"][0]


def test_sarif_is_what_code_hosts_take(folder):
    write(folder, **{"a b__bad_yaml": BAD.format(name="b") + "---\n" + WARNED, "broken_yaml": "a: ["})
    found = check_sarif(json.loads(run("-f", folder, "-R", "-o", "sarif", folder=folder, code=2)))
    results = [(one["ruleId"], one["level"]) for one in found["results"]]
    assert results[:2] == [("schema", "error")] * 2 and results[2][1] == "warning" and results[2][0].startswith("DBW"), results
    location = found["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/bad.yaml", location
    assert location["logicalLocations"][0]["name"] == "spec.topologie"
    assert found["invocations"][0]["executionSuccessful"] is False and found["invocations"][0]["exitCode"] == 2
    assert len(found["invocations"][0]["toolExecutionNotifications"]) == 1
    assert check_sarif(json.loads(run("-f", "-", "-o", "sarif", text=GOOD.format(name="a"))))["results"] == []


# ---- speed ----

def test_a_thousand_manifests_are_judged_soon(folder):
    for number in range(1000):
        write(folder, **{f"n{number}_yaml": GOOD.format(name=f"n{number}")})
    begin = time.monotonic()
    assert "1000 objects judged: 1000 valid" in run("-f", folder)
    # Under AddressSanitizer on a busy machine; without, it is a fifth of a second.
    assert time.monotonic() - begin < 20


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failures = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        sentence = name[len("test_"):].replace("_", " ")
        with tempfile.TemporaryDirectory(prefix="cli-program-") as folder:
            try:
                test(pathlib.Path(folder))
                print(f"ok {number} - {sentence}", flush=True)
            except Exception as error:  # the next test must run all the same
                failures += 1
                print(f"not ok {number} - {sentence}\n# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "), flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
