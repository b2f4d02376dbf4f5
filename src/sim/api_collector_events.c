#include "sim/api_collector.h"

/* Events are forgotten after an hour. */

static const int64_t event_life_ns = 3600 * NANOSECONDS_PER_SECOND;

int64_t collector_forget_events(struct api *api) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct store_list list = store_list(api->store, arena, "events", NULL);
    int64_t now = api_now(api), next_ns = event_life_ns;

    for (size_t i = 0; i < list.count; i++)
        store_value_ref(list.items[i]);
    for (size_t i = 0; i < list.count; i++) {
        struct json *event = store_value_parse(arena, list.items[i]);
        int64_t created;
        /* Every write starts the hour anew: a series goes on. */
        const char *last = json_string_at(
            event, "series.lastObservedTime",
            json_string_at(event, "lastTimestamp", json_string_at(event, "metadata.creationTimestamp", "")));
        bool is_dated = time_parse(text_from(last), &created);
        if (is_dated && now - created > event_life_ns)
            store_delete(api->store, "events", list.items[i]->key, arena, event);
        else if (is_dated && created + event_life_ns - now < next_ns)
            next_ns = created + event_life_ns - now;
        store_value_unref(list.items[i]);
    }
    return next_ns;
}
