/* Holds our own judge to the tables of manifests, see tests/api/manifests/README.md. */
#include "manifest_table.h"
#include "test.h"
#include "yaml.h"

#include "api/judge.h"
#include "api/rule.h"

/* The API server writes keys of maps as spec.config.a.b in some errors and as spec.config[a.b] in others, and
 * what the subresource scale leads to with a point in front. */
static const char *plain(struct arena *arena, const char *field) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    for (const char *at = *field == '.' ? field + 1 : field; *at; at++)
        if (*at != ']')
            buffer_add_char(&text, *at == '[' ? '.' : *at);
    return arena_strdup(arena, buffer_string(&text));
}

/* "R2 spec.topology.servers" for each; without the rule when it is the schema's. */
static struct json *found_of(struct arena *arena, const struct field_errors *errors, bool by_rules) {
    struct json *list = json_new_array(arena);

    for (size_t i = 0; i < errors->count; i++) {
        const struct field_error *error = &errors->items[i];
        if ((error->rule != NULL) != by_rules ||
            strstr(error->text, "some validation rules were not checked"))
            continue;
        json_append_string(
            arena, list,
            plain(arena, by_rules ? arena_printf(arena, "%s %s", error->rule, error->field) : error->field));
    }
    return list;
}

static bool holds(const struct json *list, const struct json *item) {
    JSON_FOR_EACH_ITEM (candidate, list)
        if (json_equal(candidate, item))
            return true;
    return false;
}

/* Of a duplicate the whole item is named, where a case may name the key. */
static bool same_sets(struct arena *arena, const struct json *expected, const struct json *found) {
    JSON_FOR_EACH_ITEM (item, expected) {
        const char *dot = strrchr(item->string, '.');
        struct json *parent = json_new_string(
            arena, arena_strndup(arena, item->string, dot ? (size_t)(dot - item->string) : 0));
        if (!holds(found, item) && !holds(found, parent))
            return false;
    }
    JSON_FOR_EACH_ITEM (item, found) {
        bool is_named = holds(expected, item);
        JSON_FOR_EACH_ITEM (candidate, expected)
            is_named |= str_starts_with(candidate->string, arena_printf(arena, "%s.", item->string));
        if (!is_named)
            return false;
    }
    return true;
}

static bool check(struct arena *arena, const struct json *test_case, const char *key,
                  const struct json *found, const struct field_errors *errors) {
    struct json *expected = json_new_array(arena);

    JSON_FOR_EACH_ITEM (item, json_get(test_case, key))
        json_append_string(arena, expected, plain(arena, json_string(item, "")));
    if (same_sets(arena, expected, found))
        return true;
    print_error("%s: %s: expected %s, found %s: %s\n", json_string_at(test_case, "when", ""), key,
                json_print(arena, expected), json_print(arena, found), field_errors_message(errors));
    return false;
}

static bool is_declared(const struct api_kind *kind, const char *number) {
    for (size_t i = 0; i < api_rule_count; i++)
        if (str_equal(api_rules[i].number, number) &&
            (!api_rules[i].kind || str_equal(api_rules[i].kind, kind->name)))
            return true;
    return false;
}

/* A number that a finding shows can be looked up. */
static bool check_numbers(const struct api_kind *kind, const struct field_errors *errors) {
    for (size_t i = 0; i < errors->count; i++)
        if (errors->items[i].rule && !is_declared(kind, errors->items[i].rule)) {
            print_error("%s has no rule %s\n", kind->name, errors->items[i].rule);
            return false;
        }
    return true;
}

static bool judge_case(struct judge *judge, const struct api_kind *kind, const struct json *test_case) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *before = json_get(test_case, "before");

    if (json_get(test_case, "text"))
        return true; /* for who reads YAML: tests/cli */
    struct verdict verdict =
        judge_object(judge, arena, kind, manifest_table_object(arena, kind, test_case, test_case),
                     before ? manifest_table_object(arena, kind, test_case, before) : NULL);
    bool is_schema_right =
        check(arena, test_case, "schema", found_of(arena, &verdict.errors, false), &verdict.errors);
    bool are_rules_right =
        check(arena, test_case, "errors", found_of(arena, &verdict.errors, true), &verdict.errors);
    return check_numbers(kind, &verdict.errors) && check_numbers(kind, &verdict.warnings) &&
           check(arena, test_case, "warnings", found_of(arena, &verdict.warnings, true), &verdict.warnings) &&
           is_schema_right && are_rules_right;
}

