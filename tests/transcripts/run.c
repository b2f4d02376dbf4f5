#include "transcript.h"

#include <glob.h>
#include <stdio.h>

enum { POLL_MS = 100 };

struct run {
    struct transcript_port *port;
    const char *only;
    unsigned tests;
    unsigned failures;
};

/* ---- what earlier steps kept ---- */

static void append_kept(struct arena *arena, struct buffer *out, const struct json *kept) {
    if (kept)
        buffer_add_string(out, json_is(kept, JSON_STRING) ? kept->string : json_print(arena, kept));
}

/* ${name} in a text; a text that is nothing else becomes the value itself. */
static struct json *fill_text(struct arena *arena, const char *text, const struct json *kept) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    const char *at = text;

    for (const char *begin = strstr(at, "${"), *end; begin; begin = strstr(at, "${")) {
        end = strchr(begin, '}');
        if (!end)
            break;
        const struct json *value = json_get(kept, arena_strndup(arena, begin + 2, (size_t)(end - begin - 2)));
        if (value && begin == text && !end[1])
            return json_copy(arena, value);
        buffer_add_text(&out, (struct text){ at, (size_t)(begin - at) });
        append_kept(arena, &out, value);
        at = end + 1;
    }
    buffer_add_string(&out, at);
    return json_new_string(arena, buffer_string(&out));
}

static struct json *fill(struct arena *arena, const struct json *value, const struct json *kept) {
    struct json *filled;

    if (json_is(value, JSON_STRING))
        return fill_text(arena, value->string, kept);
    if (json_is(value, JSON_ARRAY)) {
        filled = json_new_array(arena);
        JSON_FOR_EACH_ITEM (item, value)
            json_append(arena, filled, fill(arena, item, kept));
        return filled;
    }
    if (!json_is(value, JSON_OBJECT))
        return json_copy(arena, value);
    filled = json_new_object(arena);
    JSON_FOR_EACH_MEMBER (member, value)
        json_set(arena, filled, member->key, fill(arena, &member->value, kept));
    return filled;
}

static bool keep_one(struct arena *arena, const char *name, const struct json *place,
                     const struct transcript_answer *answer, struct json *kept) {
    const struct json *row = json_item(answer->rows, (size_t)json_integer(json_item(place, 0), -1));
    const char *column = json_string(json_item(place, 1), "");

    for (size_t i = 0; row && i < json_length(answer->columns); i++)
        if (str_equal(json_string(json_item(answer->columns, i), ""), column)) {
            json_set(arena, kept, name, json_copy(arena, json_item(row, i)));
            return true;
        }
    return false;
}

static bool keep(struct arena *arena, const struct json *step, const struct transcript_answer *answer,
                 struct json *kept, struct buffer *why) {
    JSON_FOR_EACH_MEMBER (member, json_get(step, "keep"))
        if (!keep_one(arena, member->key, &member->value, answer, kept)) {
            buffer_printf(why, "there is no such row or column to keep as %s\n", member->key);
            return false;
        }
    return true;
}

/* ---- steps ---- */

static bool act(struct transcript_port *port, const struct json *step, struct buffer *why) {
    bool is_start = json_get(step, "start") != NULL;

    if (!port->set_running) {
        buffer_add_string(why, "servers can't be stopped or started here\n");
        return false;
    }
    port->set_running(port, (unsigned)json_integer(json_get(step, is_start ? "start" : "stop"), 0), is_start);
    return true;
}

static bool ask(struct transcript_port *port, struct arena *arena, const struct json *step, struct json *kept,
                struct buffer *why) {
    int64_t wait_ms = json_integer(json_get(step, "wait"), 0);
    struct transcript_answer answer;

    if (!port->is_real)
        port->pass(port, wait_ms);
    for (answer = port->ask(port, arena, step); port->is_real && wait_ms > 0; wait_ms -= POLL_MS) {
        if (transcript_compare(step, &answer, why))
            break;
        buffer_reset(why);
        port->pass(port, POLL_MS);
        answer = port->ask(port, arena, step);
    }
    return transcript_compare(step, &answer, why) && keep(arena, step, &answer, kept, why);
}

