/* Parses and frees one watch event, as every worker does all day, with our JSON and with Jansson.
 *
 *     bench_json EVENT.json
 *
 * The event is one line of a watch of a real API server: a pod with its managed fields. The figures are
 * medians of rounds that take turns, so that what else runs on the machine meets both; the ratio is what
 * counts.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "jansson_value.h"

#include <stdio.h>

enum { ROUNDS = 41, REPEATS = 500, EVENT_BYTES_MAX = 1024 * 1024 };

static void parse_all(struct text event) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value;

    ensure(json_parse(arena, event, NULL, &value, NULL));
}

static void parse_without_managed_fields(struct text event) {
    static const struct json_parse_options options = { .skip_managed_fields = true };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value;

    ensure(json_parse(arena, event, &options, &value, NULL));
}

static void parse_with_jansson(struct text event) {
    void *value;

    ensure(jansson_parse(event.data, event.length, &value) == JANSSON_ACCEPTED);
    jansson_free(value);
}

static void parse_and_write(struct text event) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct json *value;

    ensure(json_parse(arena, event, NULL, &value, NULL));
    json_write(&out, value, NULL);
}

static const struct {
    const char *name;
    void (*run)(struct text event);
} contenders[] = {
    { "jansson", parse_with_jansson },
    { "base/json", parse_all },
    { "base/json, without managed fields", parse_without_managed_fields },
    { "base/json, and written again", parse_and_write },
};

static double microseconds_each(void (*run)(struct text event), struct text event) {
    int64_t start = clock_monotonic(&clock_system);

    for (int i = 0; i < REPEATS; i++)
        run(event);
    return (double)(clock_monotonic(&clock_system) - start) / 1000 / REPEATS;
}

static int compare(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;

    return (first > second) - (first < second);
}

int main(int argc, char **argv) {
    CLEANUP_BUFFER struct buffer event = { 0 };
    double times[ARRAY_LENGTH(contenders)][ROUNDS];
    struct error err = { 0 };

    if (argc != 2 || !file_read(argv[1], EVENT_BYTES_MAX, &event, &err)) {
        fprintf(stderr, "usage: bench_json EVENT.json\n%s\n", err.text);
        return 2;
    }
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < ARRAY_LENGTH(contenders); i++)
            times[i][round] = microseconds_each(contenders[i].run, buffer_text(&event));

    printf("one event of %zu bytes, parsed and freed:\n", event.length);
    for (size_t i = 0; i < ARRAY_LENGTH(contenders); i++) {
        qsort(times[i], ROUNDS, sizeof(times[i][0]), compare);
        printf("%-36s %7.2f us  %5.2f of jansson\n", contenders[i].name, times[i][ROUNDS / 2],
               times[i][ROUNDS / 2] / times[0][ROUNDS / 2]);
    }
    return 0;
}
