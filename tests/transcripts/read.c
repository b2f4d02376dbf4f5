#include "transcript.h"

#include "base/file.h"
#include "base/yaml.h"

enum { TRANSCRIPT_BYTES_MAX = 1024 * 1024, SERVERS_MAX = 8 };

struct key {
    const char *name;
    enum json_type type; /* JSON_TRUE: a boolean; JSON_NULL: any */
};

static const struct key case_keys[] = {
    { "when", JSON_STRING },  { "versions", JSON_ARRAY },  { "servers", JSON_INTEGER },
    { "free", JSON_INTEGER }, { "settings", JSON_OBJECT }, { "community", JSON_TRUE },
    { "fresh", JSON_TRUE },   { "steps", JSON_ARRAY },
};

static const struct key step_keys[] = {
    { "run", JSON_STRING },
    { "stop", JSON_INTEGER },
    { "start", JSON_INTEGER },
    { "with", JSON_OBJECT },
    { "on", JSON_STRING },
    { "as", JSON_ARRAY },
    { "at", JSON_NULL },
    { "wait", JSON_INTEGER },
    { "columns", JSON_ARRAY },
    { "rows", JSON_ARRAY },
    { "any_order", JSON_TRUE },
    { "counters", JSON_OBJECT },
    { "notifications", JSON_ARRAY },
    { "error", JSON_STRING },
    { "gql", JSON_STRING },
    { "says", JSON_STRING },
    { "keep", JSON_OBJECT },
    { "versions", JSON_ARRAY },
};

static bool is_of(const struct json *value, enum json_type type) {
    if (type == JSON_TRUE)
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
    return type == JSON_NULL || json_is(value, type);
}

static bool check_keys(const struct json *object, const struct key *keys, size_t count, struct error *err) {
    JSON_FOR_EACH_MEMBER (member, object) {
        const struct key *key = NULL;
        for (size_t i = 0; i < count && !key; i++)
            key = str_equal(keys[i].name, member->key) ? &keys[i] : NULL;
        if (!key)
            return error_set(err, ERROR_INVALID, "there is no key %s", member->key);
        if (!is_of(&member->value, key->type))
            return error_set(err, ERROR_INVALID, "%s has a value of a wrong type", member->key);
    }
    return true;
}

static bool check_step(const struct json *step, struct error *err) {
    unsigned acts = (json_get(step, "run") != NULL) + (json_get(step, "stop") != NULL) +
                    (json_get(step, "start") != NULL);

    if (!json_is(step, JSON_OBJECT))
        return error_set(err, ERROR_INVALID, "it is no mapping");
    if (!check_keys(step, step_keys, ARRAY_LENGTH(step_keys), err))
        return false;
    if (!json_is(json_get(step, "at"), JSON_INTEGER) &&
        !str_equal(json_string(json_get(step, "at"), "follower"), "follower"))
        return error_set(err, ERROR_INVALID, "at is the number of a server, or follower");
    if (acts != 1)
        return error_set(err, ERROR_INVALID, "it needs one of run, stop and start");
    if (json_get(step, "error") && (json_get(step, "rows") || json_get(step, "columns")))
        return error_set(err, ERROR_INVALID, "a refusal has no rows");
    if (!json_get(step, "error") && (json_get(step, "gql") || json_get(step, "says")))
        return error_set(err, ERROR_INVALID, "gql and says need error");
    JSON_FOR_EACH_ITEM (row, json_get(step, "rows"))
        if (!json_is(row, JSON_ARRAY))
            return error_set(err, ERROR_INVALID, "each row must be a list");
    return true;
}

static bool check_case(const struct json *the_case, struct error *err) {
    int64_t servers = json_integer(json_get(the_case, "servers"), 1);
    int64_t free_servers = json_integer(json_get(the_case, "free"), 0);
    size_t number = 0;

    if (!check_keys(the_case, case_keys, ARRAY_LENGTH(case_keys), err))
        return false;
    if (servers < 1 || free_servers < 0 || servers + free_servers > SERVERS_MAX)
        return error_set(err, ERROR_INVALID, "there can be 1 to %d servers", SERVERS_MAX);
    if (!json_length(json_get(the_case, "steps")))
        return error_set(err, ERROR_INVALID, "it has no steps");
    JSON_FOR_EACH_ITEM (step, json_get(the_case, "steps")) {
        number++;
        if (!check_step(step, err))
            return error_wrap(err, "step %zu", number);
    }
    return true;
}

static bool check_cases(const struct json *cases, struct error *err) {
    for (size_t i = 0; i < json_length(cases); i++) {
        const struct json *the_case = json_item(cases, i);
        const char *when = json_string(json_get(the_case, "when"), NULL);
        if (str_empty(when))
            return error_set(err, ERROR_INVALID, "case %zu has no sentence (when)", i + 1);
        for (size_t k = 0; k < i; k++)
            if (str_equal(when, json_string(json_get(json_item(cases, k), "when"), NULL)))
                return error_set(err, ERROR_INVALID, "two cases are called \"%s\"", when);
        if (!check_case(the_case, err))
            return error_wrap(err, "%s", when);
    }
    return json_length(cases) > 0 || error_set(err, ERROR_INVALID, "there is no case");
}

/* YAML 1.1 takes the bare key on for the boolean true. */
static void mend_on(struct json *cases) {
    JSON_FOR_EACH_ITEM (the_case, cases)
        JSON_FOR_EACH_ITEM (step, json_get(the_case, "steps"))
            JSON_FOR_EACH_MEMBER (member, step)
                if (str_equal(member->key, "true")) {
                    member->key = "on";
                    member->key_length = 2;
                }
}

bool transcript_read(struct arena *arena, const char *path, struct json **out_cases, struct error *err) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *cases = NULL;

    if (!file_read(path, TRANSCRIPT_BYTES_MAX, &text, err))
        return false;
    if (!yaml_parse(arena, buffer_text(&text), &cases, err))
        return error_wrap(err, "%s", path);
    mend_on(cases);
    if (!check_cases(cases, err))
        return error_wrap(err, "%s", path);
    *out_cases = cases;
    return true;
}

bool transcript_is_for(const struct json *case_or_step, const char *version) {
    const struct json *versions = json_get(case_or_step, "versions");

    JSON_FOR_EACH_ITEM (item, versions)
        if (str_equal(json_string(item, ""), version))
            return true;
    return !versions;
}
