#include "api/image_tag.h"
#include "api/judgement.h"
#include "base/quantity.h"

static const int64_t MEBIBYTE = 1024 * 1024;
static const int64_t GIGABYTE = 1000 * 1000 * 1000;

#define HEAP_MAX          "server.memory.heap.max_size"
#define HEAP_INITIAL      "server.memory.heap.initial_size"
#define PAGE_CACHE        "server.memory.pagecache.size"
#define TRANSACTION_TOTAL "dbms.memory.transaction.total.max"

/* ---- values of neo4j.conf ---- */

/* "12G", "512m", "1.5GiB", bytes without a unit. */
static bool parse_size(const char *text, int64_t *out_bytes) {
    size_t digits = text ? strspn(text, "0123456789.") : 0;
    double number;

    if (digits == 0 || !parse_double((struct text){ text, digits }, &number))
        return false;
    static const char units[] = "kmgt";
    double factor = 1;
    const char *unit = text + digits;
    if (*unit) {
        const char *found = strchr(units, *unit | 0x20);
        if (!found)
            return false;
        for (const char *each = units; each <= found; each++)
            factor *= 1024;
        unit++;
        if (*unit && strcasecmp(unit, "b") != 0 && strcasecmp(unit, "ib") != 0)
            return false;
    }
    if (number * factor >= 9e18)
        return false;
    *out_bytes = (int64_t)(number * factor);
    return true;
}

/* The value of a setting in spec.config, or NULL. Its size, when it is one. */
static const struct json *setting(const struct json *config, const char *key, int64_t *out_bytes,
                                  bool *out_is_size) {
    const struct json *value = json_get(config, key);
    *out_is_size = value && parse_size(json_string(value, NULL), out_bytes);
    return value;
}

static const char *field_of(const struct judgement *judgement, const char *map, const char *key) {
    return arena_printf(judgement->arena, "%s[%s]", map, key);
}

/* ---- R13: memory ---- */

static void judge_memory_minimum(const struct judgement *judgement, const char *key,
                                 int64_t minimum_mebibytes) {
    int64_t bytes = 0;
    bool is_size = false;
    const struct json *value = setting(judgement->spec->config, key, &bytes, &is_size);

    if (value && !is_size)
        FORBID(judgement, "R13", INVALID, field_of(judgement, "spec.config", key), value,
               "must be a size, for example 2G or 512m");
    else if (is_size && bytes < minimum_mebibytes * MEBIBYTE)
        FORBID(judgement, "R13", INVALID, field_of(judgement, "spec.config", key), value,
               "must be at least %lldm", (long long)minimum_mebibytes);
}

static void judge_memory_sum(const struct judgement *judgement) {
    const struct json *config = judgement->spec->config;
    int64_t limit_milli = 0;
    int64_t heap = 0;
    int64_t cache = 0;
    bool has_heap = false;
    bool has_cache = false;

    (void)setting(config, HEAP_MAX, &heap, &has_heap);
    (void)setting(config, PAGE_CACHE, &cache, &has_cache);
    if ((!has_heap && !has_cache) || !judgement_resource(judgement, "limits.memory", &limit_milli))
        return;
    int64_t limit = limit_milli / 1000;
    int64_t overhead = limit / 4 > 512 * MEBIBYTE ? limit / 4 : 512 * MEBIBYTE;
    if (heap + cache + overhead > limit)
        FORBID(judgement, "R13", INVALID,
               field_of(judgement, "spec.config", has_heap ? HEAP_MAX : PAGE_CACHE),
               json_get(config, has_heap ? HEAP_MAX : PAGE_CACHE),
               "heap and page cache (%lldm) with %lldm for the rest do not fit into the memory limit, %lldm; "
               "raise "
               "resources.limits.memory or lower the two",
               (long long)((heap + cache) / MEBIBYTE), (long long)(overhead / MEBIBYTE),
               (long long)(limit / MEBIBYTE));
}

