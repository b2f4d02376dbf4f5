#include "sim/api_counts.h"

#include "sim/component/tree.h"

struct count {
    RB_ENTRY(count) node;
    char *user_agent;
    char *what; /* "pods", "statefulsets.apps/status" */
    enum api_verb verb;
    int64_t number;
};
RB_HEAD(counted, count);

static int count_compare(const struct count *a, const struct count *b) {
    int order = strcmp(a->user_agent, b->user_agent);
    if (!order)
        order = strcmp(a->what, b->what);
    return order ? order : (int)a->verb - (int)b->verb;
}
TREE_GENERATE(counted, count, node, count_compare)

struct api_counts {
    struct counted counted;
    size_t rows;
};

struct api_counts *api_counts_new(void) {
    struct api_counts *counts = XNEW(struct api_counts);
    RB_INIT(&counts->counted);
    return counts;
}

void api_counts_free(struct api_counts *counts) {
    struct count *count;
    if (!counts)
        return;
    while ((count = RB_MIN(counted, &counts->counted))) {
        RB_REMOVE(counted, &counts->counted, count);
        free(count->user_agent);
        free(count->what);
        free(count);
    }
    free(counts);
}

const char *api_verb_name(enum api_verb verb) {
    static const char *const names[] = {
        [API_GET] = "get",       [API_LIST] = "list",
        [API_WATCH] = "watch",   [API_CREATE] = "create",
        [API_UPDATE] = "update", [API_PATCH] = "patch",
        [API_DELETE] = "delete", [API_DELETE_COLLECTION] = "deletecollection",
    };
    return names[verb];
}

void api_counts_add(struct api_counts *counts, const struct api_call *call) {
    bool is_full = counts->rows >= API_COUNTS_MAX;
    const char *who = is_full ? "(others)" : call->user_agent ? call->user_agent : "";
    CLEANUP_BUFFER struct buffer what = { 0 };

    buffer_add_string(&what, call->resource->collection);
    if (!str_empty(call->subresource)) {
        buffer_add_char(&what, '/');
        buffer_add_string(&what, call->subresource);
    }
    struct count like = { .user_agent = (char *)(uintptr_t)who, .what = what.data, .verb = call->verb };
    struct count *count = RB_FIND(counted, &counts->counted, &like);
    if (count) {
        count->number++;
        return;
    }
    count = XNEW(struct count);
    *count = (struct count){ .user_agent = xstrdup(who), .what = buffer_take(&what), .verb = call->verb };
    RB_INSERT(counted, &counts->counted, count);
    count->number = 1;
    counts->rows++;
}

struct json *api_counts_list(const struct api_counts *counts, struct arena *arena) {
    struct json *list = json_new_array(arena);
    struct counted *counted = (struct counted *)(uintptr_t)&counts->counted;
    struct count *count;

    RB_FOREACH (count, counted, counted) {
        struct json *row = json_append_object(arena, list);
        json_set_string(arena, row, "userAgent", count->user_agent);
        json_set_string(arena, row, "resource", count->what);
        json_set_string(arena, row, "verb", api_verb_name(count->verb));
        json_set_integer(arena, row, "count", count->number);
    }
    return list;
}
