#include "simulate/field_values.h"

#include "base/text.h"
#include "base/yaml.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A string of more characters than this is not tried: nothing is learnt from it. */
enum { LENGTH_TRIED_MAX = 8192 };

/* By meaning: paths that end so have these values, in YAML, before those by type. Names: graph is the cluster
 * that is there, solo a standalone server, spare a Secret with another password, empty one without any. */
static const struct {
    const char *path;
    const char *values;
} meanings[] = {
    { "image.repo", "[neo4j, nowhere.example/neo4x, 'neo4j:latest']" },
    { "image.tag",
      "[5.26.1-enterprise, 2025.10.1-enterprise, 4.4.0-enterprise, 5.25.0-enterprise, 5.26.0, nonsense]" },
    { "image.pullSecrets[0]", "[spare, not-there]" },
    { "topology.servers", "[4, 5]" },
    { "storage.className", "[no-such-class]" },
    { "storage.storageClassName", "[no-such-class]" },
    { "storage.size", "[2Gi, 512Mi, 1024Mi, 9000Pi, a lot]" },
    { "auth.adminSecret", "[spare, empty, not-there]" },
    { "resources.requests", "[{cpu: 500m, memory: 2Gi}, {memory: 9000Gi}, {cpu: '9000'}, {memory: lots}]" },
    { "resources.limits", "[{memory: 4Gi}, {memory: 1Mi}, {memory: 9000Gi}, {cpu: 1m}]" },
    { "spec.config",
      "[{db.logs.query.threshold: 1s}, {server.memory.heap.max_size: 9000g}, {no.such.setting: x}, "
      "{server.memory.pagecache.size: plenty}, {dbms.cluster.discovery.type: LIST}, {ünï: cødé}]" },
    { "additionalConfig[0]",
      "[server.logs.gc.enabled=true, '# a comment', no equals sign, server.bolt.listen_address=:1]" },
    { "nodeSelector", "[{kubernetes.io/os: linux}, {example.com/no: where}]" },
    { "serviceAccountName", "[default, nobody]" },
    { "serverRoles[0].modeConstraint", "[SECONDARY]" },
    { "runAsNonRoot", "[false]" }, /* true is what the operator asks for by itself */
    { "clusterRef", "[graph, solo, not-there]" },
};

/* By form: what fits a pattern is tried, up to FITTING of them, and one that does not. */
enum { FITTING = 2 };
static const char *const texts[] = {
    "graph",
    "not-there",
    "30s",
    "7d",
    "2Gi",
    "500m",
    "http://127.0.0.1/x",
    "2026-01-31T12:00:00Z",
    "0.5",
    "/data/x",
    "10.0.0.1",
    "10.0.0.0/8",
    "-Xmx1g",
    "native",
    "db.logs.query.threshold=1s",
    "example.com/zone",
    "0 3 * * *",
    "s3://bucket/x",
    "txId:5",
    "--verbose",
    "5.26.0",
    "*",
    "nodes:*",
    "NODES *",
    "MATCH",
    "5",
    "8G",
    "50%",
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "Ünïcødé 用户",
    "",
};

static const char *type_of(const struct json *schema) {
    return json_string_at(schema, "type", "");
}

static void add(struct arena *arena, struct json *values, const struct json *value) {
    JSON_FOR_EACH_ITEM (known, values)
        if (json_equal(known, value) && known->type == value->type)
            return;
    json_append(arena, values, value);
}

static void add_text(struct arena *arena, struct json *values, const char *text) {
    add(arena, values, json_new_string(arena, text));
}

/* ---- by meaning ---- */

static bool ends_with_path(const char *path, const char *end) {
    size_t length = strlen(path), end_length = strlen(end);

    return str_ends_with(path, end) && (length == end_length || path[length - end_length - 1] == '.');
}

static void add_by_meaning(struct arena *arena, struct json *values, const char *path) {
    for (size_t i = 0; i < ARRAY_LENGTH(meanings); i++) {
        struct json *documents = NULL;
        if (!ends_with_path(path, meanings[i].path))
            continue;
        ensure(yaml_parse(arena, text_from(meanings[i].values), &documents, NULL));
        JSON_FOR_EACH_ITEM (value, json_item(documents, 0))
            add(arena, values, value);
    }
}

/* ---- by type ---- */

static bool fits(const char *pattern, const char *text) {
    int number;
    size_t offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &number, &offset, NULL);

    ensure(code);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    int found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data, NULL);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return found >= 0;
}

