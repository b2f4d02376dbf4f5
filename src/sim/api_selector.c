#include "sim/api_internal.h"

#include <stdio.h>

/* Selectors of lists and watches. After: k8s.io/apimachinery, labels (the grammar) and fields; which fields
 * can be selected: the field label conversions of each kind in k8s.io/kubernetes, pkg/apis. */

enum operation { EXISTS, ABSENT, IN, NOT_IN, GREATER, LESS };

struct requirement {
    struct requirement *next;
    const char *key;
    enum operation operation;
    const char **values;
    size_t count;
    const char *path; /* of a field, in the object */
};

struct api_selector {
    struct requirement *requirements;
};

/* ---- label selectors ---- */

enum token { END, WORD, COMMA, OPEN, CLOSE, NOT, EQUAL, NOT_EQUAL, MORE, FEWER };

struct lexer {
    struct arena *arena;
    const char *at;
    enum token token;
    const char *word;
    struct error *err;
};

static bool is_word_character(char character) {
    return character && !strchr(" \t\r\n,()!=<>", character);
}

static void next_token(struct lexer *lexer) {
    static const struct {
        const char *text;
        enum token token;
    } symbols[] = {
        { ",", COMMA },  { "(", OPEN },  { ")", CLOSE }, { "!=", NOT_EQUAL }, { "!", NOT },
        { "==", EQUAL }, { "=", EQUAL }, { ">", MORE },  { "<", FEWER },
    };
    size_t length = 0;

    lexer->at += strspn(lexer->at, " \t\r\n");
    lexer->word = "";
    lexer->token = END;
    for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
        if (str_starts_with(lexer->at, symbols[i].text)) {
            lexer->token = symbols[i].token;
            lexer->word = symbols[i].text;
            lexer->at += strlen(symbols[i].text);
            return;
        }
    while (is_word_character(lexer->at[length]))
        length++;
    if (!length)
        return;
    lexer->token = WORD;
    lexer->word = arena_strndup(lexer->arena, lexer->at, length);
    lexer->at += length;
}

static bool refuse_token(const struct lexer *lexer, const char *expected) {
    return error_set(lexer->err, ERROR_INVALID, "unable to parse requirement: found '%s', expected: %s",
                     lexer->word, expected);
}

static bool add_value(const struct lexer *lexer, struct requirement *requirement, const char *value) {
    const char **wider = ARENA_ARRAY(lexer->arena, const char *, requirement->count + 1);
    const char *problem = label_value_problem(value);

    if (problem)
        return error_set(lexer->err, ERROR_INVALID,
                         "unable to parse requirement: values[%zu][%s]: Invalid value: \"%s\": %s",
                         requirement->count, requirement->key, value, problem);
    for (size_t i = 0; i < requirement->count; i++)
        wider[i] = requirement->values[i];
    wider[requirement->count++] = value;
    requirement->values = wider;
    return true;
}

/* "(a,b)" after in and notin; an empty value is one, too. */
static bool parse_set(struct lexer *lexer, struct requirement *requirement) {
    next_token(lexer);
    if (lexer->token != OPEN)
        return refuse_token(lexer, "'('");
    next_token(lexer);
    for (;;) {
        const char *value = "";
        if (lexer->token == WORD) {
            value = lexer->word;
            next_token(lexer);
        }
        if (!add_value(lexer, requirement, value))
            return false;
        if (lexer->token == CLOSE)
            break;
        if (lexer->token != COMMA)
            return refuse_token(lexer, "',' or ')'");
        next_token(lexer);
    }
    next_token(lexer);
    return true;
}

static bool parse_exact(struct lexer *lexer, struct requirement *requirement) {
    const char *value = "";
    next_token(lexer);
    if (lexer->token == WORD) {
        value = lexer->word;
        next_token(lexer);
    }
    return add_value(lexer, requirement, value);
}

static bool parse_number(struct lexer *lexer, struct requirement *requirement) {
    int64_t number;
    if (!parse_exact(lexer, requirement))
        return false;
    if (!parse_int64(text_from(requirement->values[0]), &number))
        return error_set(
            lexer->err, ERROR_INVALID,
            "unable to parse requirement: values[0]: Invalid value: \"%s\": for 'Gt', 'Lt' operators, "
            "the value must be an integer",
            requirement->values[0]);
    return true;
}

static bool parse_operator(struct lexer *lexer, struct requirement *requirement) {
    switch (lexer->token) {
    case END:
    case COMMA:
        requirement->operation = EXISTS;
        return true;
    case EQUAL:
        requirement->operation = IN;
        return parse_exact(lexer, requirement);
    case NOT_EQUAL:
        requirement->operation = NOT_IN;
        return parse_exact(lexer, requirement);
    case MORE:
        requirement->operation = GREATER;
        return parse_number(lexer, requirement);
    case FEWER:
        requirement->operation = LESS;
        return parse_number(lexer, requirement);
    case WORD:
        if (str_equal(lexer->word, "in"))
            requirement->operation = IN;
        else if (str_equal(lexer->word, "notin"))
            requirement->operation = NOT_IN;
        else
            return refuse_token(lexer, "in, notin, =, ==, !=, gt, lt");
        return parse_set(lexer, requirement);
    case OPEN:
    case CLOSE:
    case NOT:
        break;
    }
    return refuse_token(lexer, "in, notin, =, ==, !=, gt, lt");
}

