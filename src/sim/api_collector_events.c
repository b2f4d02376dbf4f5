#include "sim/api_collector.h"

/* Events are forgotten after an hour. */

static const int64_t event_life_ns = 3600 * NANOSECONDS_PER_SECOND;

void collector_forget_events(struct api *api) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct store_list list = store_list(api->store, arena, "events", NULL);
    int64_t now = api_now(api);

    for (size_t i = 0; i < list.count; i++)
        store_value_ref(list.items[i]);
    for (size_t i = 0; i < list.count; i++) {
        struct json *event = store_value_parse(arena, list.items[i]);
        int64_t created;
        /* Every write starts the hour anew: a series goes on. */
        const char *last = json_string_at(
            event, "series.lastObservedTime",
            json_string_at(event, "lastTimestamp", json_string_at(event, "metadata.creationTimestamp", "")));
        if (time_parse(text_from(last), &created) && now - created > event_life_ns)
            store_delete(api->store, "events", list.items[i]->key, arena, event);
        store_value_unref(list.items[i]);
    }
}