static void add_by_pattern(struct arena *arena, struct json *values, const char *pattern) {
    size_t known = json_length(values);
    int fitting = 0, others = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        if (fits(pattern, texts[i]) ? fitting++ < FITTING : others++ < 1 && fitting)
            add_text(arena, values, texts[i]);
    for (size_t i = ARRAY_LENGTH(texts); i-- > 0 && !others;)
        if (!fits(pattern, texts[i]) && ++others)
            add_text(arena, values, texts[i]);
    while (!fitting && !known && json_length(values))
        json_remove_item(values, 0);
}

static void add_long_text(struct arena *arena, struct json *values, int64_t length) {
    char *text = arena_alloc_bytes(arena, (size_t)length + 1);

    memset(text, 'a', (size_t)length);
    text[length] = '\0';
    add_text(arena, values, text);
}

static void add_texts(struct arena *arena, struct json *values, const struct json *schema) {
    const char *pattern = json_string_at(schema, "pattern", NULL);
    int64_t length_max = json_integer_at(schema, "maxLength", 0);

    JSON_FOR_EACH_ITEM (word, json_get(schema, "enum"))
        add(arena, values, word);
    if (json_get(schema, "enum")) {
        add_text(arena, values, "NoSuchWord");
        return;
    }
    if (pattern) {
        add_by_pattern(arena, values, pattern);
    } else {
        add_text(arena, values, "example-1");
        add_text(arena, values, "Ünïcødé 用户");
        add_text(arena, values, "");
    }
    if (json_length(values) && length_max && length_max < LENGTH_TRIED_MAX) {
        add_long_text(arena, values, length_max);
        add_long_text(arena, values, length_max + 1);
    }
}

static void add_integers(struct arena *arena, struct json *values, const struct json *schema) {
    bool is_32 = str_equal(json_string_at(schema, "format", ""), "int32");
    int64_t min = json_integer_at(schema, "minimum", is_32 ? INT32_MIN : INT64_MIN + 1);
    int64_t max = json_integer_at(schema, "maximum", is_32 ? INT32_MAX : INT64_MAX - 1);
    const int64_t tried[] = { min < 1 ? 1 : min, min, max, min - 1, max + 1 };

    for (size_t i = 0; i < ARRAY_LENGTH(tried); i++)
        add(arena, values, json_new_integer(arena, tried[i]));
}

static void add_maps(struct arena *arena, struct json *values, const char *path, const struct json *schema) {
    static const char *const keys[] = { "example.com/key", "Ünïcødé 用户" };
    const struct json *of = json_get(schema, "additionalProperties");
    const struct json *value =
        json_is(of, JSON_OBJECT) ? field_example(arena, arena_printf(arena, "%s.*", path), of) : NULL;

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        struct json *map = json_new_object(arena);
        json_set(arena, map, keys[i], value ? value : json_new_string(arena, "value"));
        add(arena, values, map);
    }
    add(arena, values, json_new_object(arena));
}

static void add_by_type(struct arena *arena, struct json *values, const char *path,
                        const struct json *schema) {
    const char *type = type_of(schema);

    if (str_equal(type, "string")) {
        add_texts(arena, values, schema);
    } else if (str_equal(type, "boolean")) {
        add(arena, values, json_new_bool(arena, true));
        add(arena, values, json_new_bool(arena, false));
    } else if (str_equal(type, "integer") || str_equal(type, "number")) {
        add_integers(arena, values, schema);
    } else if (str_equal(type, "object")) {
        add_maps(arena, values, path, schema);
    } else if (json_bool_at(schema, "x-kubernetes-int-or-string", false)) {
        add_texts(arena, values, schema);
        add(arena, values, json_new_integer(arena, 2));
    } else if (json_bool_at(schema, "x-kubernetes-preserve-unknown-fields", false)) {
        add_maps(arena, values, path, schema);
        add_text(arena, values, "example-1");
    }
}

/* What is of another type. */
static void add_wrong(struct arena *arena, struct json *values, const struct json *schema) {
    const char *type = type_of(schema);

    if (str_equal(type, "string"))
        add(arena, values, json_new_array(arena));
    else if (*type)
        add_text(arena, values, "example-1");
}

struct json *field_example(struct arena *arena, const char *path, const struct json *schema) {
    struct json *values = json_new_array(arena);

    add_by_meaning(arena, values, path);
    add_by_type(arena, values, path, schema);
    return json_item(values, 0);
}

struct json *field_values(struct arena *arena, const struct field *field) {
    struct json *values = json_new_array(arena);

    add_by_meaning(arena, values, field->path);
    add_by_type(arena, values, field->path, field->schema);
    if (field->effect != API_EFFECT_NOW || field->is_embedded) {
        while (json_length(values) > 1)
            json_remove_item(values, json_length(values) - 1);
    } else if (json_length(values)) {
        add_wrong(arena, values, field->schema);
    }
    if (json_length(values))
        json_append(arena, values, json_new_null(arena));
    return values;
}