TEST("every manifest gets exactly the verdicts that its case names") {
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    size_t wrong = 0, bad = 0, good = 0;

    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        JSON_FOR_EACH_ITEM (test_case, manifest_table_read(arena, &api_kinds[i], NULL)) {
            bool is_bad = json_get(test_case, "schema") || json_get(test_case, "errors");
            *(is_bad ? &bad : &good) += 1;
            wrong += !judge_case(judge, &api_kinds[i], test_case);
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(bad >= 400 && good >= 150);
}

TEST("what was sound is read the same when it is not judged again") {
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    size_t sound = 0;

    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        JSON_FOR_EACH_ITEM (test_case, manifest_table_read(arena, &api_kinds[i], NULL)) {
            if (json_get(test_case, "text"))
                continue;
            struct json *object = manifest_table_object(arena, &api_kinds[i], test_case, test_case);
            struct verdict judged = judge_stored(judge, arena, &api_kinds[i], object);
            if (judged.errors.count || judged.warnings.count)
                continue;
            struct verdict read = judge_sound(judge, arena, &api_kinds[i], object);
            assert_true(json_equal(read.object, judged.object));
            assert_int_equal(read.errors.count + read.warnings.count, 0);
            sound++;
        }
    }
    assert_true(sound >= 100);
}

TEST("the hash of what is judged tells all that a verdict may depend on, and nothing else") {
    static const struct {
        const char *path; /* in the object */
        const char *value;
        bool is_judged;
    } rows[] = {
        { "spec.topology", "{servers: 5}", true },
        { "spec.config", "{a: b}", true },
        { "metadata.name", "b", true },
        { "metadata.annotations", "{c: d}", true },
        { "metadata.labels", "{c: d}", true },
        { "status.version", "2026.08.1", true },
        { "status.phase", "Ready", false },
        { "metadata.resourceVersion", "'8'", false },
        { "metadata.managedFields", "[{manager: m}]", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *object =
            yaml_value(arena, "{metadata: {name: a, resourceVersion: '7'}, spec: {topology: "
                              "{servers: 3}}, status: {phase: Forming, version: 5.26.0}}");
        uint64_t before = judge_hash_stored(object);
        const char *dot = strchr(rows[i].path, '.');
        struct json *parent = json_get(object, arena_strndup(arena, rows[i].path, dot - rows[i].path));
        json_set(arena, parent, dot + 1, yaml_value(arena, rows[i].value));
        if ((judge_hash_stored(object) != before) != rows[i].is_judged)
            fail_msg("%s", rows[i].path);
    }
}

/* Adds the numbers of the rules that a case is about. */
static void add_rules(struct arena *arena, struct json *rules, const struct json *test_case) {
    static const char *const keys[] = { "errors", "warnings" };

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        JSON_FOR_EACH_ITEM (finding, json_get(test_case, keys[i])) {
            const char *text = json_string(finding, "");
            json_set_bool(arena, rules, arena_strndup(arena, text, strcspn(text, " ")), true);
        }
    if (json_get(test_case, "rule"))
        json_set_bool(arena, rules, json_string_at(test_case, "rule", ""), true);
}

TEST("every rule is in a table of manifests, and no other") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *rules_of_any = json_new_object(arena);
    size_t wrong = 0;

    for (size_t i = 0; i < api_kind_count; i++) {
        struct json *rules = json_new_object(arena);
        const struct json *notes;
        JSON_FOR_EACH_ITEM (test_case, manifest_table_read(arena, &api_kinds[i], &notes))
            add_rules(arena, rules, test_case);
        JSON_FOR_EACH_MEMBER (member, json_get(notes, "unjudged_parts")) {
            if (!json_get(rules, member->key)) {
                print_error("%s: %s is judged in no part\n", api_kinds[i].name, member->key);
                wrong++;
            }
        }
        JSON_FOR_EACH_MEMBER (member, json_get(notes, "unjudged")) {
            if (json_get(rules, member->key)) {
                print_error("%s: %s is judged\n", api_kinds[i].name, member->key);
                wrong++;
            }
            json_set_bool(arena, rules, member->key, true);
        }
        JSON_FOR_EACH_MEMBER (member, rules) {
            json_set_bool(arena, rules_of_any, member->key, true);
            if (!is_declared(&api_kinds[i], member->key)) {
                print_error("%s has no rule %s\n", api_kinds[i].name, member->key);
                wrong++;
            }
        }
        for (size_t j = 0; j < api_rule_count; j++)
            if (str_equal(api_rules[j].kind, api_kinds[i].name) && !json_get(rules, api_rules[j].number)) {
                print_error("%s: %s is in no case\n", api_kinds[i].name, api_rules[j].number);
                wrong++;
            }
    }
    for (size_t j = 0; j < api_rule_count; j++)
        if (!api_rules[j].kind && !json_get(rules_of_any, api_rules[j].number)) {
            print_error("%s is in no case\n", api_rules[j].number);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static struct verdict judge_yaml(struct judge *judge, struct arena *arena, const char *kind,
                                 const char *yaml) {
    return judge_object(judge, arena, api_kind_find(kind), yaml_value(arena, yaml), NULL);
}

TEST("fills in stored defaults only where their parent is") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct verdict verdict = judge_yaml(
        judge, arena, "Neo4jEnterpriseCluster",
        "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: a}, spec: "
        "{topology: {servers: 3}, image: {tag: 5.26.0}}}");

    assert_string_equal(json_print(arena, json_get(verdict.object, "spec")),
                        "{\"topology\":{\"servers\":3,\"enforceDistribution\":false,\"serverModeConstraint\":"
                        "\"NONE\"},\"image\":{\"tag\":\"5.26.0\",\"pullPolicy\":\"IfNotPresent\"}}");
}

TEST("names the field that was meant") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct verdict verdict =
        judge_yaml(judge, arena, "Neo4jEnterpriseCluster",
                   "{metadata: {name: a}, spec: {topologie: {}, topology: {server: 3, serverRoles: "
                   "[{serverIndex: 0, modeConstrain: NONE, modeConstraint: NONE, zzz: 1}]}}}");

    assert_true(verdict.errors.count > 4);
    assert_string_equal(field_error_message(arena, &verdict.errors.items[0]),
                        "spec.topologie: Unknown field: did you mean topology?");
    assert_string_equal(field_error_message(arena, &verdict.errors.items[1]),
                        "spec.topology.server: Unknown field: did you mean servers?");
    assert_string_equal(
        field_error_message(arena, &verdict.errors.items[2]),
        "spec.topology.serverRoles[0].modeConstrain: Unknown field: did you mean modeConstraint?");
    assert_string_equal(field_error_message(arena, &verdict.errors.items[3]),
                        "spec.topology.serverRoles[0].zzz: Unknown field: there is no such field");
}

