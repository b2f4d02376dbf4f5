/* OPTIONS of CREATE DATABASE, and the options that ALTER DATABASE sets.
 * Source: Cypher Manual, standard databases, create databases, options; Operations Manual, seed a cluster. */
#include "sim/neo4j/administration.h"

#include "base/buffer.h"

enum { CYPHER_5 = 1, CYPHER_25 = 2, BOTH = 3 };

/* Where the option goes: it is kept with the database, or is about its first store. */
static const struct option {
    const char *name;
    int languages;
    unsigned since;    /* year * 100 + month of the first calendar release; 0: always */
    const char *seed;  /* its name in the seed; NULL: none */
    const char *words; /* the values that it may have; NULL: any */
} options[] = {
    { "existingData", BOTH, 0, NULL, "use" },
    { "existingDataSeedInstance", CYPHER_5, 0, "servers", NULL },
    { "existingDataSeedServer", BOTH, 0, "servers", NULL },
    { "seedConfig", BOTH, 0, "config", NULL },
    { "seedCredentials", CYPHER_5, 0, NULL, NULL },
    { "seedRestoreUntil", BOTH, 202501, "restoreUntil", NULL },
    { "seedSourceDatabase", CYPHER_25, 202506, "sourceDatabase", NULL },
    { "seedURI", BOTH, 0, "uri", NULL },
    { "storeFormat", BOTH, 0, NULL, "aligned|standard|high_limit|block" },
    { "txLogEnrichment", BOTH, 0, NULL, "OFF|DIFF|FULL" },
};

static bool is_known(const struct option *option, const struct administration_view *view, bool is_25) {
    bool is_released =
        !option->since ||
        (view->version && neo4j_version_at_least(view->version, option->since / 100, option->since % 100));

    return (option->languages & (is_25 ? CYPHER_25 : CYPHER_5)) && is_released;
}

static const struct option *find(const struct administration_view *view, const char *name, bool is_25) {
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
        if (!strcasecmp(options[i].name, name) && is_known(&options[i], view, is_25))
            return &options[i];
    return NULL;
}

static bool refuse_unknown(const struct administration_view *view, const char *name, bool is_25,
                           struct failure *failure) {
    CLEANUP_BUFFER struct buffer known = { 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
        if (is_known(&options[i], view, is_25))
            buffer_printf(&known, "%s'%s'", known.length ? ", " : "", options[i].name);
    return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                       "Could not create database with unrecognised option(s): '%s'. Expected %s.", name,
                       buffer_string(&known));
}

static bool is_word(const char *words, const char *value) {
    struct text rest = text_from(words);

    while (rest.data) {
        struct text word = text_cut(&rest, '|');
        if (word.length == strlen(value) && !strncasecmp(word.data, value, word.length))
            return true;
    }
    return false;
}

static bool check_value(const struct administration_view *view, const struct option *option,
                        const struct json *value, struct failure *failure) {
    if (!option->words || is_word(option->words, json_string(value, "")))
        return true;
    return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                       "Could not create database with specified %s '%s'. Expected one of: %s.", option->name,
                       json_string(value, "(not a string)"), option->words);
}

bool administration_check_option(const struct administration_view *view, const char *name,
                                 const struct json *value, struct failure *failure) {
    const struct option *option = find(view, "txLogEnrichment", true);

    ensure(option);
    if (strcasecmp(name, option->name))
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Could not alter database with unrecognised option(s): '%s'. Expected 'txLogEnrichment'.", name);
    return !value || check_value(view, option, value, failure);
}

static void add_seed(const struct administration_view *view, struct json *seed, const struct option *option,
                     const struct json *value) {
    if (str_equal(option->seed, "servers") && !json_is(value, JSON_ARRAY))
        json_append(view->arena, json_set_array(view->arena, seed, "servers"), value);
    else
        json_set(view->arena, seed, option->seed, value);
}

/* In Cypher 5 data that is there already has to be asked for in so many words. */
static bool check_seed(const struct administration_view *view, const struct json *given,
                       const struct json *seed, bool is_25, struct failure *failure) {
    bool has_uri = json_get(seed, "uri"), has_servers = json_get(seed, "servers");
    bool is_replaced = json_bool_at(given, "orReplace", false);
    const char *option = has_uri ? "seedURI" : "existingDataSeedServer";

    if (has_uri && has_servers)
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Could not create database: 'seedURI' and 'existingDataSeedServer' exclude each other.");
    if ((has_uri || has_servers) && !is_25 && !json_get(json_get(given, "options"), "existingData"))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Could not create database: OPTIONS has '%s' and expects 'existingData' too.",
                           option);
    if (!has_uri &&
        (json_get(seed, "config") || json_get(seed, "restoreUntil") || json_get(seed, "sourceDatabase")))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Could not create database: options of a seed need 'seedURI'.");
    if (has_uri && is_replaced && !(view->version && neo4j_version_is_calendar(view->version)))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Could not create database: a database that is replaced can't have a seed.");
    return true;
}

bool administration_read_options(const struct administration_view *view, const struct json *request,
                                 struct json **out_options, struct json **out_seed, struct failure *failure) {
    bool is_25 = json_integer_at(request, "cypher", 5) == 25;
    struct json *kept = json_new_object(view->arena), *seed = json_new_object(view->arena);

    JSON_FOR_EACH_MEMBER (member, json_get(request, "options")) {
        const struct option *option = find(view, member->key, is_25);
        if (!option)
            return refuse_unknown(view, member->key, is_25, failure);
        if (!check_value(view, option, &member->value, failure))
            return false;
        if (option->seed)
            add_seed(view, seed, option, &member->value);
        else if (str_equal(option->name, "txLogEnrichment") || str_equal(option->name, "storeFormat"))
            json_set(view->arena, kept, option->name, &member->value);
    }
    if (!check_seed(view, request, seed, is_25, failure))
        return false;
    *out_options = kept;
    *out_seed = json_length(seed) ? seed : NULL;
    return true;
}