static void judge_memory(const struct judgement *judgement) {
    const struct json *config = judgement->spec->config;
    int64_t heap = 0;
    int64_t total = 0;
    bool has_heap = false;
    bool has_total = false;

    judge_memory_minimum(judgement, HEAP_MAX, 256);
    judge_memory_minimum(judgement, HEAP_INITIAL, 0);
    judge_memory_minimum(judgement, PAGE_CACHE, 128);
    judge_memory_sum(judgement);
    (void)setting(config, HEAP_MAX, &heap, &has_heap);
    const struct json *value = setting(config, TRANSACTION_TOTAL, &total, &has_total);
    if (has_heap && has_total && total > heap)
        FORBID(judgement, "R13", INVALID, field_of(judgement, "spec.config", TRANSACTION_TOTAL), value,
               "must not be more than " HEAP_MAX ": transactions live in the heap");
}

/* ---- R15: keys ---- */

/* A setting that may not be written as it was: the whole key, and why. */
static const struct {
    const char *key;
    const char *allowed_value; /* NULL: none */
    const char *reason;
} refused[] = {
    { "db.format", NULL, NULL }, /* judged by value below */
    { "dbms.cluster.discovery.resolver_type", NULL,
      "servers find each other by a list that the operator keeps" },
    { "dbms.cluster.discovery.v2.endpoints", NULL,
      "servers find each other by a list that the operator keeps" },
    { "dbms.cluster.discovery.version", "V2_ONLY", "only V2_ONLY works with every supported version" },
    { "dbms.cluster.endpoints", NULL, "servers find each other by a list that the operator keeps" },
    { "dbms.default_database", NULL, "was replaced by initial.dbms.default_database" },
    { "dbms.integrations.cloud_storage.s3.region", NULL,
      "was removed; set the region in the credentials' Secret or the environment" },
    { "dbms.kubernetes.discovery.service_port_name", NULL,
      "servers find each other by a list that the operator keeps" },
    { "dbms.kubernetes.label_selector", NULL, "servers find each other by a list that the operator keeps" },
    { "dbms.logs.query.enabled", NULL, "was replaced by db.logs.query.enabled" },
};

#define AZURE_SUFFIX "dbms.integrations.cloud_storage.azb.blob_endpoint_suffix"

static const char *refusal_of(const char *key, const char *value) {
    if (strcmp(key, "db.format") == 0)
        return str_equal(value, "standard") || str_equal(value, "high_limit")
                   ? "standard and high_limit are deprecated; use aligned or block"
                   : NULL;
    if (strcmp(key, AZURE_SUFFIX) == 0)
        return value && strchr(value, '.') ? NULL
                                           : "must be a host name's end, such as blob.core.windows.net";
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        if (strcmp(refused[i].key, key) == 0)
            return refused[i].allowed_value && str_equal(refused[i].allowed_value, value) ? NULL
                                                                                          : refused[i].reason;
    }
    return NULL;
}

static void judge_setting(const struct judgement *judgement, const char *field, const char *key,
                          const char *value) {
    const char *reason = refusal_of(key, value);

    if (strpbrk(key, "= \t\r\n") || !*key)
        FORBID(judgement, "R15", INVALID, field, shown(judgement, key), "is no name of a setting");
    else if (value && strpbrk(value, "\r\n"))
        FORBID(judgement, "R15", INVALID, field, NULL, "a setting is one line");
    else if (reason)
        FORBID(judgement, "R15", FORBIDDEN, field, NULL, "%s", reason);
}

static void judge_additional_line(const struct judgement *judgement, size_t index, const char *line) {
    struct text value = text_from(line);
    struct text key = text_trim(text_cut(&value, '='));

    if (key.length == 0 || key.data[0] == '#' || !value.data)
        return;
    value = text_trim(value);
    judge_setting(judgement, arena_printf(judgement->arena, "spec.additionalConfig[%zu]", index),
                  arena_strndup(judgement->arena, key.data, key.length),
                  arena_strndup(judgement->arena, value.data, value.length));
}

void judge_configuration(const struct judgement *judgement) {
    const struct cluster_spec *spec = judgement->spec;

    judge_memory(judgement);
    JSON_FOR_EACH_MEMBER (member, spec->config)
        judge_setting(judgement, field_of(judgement, "spec.config", member->key), member->key,
                      json_string(&member->value, NULL));
    for (size_t i = 0; i < spec->additional_config_count; i++)
        judge_additional_line(judgement, i, spec->additional_config[i]);
}

/* ---- R17 to R20, W6, W9: property sharding ---- */