TEST("an update keeps what it does not say of the metadata and the status") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    const struct json *pair = yaml_value(
        arena,
        "[{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: a}, spec: "
        "{topology: {servers: 3}}}, "
        "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: a, namespace: "
        "ns, uid: u}, spec: {topology: {servers: 3}}, status: {phase: Ready}}]");
    struct verdict verdict = judge_object(judge, arena, api_kind_find("Neo4jEnterpriseCluster"),
                                          json_item(pair, 0), json_item(pair, 1));
    assert_string_equal(field_errors_message(&verdict.errors), "");
    assert_string_equal(json_string_at(verdict.object, "metadata.uid", ""), "u");
    assert_string_equal(json_string_at(verdict.object, "status.phase", ""), "Ready");
}

static struct verdict judge_with_unknown(struct judge *judge, struct arena *arena, size_t count) {
    struct json *cluster = yaml_value(
        arena,
        "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: a}, spec: "
        "{topology: {servers: none}}}");
    struct json *spec = json_get(cluster, "spec");
    for (size_t i = 0; i < count; i++)
        json_set_integer(arena, spec, arena_printf(arena, "unknown%zu", i), 1);
    return judge_stored(judge, arena, api_kind_find("Neo4jEnterpriseCluster"), cluster);
}

TEST("any number of unknown fields hides nothing else that is wrong") {
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    CLEANUP_ARENA struct arena *few = arena_new();
    CLEANUP_ARENA struct arena *many = arena_new();
    struct verdict expected = judge_with_unknown(judge, few, 0);
    struct verdict verdict = judge_with_unknown(judge, many, (size_t)2 * FIELD_ERRORS_MAX);

    assert_true(expected.errors.count > 0);
    assert_string_equal(field_errors_message(&verdict.errors), field_errors_message(&expected.errors));
}
