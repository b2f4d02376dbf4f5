#include "api/judge.h"

#include "api/nearest.h"
#include "base/encoding.h"
#include "schema/field_name.h"
#include "schema/object_meta.h"
#include "schema/schema.h"

#include <pthread.h>

struct judge {
    pthread_mutex_t lock;           /* guards bundles; what is in one never changes */
    struct schema_bundle **bundles; /* by the order of api_kinds; NULL: not compiled yet */
};

struct judge *judge_new(void) {
    struct judge *judge = XNEW(struct judge);

    pthread_mutex_init(&judge->lock, NULL);
    judge->bundles = xcalloc(api_kind_count, sizeof(struct schema_bundle *));
    return judge;
}

void judge_free(struct judge *judge) {
    if (!judge)
        return;
    for (size_t i = 0; i < api_kind_count; i++)
        schema_bundle_free(judge->bundles[i]);
    free(judge->bundles);
    pthread_mutex_destroy(&judge->lock);
    free(judge);
}

/* The definitions are part of the program: one that is not sound is our own mistake. */
static struct schema_bundle *compile(const struct api_kind *kind) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct schema_bundle *bundle = schema_bundle_new();
    struct json *definition = NULL;
    struct error err = { 0 };

    bool is_sound = json_parse(arena, packed_text_unpack(arena, kind->judged), NULL, &definition, &err) &&
                    schema_compile_crd(bundle, definition, &schema_any_metadata, &err);
    ensure(is_sound);
    return bundle;
}

static const struct schema *schema_of(struct judge *judge, const struct api_kind *kind) {
    struct schema_bundle **place = &judge->bundles[kind - api_kinds];

    pthread_mutex_lock(&judge->lock);
    if (!*place)
        *place = compile(kind);
    struct schema_bundle *bundle = *place;
    pthread_mutex_unlock(&judge->lock);
    return schema_bundle_find(bundle, API_GROUP, API_VERSION, kind->name);
}

/* ---- unknown fields ---- */

static void add_unknown(struct field_errors *errors, const struct schema *schema, const char *field) {
    const char *nearest = nearest_field(errors->arena, schema, field);

    field_errors_add(errors, FIELD_UNKNOWN, field, NULL, "%s",
                     nearest ? arena_printf(errors->arena, "did you mean %s?", nearest)
                             : "there is no such field");
}

/* Unknown fields first, and then what else was found. Where that is too much, unknown fields give way:
 * whoever takes no notice of them must not lose the others. */
static struct field_errors with_unknown(const struct schema *schema, const struct schema_paths *unknown,
                                        const struct field_errors *found) {
    struct field_errors all = { .arena = found->arena, .bytes = found->bytes };
    size_t room = FIELD_ERRORS_MAX - found->count;

    for (size_t i = 0; i < unknown->count; i++)
        if (i >= room)
            all.dropped++;
        else if (!field_errors_skip(&all))
            add_unknown(&all, schema, unknown->items[i]);
    all.bytes = 0;
    for (size_t i = 0; i < found->count; i++)
        field_errors_add_error(&all, &found->items[i]);
    all.dropped += found->dropped;
    return all;
}

/* ---- strings that C would cut ---- */

static void refuse_nul_in(struct field_errors *errors, struct text text, const struct buffer *field) {
    if (!memchr(text.data, '\0', text.length) || field_errors_skip(errors))
        return;
    const struct json shown = { .type = JSON_STRING,
                                .string = arena_strndup(errors->arena, text.data, text.length),
                                .length = (uint32_t)text.length };
    field_errors_add(errors, FIELD_INVALID, buffer_string(field), &shown, "%s",
                     "must have no character of code 0");
}

/* The API server stores the character of code 0 within strings and names; Kubernetes has no use for it,
 * neither has Neo4j, and what stands behind it would be lost here. field: where value is. */
static void refuse_nul(struct field_errors *errors, const struct json *value, struct buffer *field) {
    uint32_t index = 0;

    if (json_is(value, JSON_STRING))
        refuse_nul_in(errors, (struct text){ value->string, value->length }, field);
    JSON_FOR_EACH_MEMBER (member, value) {
        refuse_nul_in(errors, (struct text){ member->key, member->key_length }, field);
        size_t length = field_name_push(field, member->key);
        refuse_nul(errors, &member->value, field);
        buffer_truncate(field, length);
    }
    JSON_FOR_EACH_ITEM (item, value) {
        size_t length = field_name_push_index(field, index++);
        refuse_nul(errors, item, field);
        buffer_truncate(field, length);
    }
}

static void refuse_nul_below(struct field_errors *errors, const struct json *object, const char *member) {
    CLEANUP_BUFFER struct buffer field = { 0 };

    (void)field_name_push(&field, member);
    refuse_nul(errors, json_get(object, member), &field);
}