static bool parse_requirement(struct lexer *lexer, struct requirement *requirement) {
    bool is_negated = lexer->token == NOT;
    const char *problem;

    if (is_negated)
        next_token(lexer);
    if (lexer->token != WORD)
        return refuse_token(lexer, "!, identifier, or ','");
    requirement->key = lexer->word;
    problem = label_key_problem(lexer->arena, requirement->key);
    if (problem)
        return error_set(lexer->err, ERROR_INVALID,
                         "unable to parse requirement: <nil>: Invalid value: \"%s\": %s", requirement->key,
                         problem);
    next_token(lexer);
    if (!is_negated)
        return parse_operator(lexer, requirement);
    requirement->operation = ABSENT;
    return true;
}

bool api_label_selector_parse(struct arena *arena, const char *text, struct api_selector **out_selector,
                              struct error *err) {
    struct api_selector *selector = ARENA_NEW(arena, struct api_selector);
    struct lexer lexer = { .arena = arena, .at = text ? text : "", .err = err };

    next_token(&lexer);
    while (lexer.token != END) {
        struct requirement *requirement = ARENA_NEW(arena, struct requirement);
        if (lexer.token == COMMA) {
            next_token(&lexer);
            continue;
        }
        if (!parse_requirement(&lexer, requirement))
            return false;
        if (lexer.token != END && lexer.token != COMMA)
            return refuse_token(&lexer, "',' or 'end of string'");
        requirement->next = selector->requirements;
        selector->requirements = requirement;
    }
    *out_selector = selector;
    return true;
}

static bool has_value(const struct requirement *requirement, const char *value) {
    for (size_t i = 0; i < requirement->count; i++)
        if (str_equal(requirement->values[i], value))
            return true;
    return false;
}

static bool compare_numbers(const struct requirement *requirement, const char *value) {
    int64_t left, right;
    if (!value || !parse_int64(text_from(value), &left) ||
        !parse_int64(text_from(requirement->values[0]), &right))
        return false;
    return requirement->operation == GREATER ? left > right : left < right;
}

/* value is NULL when there is none. */
static bool is_met(const struct requirement *requirement, const char *value) {
    switch (requirement->operation) {
    case EXISTS:
        return value;
    case ABSENT:
        return !value;
    case IN:
        return value && has_value(requirement, value);
    case NOT_IN:
        return !value || !has_value(requirement, value);
    case GREATER:
    case LESS:
        return compare_numbers(requirement, value);
    }
    return false;
}

bool api_label_selector_matches(const struct api_selector *selector, const struct json *object) {
    const struct json *labels = json_at(object, "metadata.labels");
    if (!selector)
        return true;
    for (const struct requirement *at = selector->requirements; at; at = at->next)
        if (!is_met(at, json_string(json_get(labels, at->key), NULL)))
            return false;
    return true;
}

bool api_selector_is_empty(const struct api_selector *selector) {
    return !selector || !selector->requirements;
}

/* ---- field selectors ---- */

/* Beside metadata.name and metadata.namespace, which every kind has. */
static const struct {
    const char *collection;
    const char *fields[16];
} selectable[] = {
    { "events",
      { "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
        "reportingComponent", "source", "type" } },
    { "jobs.batch", { "status.successful" } },
    { "namespaces", { "status.phase" } },
    { "nodes", { "spec.unschedulable" } },
    { "pods",
      { "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName" } },
    { "replicasets.apps", { "status.replicas" } },
    { "secrets", { "type" } },
    { "services", { "spec.clusterIP", "spec.type" } },
    { "statefulsets.apps", { "status.successful" } },
};

/* The two names of a field of an event: core/v1, events.k8s.io/v1. */
static const char *const event_fields[][2] = {
    { "involvedObject.kind", "regarding.kind" },
    { "involvedObject.namespace", "regarding.namespace" },
    { "involvedObject.name", "regarding.name" },
    { "involvedObject.uid", "regarding.uid" },
    { "involvedObject.apiVersion", "regarding.apiVersion" },
    { "involvedObject.resourceVersion", "regarding.resourceVersion" },
    { "involvedObject.fieldPath", "regarding.fieldPath" },
    { "reportingComponent", "reportingController" },
    { "source", "deprecatedSource.component" },
};