static const struct {
    const char *key;
    const char *value;
} sharding_settings[] = {
    { "internal.dbms.sharded_property_database.enabled", "true" },
    { "db.query.default_language", "CYPHER_25" },
    { "internal.dbms.cluster.experimental_protocol_version.dbms_enabled", "true" },
    { "internal.dbms.sharded_property_database.allow_external_shard_access", "false" },
};

enum { SHARDING_SERVERS_MIN = 5 };

static void judge_sharding_version(const struct judgement *judgement) {
    static const struct image_version first = { 2025, 7, 1 };
    static const struct image_version stable = { 2025, 12, 0 };
    const char *tag = judgement->spec->image->tag;
    struct image_version version;

    if (!image_tag_parse(tag, &version))
        return;
    if (image_version_compare(version, first) < 0)
        FORBID(judgement, "R17", INVALID, "spec.image.tag", shown(judgement, tag),
               "property sharding requires Neo4j 2025.07.1 or later");
    else if (image_version_compare(version, stable) < 0)
        WARN(judgement, "W6", "spec.image.tag", shown(judgement, tag),
             "property sharding is generally available from 2025.12 on");
}

static void judge_sharding_resources(const struct judgement *judgement) {
    const struct json *resources = judgement->spec->resources;
    int64_t memory = 0;
    int64_t cpu = 0;

    if (judgement_resource(judgement, "requests.memory", &memory)) {
        const struct json *value = json_at(resources, "requests.memory");
        if (memory / 1000 < 6 * GIGABYTE)
            FORBID(judgement, "R19", INVALID, "spec.resources.requests.memory", value,
                   "property sharding needs at least 6G");
        else if (memory / 1000 < 12 * GIGABYTE)
            WARN(judgement, "W6", "spec.resources.requests.memory", value,
                 "property sharding works well from 12G on");
    }
    if (judgement_resource(judgement, "requests.cpu", &cpu)) {
        const struct json *value = json_at(resources, "requests.cpu");
        if (cpu < 1000)
            FORBID(judgement, "R19", INVALID, "spec.resources.requests.cpu", value,
                   "property sharding needs at least 1");
        else if (cpu < 2000)
            WARN(judgement, "W6", "spec.resources.requests.cpu", value,
                 "property sharding works well from 2 on");
    }
}

static void judge_sharding_config(const struct judgement *judgement) {
    const struct json *config = judgement->spec->property_sharding->config;
    int64_t limit = 0;
    int64_t heap = 0;
    int64_t cache = 0;
    bool has_heap = false;
    bool has_cache = false;

    for (size_t i = 0; i < ARRAY_LENGTH(sharding_settings); i++) {
        const struct json *value = json_get(config, sharding_settings[i].key);
        if (value && !str_equal(json_string(value, NULL), sharding_settings[i].value))
            FORBID(judgement, "R20", INVALID,
                   field_of(judgement, "spec.propertySharding.config", sharding_settings[i].key), value,
                   "must be %s, or left out", sharding_settings[i].value);
    }
    (void)setting(config, HEAP_MAX, &heap, &has_heap);
    (void)setting(config, PAGE_CACHE, &cache, &has_cache);
    if (has_heap && has_cache && judgement_resource(judgement, "limits.memory", &limit) &&
        heap + cache > limit / 1000)
        WARN(judgement, "W9", field_of(judgement, "spec.propertySharding.config", HEAP_MAX),
             json_get(config, HEAP_MAX), "heap and page cache (%lldm) are more than the memory limit, %lldm",
             (long long)((heap + cache) / MEBIBYTE), (long long)(limit / 1000 / MEBIBYTE));
}

void judge_sharding(const struct judgement *judgement) {
    const struct cluster_property_sharding *sharding = judgement->spec->property_sharding;
    int servers = judgement->spec->topology->servers;

    if (!sharding || !sharding->enabled)
        return;
    judge_sharding_version(judgement);
    if (servers < SHARDING_SERVERS_MIN)
        FORBID(judgement, "R18", INVALID, "spec.topology.servers", shown_number(judgement, servers),
               "property sharding needs at least %d servers", SHARDING_SERVERS_MIN);
    judge_sharding_resources(judgement);
    judge_sharding_config(judgement);
}
