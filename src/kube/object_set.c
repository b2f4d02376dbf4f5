#include "kube/object_set.h"

#include "base/encoding.h"

#include <string.h>

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

RB_HEAD(object_tree, object_entry);

struct object_set {
    struct object_tree tree;
    struct packing *packing;
    size_t count;
    size_t entry_bytes;
    size_t text_bytes;
};

static int compare_entries(const struct object_entry *a, const struct object_entry *b) {
    int order = strcmp(a->namespace, b->namespace);

    return order ? order : strcmp(a->name, b->name);
}

/* libbsd can't generate static ones. */
RB_PROTOTYPE(object_tree, object_entry, in_tree, compare_entries)
RB_GENERATE(object_tree, object_entry, in_tree, compare_entries)

struct object_set *object_set_new(void) {
    struct object_set *set = XNEW(struct object_set);

    RB_INIT(&set->tree);
    set->packing = packing_new();
    return set;
}

void object_set_free(struct object_set *set) {
    if (!set)
        return;
    for (struct object_entry *entry; (entry = RB_MIN(object_tree, &set->tree));)
        object_set_remove(set, entry);
    packing_free(set->packing);
    free(set);
}

/* ---- what is read from an object ---- */

static struct json *without(struct arena *arena, const struct json *object, const char *key) {
    struct json *copy = json_new_object(arena);

    JSON_FOR_EACH_MEMBER (member, object)
        if (!str_equal(member->key, key))
            (void)json_set(arena, copy, member->key, &member->value);
    return copy;
}

struct text object_kept_text(struct arena *arena, const struct json *object) {
    const struct json *metadata = json_get(object, "metadata");
    const struct json *annotations = json_get(metadata, "annotations");

    if (json_get(metadata, "managedFields") || json_get(annotations, LAST_APPLIED)) {
        struct json *kept = without(arena, metadata, "managedFields");
        struct json *copy = without(arena, object, NULL);
        if (json_get(annotations, LAST_APPLIED))
            (void)json_set(arena, kept, "annotations", without(arena, annotations, LAST_APPLIED));
        (void)json_set(arena, copy, "metadata", kept);
        object = copy;
    }
    return text_from(json_print(arena, object));
}

const char *object_controller_uid(const struct json *object) {
    JSON_FOR_EACH_ITEM (owner, json_at(object, "metadata.ownerReferences"))
        if (json_bool(json_get(owner, "controller"), false))
            return json_string(json_get(owner, "uid"), NULL);
    return NULL;
}

static uint32_t label_hash(const char *key, const char *value) {
    uint64_t hash = hash64(key, strlen(key)) * 31 + hash64(value, strlen(value));

    return (uint32_t)(hash ^ hash >> 32);
}

static uint64_t owner_hash(const char *uid) {
    return uid ? hash64(uid, strlen(uid)) | 1 : 0;
}

/* ---- entries ---- */

static const char *append_string(char **at, const char *string) {
    size_t size = strlen(string) + 1;
    const char *copy = memcpy(*at, string, size);

    *at += size;
    return copy;
}

/* All but its packed object, in one allocation. */
static struct object_entry *entry_new(const struct json *object) {
    const struct json *metadata = json_get(object, "metadata");
    const struct json *labels = json_get(metadata, "labels");
    const char *namespace = json_string(json_get(metadata, "namespace"), "");
    const char *name = json_string(json_get(metadata, "name"), "");
    const char *uid = json_string(json_get(metadata, "uid"), "");
    const char *resource_version = json_string(json_get(metadata, "resourceVersion"), "");
    size_t label_count = json_is(labels, JSON_OBJECT) ? json_length(labels) : 0;
    size_t string_bytes = strlen(namespace) + strlen(name) + strlen(uid) + strlen(resource_version) + 4;
    struct object_entry *entry =
        xcalloc(1, sizeof(*entry) + label_count * sizeof(entry->label_hashes[0]) + string_bytes);
    char *at = (char *)&entry->label_hashes[label_count];