static bool is_selectable(const struct api_resource *resource, const char *field) {
    if (str_equal(field, "metadata.name") ||
        (resource->is_namespaced && str_equal(field, "metadata.namespace")))
        return true;
    JSON_FOR_EACH_ITEM (own, json_get(resource->crd, "selectableFields"))
        if (str_starts_with(json_string_at(own, "jsonPath", ""), ".") &&
            str_equal(json_string_at(own, "jsonPath", "") + 1, field))
            return true;
    for (size_t i = 0; i < ARRAY_LENGTH(selectable); i++)
        if (str_equal(selectable[i].collection, resource->collection))
            for (const char *const *at = selectable[i].fields; *at; at++)
                if (str_equal(*at, field))
                    return true;
    return false;
}

/* Kinds with fields of their own refuse others in other words. */
static bool has_own_fields(const struct api_resource *resource) {
    for (size_t i = 0; i < ARRAY_LENGTH(selectable); i++)
        if (str_equal(selectable[i].collection, resource->collection))
            return true;
    return api_resource_is_custom(resource);
}

/* Where the field is in the object; NULL when it can't be selected. */
static const char *field_path(const struct api_resource *resource, const char *field) {
    bool is_new_event = str_equal(resource->group, "events.k8s.io");
    if (is_new_event || str_equal(resource->collection, "events"))
        for (size_t i = 0; i < ARRAY_LENGTH(event_fields); i++)
            if (str_equal(event_fields[i][0], field) ||
                (is_new_event && str_equal(event_fields[i][1], field)))
                return is_new_event                 ? event_fields[i][1]
                       : str_equal(field, "source") ? "source.component"
                                                    : event_fields[i][0];
    if (!is_selectable(resource, field))
        return NULL;
    if (str_equal(field, "status.podIPs"))
        return "status.podIP";
    return field;
}

/* "\\" in front of a comma, an equals sign or itself makes it part of the value. */
static const char *unescape(struct arena *arena, struct text text) {
    char *out = arena_strndup(arena, text.data, text.length), *to = out;
    for (const char *from = out; *from; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return out;
}

static size_t term_length(const char *text) {
    size_t length = 0;
    while (text[length] && text[length] != ',')
        length += text[length] == '\\' && text[length + 1] ? 2 : 1;
    return length;
}

static bool parse_term(struct arena *arena, const struct api_resource *resource, struct text term,
                       struct requirement *out, struct error *err) {
    size_t key = 0, symbol = 1;
    while (key < term.length && !strchr("!=", term.data[key]))
        key++;
    bool is_negated = key + 1 < term.length && term.data[key] == '!' && term.data[key + 1] == '=';
    if (key == term.length || (!is_negated && term.data[key] == '!'))
        return error_set(err, ERROR_INVALID, "invalid selector: '%.*s'; can't understand '%.*s'",
                         TEXT_ARGS(term), TEXT_ARGS(term));
    if (is_negated || (key + 1 < term.length && term.data[key + 1] == '='))
        symbol = 2;
    out->key = arena_strndup(arena, term.data, key);
    out->operation = is_negated ? NOT_IN : IN;
    out->values = ARENA_ARRAY(arena, const char *, 1);
    out->values[0] = unescape(arena, (struct text){ term.data + key + symbol, term.length - key - symbol });
    out->count = 1;
    out->path = field_path(resource, out->key);
    if (!out->path && has_own_fields(resource))
        return error_set(err, ERROR_INVALID, "field label not supported: %s", out->key);
    if (!out->path)
        return error_set(
            err, ERROR_INVALID,
            "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", out->key);
    return true;
}

bool api_field_selector_parse(struct arena *arena, const struct api_resource *resource, const char *text,
                              struct api_selector **out_selector, struct error *err) {
    struct api_selector *selector = ARENA_NEW(arena, struct api_selector);

    for (const char *at = text ? text : ""; *at;) {
        struct text term = { at, term_length(at) };
        at += term.length;
        at += *at == ',';
        if (!term.length)
            continue;
        struct requirement *requirement = ARENA_NEW(arena, struct requirement);
        if (!parse_term(arena, resource, term, requirement, err))
            return false;
        requirement->next = selector->requirements;
        selector->requirements = requirement;
    }
    *out_selector = selector;
    return true;
}

/* Fields are compared as text; one that is absent is "". */
static bool field_has(const struct requirement *requirement, const struct json *value) {
    char number[32];
    if (json_is(value, JSON_INTEGER)) {
        snprintf(number, sizeof(number), "%lld", (long long)json_integer(value, 0));
        return has_value(requirement, number);
    }
    if (json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE))
        return has_value(requirement, json_bool(value, false) ? "true" : "false");
    if (!value && (str_equal(requirement->key, "spec.unschedulable") ||
                   str_equal(requirement->key, "spec.hostNetwork")))
        return has_value(requirement, "false");
    return has_value(requirement, json_string(value, ""));
}

bool api_field_selector_matches(const struct api_selector *selector, const struct json *object) {
    if (!selector)
        return true;
    for (const struct requirement *at = selector->requirements; at; at = at->next)
        if (field_has(at, json_at(object, at->path)) != (at->operation == IN))
            return false;
    return true;
}
