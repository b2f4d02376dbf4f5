#include "simulate/verdict.h"

#include "base/buffer.h"
#include "simulate/essence.h"
#include "simulate/invariant.h"
#include "simulate/writer.h"

static void set_buffer(struct arena *arena, struct json *verdict, const char *key, struct buffer *text) {
    json_set_string(arena, verdict, key, text->length ? buffer_string(text) : "");
}

struct json *verdict_of(struct arena *arena, struct run *run, bool is_kept, const struct coverage *coverage) {
    struct json *verdict = json_new_object(arena);
    CLEANUP_BUFFER struct buffer essence = { 0 }, wanted = { 0 }, covered = { 0 };
    int64_t ms = (universe_now(run->universe) - run->began_ns) / NANOSECONDS_PER_MS;

    json_set_integer(arena, verdict, "moments", (int64_t)run->universe->moments);
    json_set_integer(arena, verdict, "ms", ms);
    json_set_integer(arena, verdict, "deeds", (int64_t)run->next_deed);
    json_set_integer(arena, verdict, "acknowledged", (int64_t)writer_acknowledged(run->writer));
    coverage_write(coverage, &covered);
    set_buffer(arena, verdict, "coverage", &covered);
    if (!is_kept) {
        json_set_string(arena, verdict, "invariant", run->broken->name);
        json_set_string(arena, verdict, "complaint", run->complaint);
        json_set_integer(arena, verdict, "brokenMs", (run->broken_ns - run->began_ns) / NANOSECONDS_PER_MS);
        return verdict;
    }
    essence_write(run->universe, &essence);
    essence_write_wanted(run->universe, &wanted);
    set_buffer(arena, verdict, "essence", &essence);
    set_buffer(arena, verdict, "wanted", &wanted);
    return verdict;
}