/* ---- the whole ---- */

/* What is stored as API servers read it: with the defaults of the definition. Without them rules about
 * changes would take a default that is written out for a change. */
static const struct json *as_read(struct arena *arena, const struct schema *schema,
                                  const struct json *stored) {
    struct json *read = json_copy(arena, stored);
    struct schema_paths unknown = { 0 };
    struct error err = { 0 };

    if (!schema_decode(arena, schema, read, &unknown, &err))
        return stored;
    schema_default(arena, schema, read);
    return read;
}

/* What an update takes over from what is stored: the status, which has a way of its own, and metadata that
 * the API server owns. After: apiextensions-apiserver, registry/customresource/strategy.go; k8s.io/apiserver,
 * registry/rest/update.go. */
static void take_over(struct arena *arena, const struct json *before, struct json *object) {
    static const char *const owned[] = { "namespace", "uid", "creationTimestamp" };
    const struct json *status = json_get(before, "status");

    json_remove(object, "status");
    if (status)
        json_set(arena, object, "status", status);
    /* Only now: a member that is added moves the others. */
    struct json *metadata = json_ensure_object(arena, object, "metadata");
    for (size_t i = 0; i < ARRAY_LENGTH(owned); i++) {
        const struct json *value = json_get(json_get(before, "metadata"), owned[i]);
        if (value && !json_get(metadata, owned[i]))
            json_set(arena, metadata, owned[i], value);
    }
}

struct verdict judge_object(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                            const struct json *object, const struct json *before) {
    const struct schema *schema = schema_of(judge, kind);
    const struct object_meta_rules rules = { .name = OBJECT_NAME_SUBDOMAIN, .is_namespaced = true };
    struct verdict verdict = { .errors = { .arena = arena },
                               .warnings = { .arena = arena },
                               .object = json_copy(arena, object) };
    struct schema_paths unknown = { 0 };
    struct error err = { 0 };

    if (!schema_decode(arena, schema, verdict.object, &unknown, &err)) {
        field_errors_add(&verdict.errors, FIELD_TYPE_INVALID, "<nil>", NULL, "%s", err.text);
        return verdict;
    }
    if (before) {
        before = as_read(arena, schema, before);
        take_over(arena, before, verdict.object);
    }
    schema_default(arena, schema, verdict.object);
    object_meta_validate(verdict.object, before, &rules, &verdict.errors);
    refuse_nul_below(&verdict.errors, verdict.object, "spec");
    if (schema_validate(schema, verdict.object, before, &verdict.errors))
        schema_warn(schema, verdict.object, before, &verdict.warnings);
    verdict.errors = with_unknown(schema, &unknown, &verdict.errors);
    return verdict;
}

/* Rules may look at the version that runs; everything else of a status may be of another operator's form. */
static struct json *without_status(struct arena *arena, const struct json *object) {
    struct json *copy = json_share(arena, object);
    const char *version = json_string_at(object, "status.version", NULL);

    json_remove(copy, "status");
    if (version)
        json_set_string(arena, json_set_object(arena, copy, "status"), "version", version);
    return copy;
}

struct verdict judge_stored(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                            const struct json *object) {
    struct verdict verdict = judge_object(judge, arena, kind, without_status(arena, object), NULL);
    struct field_errors kept = { .arena = arena };

    for (size_t i = 0; i < verdict.errors.count; i++)
        if (verdict.errors.items[i].type != FIELD_UNKNOWN)
            field_errors_add_error(&kept, &verdict.errors.items[i]);
    verdict.errors = kept;
    return verdict;
}

uint64_t judge_hash_stored(const struct json *object) {
    uint64_t hash = hash64_add_string(json_hash(json_get(object, "spec")),
                                      json_string_at(object, "status.version", NULL));

    JSON_FOR_EACH_MEMBER (member, json_get(object, "metadata"))
        if (!str_equal(member->key, "resourceVersion") && !str_equal(member->key, "managedFields"))
            hash = hash64_add(hash64_add_string(hash, member->key), json_hash(&member->value));
    return hash;
}

struct verdict judge_sound(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                           const struct json *object) {
    const struct schema *schema = schema_of(judge, kind);
    struct schema_paths unknown = { 0 };
    struct error err = { 0 };
    struct verdict verdict = { .errors = { .arena = arena },
                               .warnings = { .arena = arena },
                               .object = json_copy(arena, without_status(arena, object)) };

    if (!schema_decode(arena, schema, verdict.object, &unknown, &err))
        return judge_stored(judge, arena, kind, object); /* it was not sound */
    schema_default(arena, schema, verdict.object);
    return verdict;
}
