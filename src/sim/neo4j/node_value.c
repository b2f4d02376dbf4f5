#include "sim/neo4j/node_value.h"

#include "sim/neo4j/entry_access.h"
#include "sim/neo4j/property.h"

struct bolt_value node_value_new(struct arena *arena, int64_t id) {
    struct bolt_value *node = bolt_new_struct(arena, BOLT_NODE);

    bolt_append(arena, node, bolt_new_integer(arena, id));
    return *node;
}

bool node_value_is(const struct bolt_value *value) {
    return bolt_is_struct(value, BOLT_NODE);
}

int64_t node_value_id(const struct bolt_value *node) {
    return bolt_integer(bolt_item(node, 0), -1);
}

struct json *node_value_entry(struct cursor *cursor, struct arena *arena, const struct bolt_value *node) {
    struct json *entry =
        cursor->transaction ? transaction_entry(cursor->transaction, arena, node_value_id(node)) : NULL;

    if (!entry)
        failure_set(cursor->failure, cursor->arena, FAILURE_ENTITY_NOT_FOUND,
                    "Node with id %ld has been deleted in this transaction", (long)node_value_id(node));
    return entry;
}

bool node_value_property(struct cursor *cursor, const struct bolt_value *node, const char *key,
                         struct bolt_value *out) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    const struct json *entry = node_value_entry(cursor, scratch, node);

    if (!entry)
        return false;
    *out = (struct bolt_value){ .type = BOLT_NULL };
    if (entry_shows(cursor, entry, key))
        *out = *property_from_json(cursor->arena, json_get(json_get(entry, "properties"), key));
    return true;
}

struct bolt_value *node_value_properties(struct cursor *cursor, const struct json *entry) {
    struct bolt_value *map = bolt_new_map(cursor->arena);

    JSON_FOR_EACH_MEMBER (member, json_get(entry, "properties"))
        if (entry_shows(cursor, entry, member->key))
            bolt_set(cursor->arena, map, member->key, property_from_json(cursor->arena, &member->value));
    return map;
}

char *node_value_element_id(struct cursor *cursor, int64_t id) {
    return arena_printf(cursor->arena, "4:%s:%ld", transaction_database_id(cursor->transaction), (long)id);
}

/* A deleted node is still shown, without what it held. */
static struct bolt_value expand_node(struct cursor *cursor, const struct bolt_value *node) {
    struct arena *arena = cursor->arena;
    int64_t id = node_value_id(node);
    const struct json *entry = cursor->transaction ? transaction_entry(cursor->transaction, arena, id) : NULL;
    struct bolt_value *whole = bolt_new_struct(arena, BOLT_NODE), *labels = bolt_new_list(arena);

    JSON_FOR_EACH_ITEM (label, json_get(entry, "labels"))
        bolt_append_string(arena, labels, json_string(label, ""));
    bolt_append(arena, whole, bolt_new_integer(arena, id));
    bolt_append(arena, whole, labels);
    bolt_append(arena, whole, node_value_properties(cursor, entry));
    bolt_append_string(arena, whole, node_value_element_id(cursor, id));
    return *whole;
}

struct bolt_value node_value_expand(struct cursor *cursor, const struct bolt_value *value) {
    struct bolt_value *copy;

    if (node_value_is(value))
        return expand_node(cursor, value);
    if (!node_value_is_within(value))
        return *value;
    copy = value->type == BOLT_LIST ? bolt_new_list(cursor->arena) : bolt_new_map(cursor->arena);
    BOLT_FOR_EACH_ITEM(item, value) {
        struct bolt_value expanded = node_value_expand(cursor, item);
        bolt_append(cursor->arena, copy, &expanded);
    }
    BOLT_FOR_EACH_MEMBER(member, value) {
        struct bolt_value expanded = node_value_expand(cursor, &member->value);
        bolt_set(cursor->arena, copy, member->key, &expanded);
    }
    return *copy;
}

bool node_value_is_within(const struct bolt_value *value) {
    BOLT_FOR_EACH_ITEM(item, value)
    if (node_value_is_within(item))
        return true;
    BOLT_FOR_EACH_MEMBER(member, value)
    if (node_value_is_within(&member->value))
        return true;
    return bolt_is_struct(value, BOLT_NODE) || bolt_is_struct(value, BOLT_RELATIONSHIP) ||
           bolt_is_struct(value, BOLT_UNBOUND_RELATIONSHIP) || bolt_is_struct(value, BOLT_PATH);
}