static bool run_steps(struct transcript_port *port, const char *version, const struct json *the_case,
                      struct buffer *why) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *kept = json_new_object(arena);
    size_t number = 0;

    json_set_string(arena, kept, "password", port->password);
    json_set_string(arena, kept, "version", version);
    JSON_FOR_EACH_ITEM (raw, json_get(the_case, "steps")) {
        number++;
        if (!transcript_is_for(raw, version))
            continue;
        struct json *step = fill(arena, raw, kept);
        bool is_right = json_get(step, "run") ? ask(port, arena, step, kept, why) : act(port, step, why);
        if (!is_right) {
            const char *statement = json_string(json_get(step, "run"), "stop or start");
            CLEANUP_FREE char *rest = buffer_take(why);
            buffer_printf(why, "step %zu: %s\n%s", number, statement, rest);
            return false;
        }
    }
    return true;
}

/* ---- cases ---- */

static void report(struct run *run, bool is_right, const char *name, const char *when, const char *version,
                   const struct buffer *why) {
    struct text rest = buffer_text(why);

    run->tests++;
    run->failures += !is_right;
    printf("%s %u - %s: %s (%s)\n", is_right ? "ok" : "not ok", run->tests, name, when, version);
    while (!is_right && rest.length) {
        struct text line = text_cut(&rest, '\n');
        printf("# %.*s\n", TEXT_ARGS(line));
    }
    fflush(stdout);
}

static bool is_meant(const struct run *run, const struct json *the_case, const char *version) {
    const char *when = json_string(json_get(the_case, "when"), "");

    return transcript_is_for(the_case, version) && (!run->only || strstr(when, run->only)) &&
           (!run->port->is_community || json_bool(json_get(the_case, "community"), false));
}

static void run_cases(struct run *run, const char *name, const struct json *cases, const char *version) {
    bool is_fresh = true;

    JSON_FOR_EACH_ITEM (the_case, cases) {
        CLEANUP_BUFFER struct buffer why = { 0 };
        struct error err = { 0 };
        if (!is_meant(run, the_case, version))
            continue;
        is_fresh = is_fresh || json_bool(json_get(the_case, "fresh"), false);
        bool is_right = run->port->begin(run->port, version, the_case, is_fresh, &err);
        if (is_right)
            is_right = run_steps(run->port, version, the_case, &why);
        else
            buffer_printf(&why, "%s\n", err.text);
        report(run, is_right, name, json_string(json_get(the_case, "when"), ""), version, &why);
        is_fresh = !is_right; /* what a case that broke off has left is nobody's business */
    }
}

static void run_file(struct run *run, const char *path) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer why = { 0 };
    struct json *cases = NULL;
    struct error err = { 0 };
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    if (!transcript_read(arena, path, &cases, &err)) {
        buffer_printf(&why, "%s\n", err.text);
        report(run, false, name, "can be read", "-", &why);
        return;
    }
    for (const char *const *version = run->port->versions; *version; version++)
        run_cases(run, name, cases, *version);
}

int transcripts_run(struct transcript_port *port, const char *path, const char *only) {
    struct run run = { .port = port, .only = only };
    CLEANUP_FREE char *pattern = str_ends_with(path, ".yaml") ? xstrdup(path) : xprintf("%s/*.yaml", path);
    glob_t files = { 0 };

    if (!glob(pattern, 0, NULL, &files))
        for (size_t i = 0; i < files.gl_pathc; i++)
            run_file(&run, files.gl_pathv[i]);
    globfree(&files);
    if (!run.tests) {
        fprintf(stderr, "no transcript to run: %s\n", pattern);
        return 2;
    }
    printf("1..%u\n", run.tests);
    return run.failures ? 1 : 0;
}