    JSON_FOR_EACH_MEMBER (label, labels)
        entry->label_hashes[entry->label_count++] = label_hash(label->key, json_string(&label->value, ""));
    entry->namespace = append_string(&at, namespace);
    entry->name = append_string(&at, name);
    entry->uid = append_string(&at, uid);
    entry->resource_version = append_string(&at, resource_version);
    entry->owner_hash = owner_hash(object_controller_uid(object));
    return entry;
}

static size_t entry_bytes(const struct object_entry *entry) {
    return sizeof(*entry) + entry->label_count * sizeof(entry->label_hashes[0]) + strlen(entry->namespace) +
           strlen(entry->name) + strlen(entry->uid) + strlen(entry->resource_version) + 4 +
           packed_bytes(entry->packed);
}

struct object_entry *object_set_find(struct object_set *set, const char *namespace, const char *name) {
    struct object_entry wanted = { .namespace = namespace ? namespace : "", .name = name };

    return RB_FIND(object_tree, &set->tree, &wanted);
}

struct object_entry *object_set_add(struct object_set *set, const struct json *object, struct text text) {
    struct object_entry *entry = entry_new(object);
    struct object_entry *present = RB_INSERT(object_tree, &set->tree, entry);

    ensure(!present);
    entry->packed = packing_pack(set->packing, text);
    set->count++;
    set->entry_bytes += entry_bytes(entry);
    set->text_bytes += packed_text_bytes(entry->packed);
    return entry;
}

void object_set_remove(struct object_set *set, struct object_entry *entry) {
    set->count--;
    set->entry_bytes -= entry_bytes(entry);
    set->text_bytes -= packed_text_bytes(entry->packed);
    RB_REMOVE(object_tree, &set->tree, entry);
    packing_drop(set->packing, entry->packed);
    free(entry);
}

struct text object_entry_text(const struct object_entry *entry, struct arena *arena) {
    return packing_unpack(entry->packed, arena);
}

struct object_entry *object_set_first(struct object_set *set, const char *namespace) {
    struct object_entry first = { .namespace = namespace ? namespace : "", .name = "" };

    return RB_NFIND(object_tree, &set->tree, &first);
}

struct object_entry *object_set_next(struct object_set *set, struct object_entry *entry) {
    return RB_NEXT(object_tree, &set->tree, entry);
}

/* ---- lists ---- */

static bool has_label_hash(const struct object_entry *entry, uint32_t hash) {
    for (uint32_t i = 0; i < entry->label_count; i++)
        if (entry->label_hashes[i] == hash)
            return true;
    return false;
}

struct text *object_set_select(struct object_set *set, struct arena *arena,
                               const struct object_filter *filter, size_t *out_count) {
    uint32_t wanted_label = filter->label_key ? label_hash(filter->label_key, filter->label_value) : 0;
    uint64_t wanted_owner = owner_hash(filter->owner_uid);
    size_t count = 0, capacity = 0;
    struct text *texts = NULL;

    for (struct object_entry *entry = object_set_first(set, filter->namespace); entry;
         entry = object_set_next(set, entry)) {
        if (filter->namespace && !str_equal(entry->namespace, filter->namespace))
            break;
        if ((filter->label_key && !has_label_hash(entry, wanted_label)) ||
            (filter->owner_uid && entry->owner_hash != wanted_owner))
            continue;
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct text *grown = ARENA_ARRAY(arena, struct text, capacity);
            if (count)
                memcpy(grown, texts, count * sizeof(*texts));
            texts = grown;
        }
        texts[count++] = object_entry_text(entry, arena);
    }
    *out_count = count;
    return texts;
}

bool object_matches(const struct json *object, const struct object_filter *filter) {
    const struct json *labels = json_at(object, "metadata.labels");

    return (!filter->label_key ||
            str_equal(json_string(json_get(labels, filter->label_key), NULL), filter->label_value)) &&
           (!filter->owner_uid || str_equal(object_controller_uid(object), filter->owner_uid));
}

size_t object_set_count(const struct object_set *set) {
    return set->count;
}

size_t object_set_bytes(const struct object_set *set) {
    return set->entry_bytes + packing_dictionary_bytes(set->packing);
}

size_t object_set_text_bytes(const struct object_set *set) {
    return set->text_bytes;
}
