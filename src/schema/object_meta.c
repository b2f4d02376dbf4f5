#include "schema/object_meta.h"

enum {
    LABEL_BYTES_MAX = 63,
    SUBDOMAIN_BYTES_MAX = 253,
    ANNOTATIONS_BYTES_MAX = 256 * 1024,
};

static const char label_words[] =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
static const char label_1035_words[] =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')";
static const char subdomain_words[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
static const char value_words[] = "a valid label must be an empty string or consist of alphanumeric "
                                  "characters, '-', '_' or '.', and must start and "
                                  "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
                                  "'12345', regex used for validation is "
                                  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
static const char key_words[] =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/* ---- characters ---- */

static bool is_lower(char character) {
    return character >= 'a' && character <= 'z';
}

static bool is_lower_or_digit(char character) {
    return is_lower(character) || (character >= '0' && character <= '9');
}

static bool is_alphanumeric(char character) {
    return is_lower_or_digit(character) || (character >= 'A' && character <= 'Z');
}

/* Lower case letters, digits and '-', not at its ends. */
static bool is_label(struct text text) {
    for (size_t i = 0; i < text.length; i++)
        if (!is_lower_or_digit(text.data[i]) && (text.data[i] != '-' || i == 0 || i + 1 == text.length))
            return false;
    return text.length > 0;
}

static bool is_subdomain(const char *name) {
    struct text rest = text_from(name);
    while (rest.data)
        if (!is_label(text_cut(&rest, '.')))
            return false;
    return true;
}

static bool is_qualified_part(struct text text) {
    for (size_t i = 0; i < text.length; i++)
        if (!is_alphanumeric(text.data[i]) &&
            (!strchr("-_.", text.data[i]) || i == 0 || i + 1 == text.length))
            return false;
    return text.length > 0;
}

/* ---- names ---- */

static const char *path_segment_problem(const char *name) {
    if (str_equal(name, ".") || str_equal(name, ".."))
        return str_equal(name, ".") ? "may not be '.'" : "may not be '..'";
    if (strchr(name, '/'))
        return "may not contain '/'";
    if (strchr(name, '%'))
        return "may not contain '%'";
    return NULL;
}

const char *object_name_problem(enum object_name_rule rule, const char *name) {
    size_t length = strlen(name);
    switch (rule) {
    case OBJECT_NAME_SUBDOMAIN:
        if (length > SUBDOMAIN_BYTES_MAX)
            return "must be no more than 253 characters";
        return is_subdomain(name) ? NULL : subdomain_words;
    case OBJECT_NAME_LABEL:
        if (length > LABEL_BYTES_MAX)
            return "must be no more than 63 characters";
        return is_label(text_from(name)) ? NULL : label_words;
    case OBJECT_NAME_LABEL_1035:
        if (length > LABEL_BYTES_MAX)
            return "must be no more than 63 characters";
        return is_label(text_from(name)) && is_lower(*name) ? NULL : label_1035_words;
    case OBJECT_NAME_PATH_SEGMENT:
        return path_segment_problem(name);
    }
    return NULL;
}

const char *label_value_problem(const char *value) {
    size_t length = strlen(value);
    if (length > LABEL_BYTES_MAX)
        return "must be no more than 63 characters";
    return !length || is_qualified_part((struct text){ value, length }) ? NULL : value_words;
}

const char *label_key_problem(struct arena *arena, const char *key) {
    struct text name = text_from(key);
    const char *slash = strchr(key, '/');

    if (slash) {
        struct text prefix = text_cut(&name, '/');
        const char *domain = arena_strndup(arena, prefix.data, prefix.length);
        if (strchr(slash + 1, '/'))
            return "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must "
                   "start and end "
                   "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used "
                   "for "
                   "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain "
                   "prefix "
                   "and '/' (e.g. 'example.com/MyName')";
        if (!*domain)
            return "prefix part must be non-empty";
        if (object_name_problem(OBJECT_NAME_SUBDOMAIN, domain))
            return arena_printf(arena, "prefix part %s", object_name_problem(OBJECT_NAME_SUBDOMAIN, domain));
    }
    if (!name.length)
        return "name part must be non-empty";
    if (name.length > LABEL_BYTES_MAX)
        return "name part must be no more than 63 characters";
    return is_qualified_part(name) ? NULL : key_words;
}

/* ---- parts of metadata ---- */

static void validate_name(enum object_name_rule rule, const struct json *metadata,
                          struct field_errors *errors) {
    const struct json *name = json_get(metadata, "name");
    const struct json *prefix = json_get(metadata, "generateName");

    if (str_empty(json_string(name, ""))) {
        field_errors_add(errors, FIELD_REQUIRED, "metadata.name", NULL, "name or generateName is required");
        return;
    }
    /* What a generated name begins with may end in '-': the suffix follows. */
    if (!str_empty(json_string(prefix, ""))) {
        const char *problem =
            object_name_problem(rule, arena_printf(errors->arena, "%sa", json_string(prefix, "")));
        if (problem && strlen(json_string(prefix, "")) <= SUBDOMAIN_BYTES_MAX)
            field_errors_add(errors, FIELD_INVALID, "metadata.generateName", prefix, "%s", problem);
    }
    const char *problem = object_name_problem(rule, json_string(name, ""));
    if (problem)
        field_errors_add(errors, FIELD_INVALID, "metadata.name", name, "%s", problem);
}

static void validate_labels(const struct json *labels, struct field_errors *errors) {
    JSON_FOR_EACH_MEMBER (label, labels) {
        const char *problem = label_key_problem(errors->arena, label->key);
        struct json *key = json_new_string(errors->arena, label->key);
        if (problem)
            field_errors_add(errors, FIELD_INVALID, "metadata.labels", key, "%s", problem);
        problem = label_value_problem(json_string(&label->value, ""));
        if (problem)
            field_errors_add(errors, FIELD_INVALID, "metadata.labels", &label->value, "%s", problem);
    }
}

static const char *to_lower(struct arena *arena, const char *string) {
    char *out = arena_strdup(arena, string);
    for (char *at = out; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return out;
}

static void validate_annotations(const struct json *annotations, struct field_errors *errors) {
    size_t bytes = 0;
    JSON_FOR_EACH_MEMBER (annotation, annotations) {
        const char *problem = label_key_problem(errors->arena, to_lower(errors->arena, annotation->key));
        bytes += annotation->key_length + annotation->value.length;
        if (problem)
            field_errors_add(errors, FIELD_INVALID, "metadata.annotations",
                             json_new_string(errors->arena, annotation->key), "%s", problem);
    }
    if (bytes > ANNOTATIONS_BYTES_MAX)
        field_errors_add(errors, FIELD_TOO_LONG, "metadata.annotations", NULL,
                         "may not be more than %d bytes", ANNOTATIONS_BYTES_MAX);
}

static void validate_owner(const struct json *owner, struct field_errors *errors) {
    static const struct {
        const char *member;
        const char *words;
    } required[] = {
        { "apiVersion", "version must not be empty" },
        { "kind", "must not be empty" },
        { "name", "must not be empty" },
        { "uid", "must not be empty" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(required); i++)
        if (str_empty(json_string_at(owner, required[i].member, "")))
            field_errors_add(errors, FIELD_INVALID,
                             arena_printf(errors->arena, "metadata.ownerReferences.%s", required[i].member),
                             json_new_string(errors->arena, ""), "%s", required[i].words);
}

static void validate_owners(const struct json *owners, struct field_errors *errors) {
    const char *controller = NULL;
    JSON_FOR_EACH_ITEM (owner, owners) {
        validate_owner(owner, errors);
        if (!json_bool_at(owner, "controller", false))
            continue;
        if (controller) {
            field_errors_add(
                errors, FIELD_INVALID, "metadata.ownerReferences", owners,
                "Only one reference can have Controller set to true. Found \"true\" in references for %s "
                "and %s",
                controller, json_string_at(owner, "name", ""));
            return;
        }
        controller = json_string_at(owner, "name", "");
    }
}

static bool has_string(const struct json *array, const char *string) {
    JSON_FOR_EACH_ITEM (item, array)
        if (str_equal(json_string(item, NULL), string))
            return true;
    return false;
}

/* Finalizers of built-in kinds belong to a domain, but for the three that are older than the rule. */
static void validate_domain(const struct json *finalizer, size_t index, struct field_errors *errors) {
    static const char *const standard[] = { "kubernetes", "orphan", "foregroundDeletion" };
    for (size_t i = 0; i < ARRAY_LENGTH(standard); i++)
        if (str_equal(standard[i], json_string(finalizer, "")))
            return;
    if (!strchr(json_string(finalizer, ""), '/'))
        field_errors_add(errors, FIELD_INVALID,
                         arena_printf(errors->arena, "metadata.finalizers[%zu]", index), finalizer,
                         "name is neither a standard finalizer name nor is it fully qualified");
}

static void validate_finalizers(const struct json *metadata, const struct json *live, bool are_checked,
                                struct field_errors *errors) {
    const struct json *finalizers = json_get(metadata, "finalizers");
    const struct json *added = NULL;

    JSON_FOR_EACH_ITEM (finalizer, finalizers) {
        const char *problem = label_key_problem(errors->arena, json_string(finalizer, ""));
        if (problem)
            field_errors_add(errors, FIELD_INVALID, "metadata.finalizers", finalizer, "%s", problem);
        if (!has_string(json_at(live, "metadata.finalizers"), json_string(finalizer, "")))
            added = finalizer;
    }
    for (size_t i = 0; are_checked && i < json_length(finalizers); i++)
        validate_domain(json_item(finalizers, i), i, errors);
    if (has_string(finalizers, "orphan") && has_string(finalizers, "foregroundDeletion"))
        field_errors_add(errors, FIELD_INVALID, "metadata.finalizers", finalizers,
                         "finalizer orphan and foregroundDeletion cannot be both set");
    if (added && json_at(live, "metadata.deletionTimestamp"))
        field_errors_add(
            errors, FIELD_FORBIDDEN, "metadata.finalizers", NULL,
            "no new finalizers can be added if the object is being deleted, found new finalizers "
            "[]string{\"%s\"}",
            json_string(added, ""));
}

/* What an update may not touch. */
static void validate_unchanged(const struct json *metadata, const struct json *live,
                               struct field_errors *errors) {
    static const char *const fields[] = { "name", "namespace", "uid", "creationTimestamp" };
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const struct json *value = json_get(metadata, fields[i]);
        if (!json_equal(value, json_get(json_get(live, "metadata"), fields[i])))
            field_errors_add(errors, FIELD_INVALID, arena_printf(errors->arena, "metadata.%s", fields[i]),
                             value ? value : json_new_string(errors->arena, ""), "field is immutable");
    }
}

void object_meta_validate(const struct json *object, const struct json *live,
                          const struct object_meta_rules *rules, struct field_errors *errors) {
    const struct json *metadata = json_get(object, "metadata");

    if (!live)
        validate_name(rules->name, metadata, errors);
    else
        validate_unchanged(metadata, live, errors);
    if (!rules->is_namespaced && !str_empty(json_string_at(metadata, "namespace", "")))
        field_errors_add(errors, FIELD_FORBIDDEN, "metadata.namespace", NULL, "not allowed on this type");
    validate_labels(json_get(metadata, "labels"), errors);
    validate_annotations(json_get(metadata, "annotations"), errors);
    validate_owners(json_get(metadata, "ownerReferences"), errors);
    validate_finalizers(metadata, live, rules->has_old_finalizers, errors);
}
