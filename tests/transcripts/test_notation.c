/* The notation of transcripts itself: what it refuses to read, and what it takes for a difference. */
#include "test.h"

#include "transcript.h"

#include "base/file.h"
#include "base/yaml.h"

#include <stdio.h>
#include <unistd.h>

TEST("refuses transcripts that could not mean what they say") {
    static const struct {
        const char *text;
        const char *refusal; /* after the path */
    } rows[] = {
        { "when: a\nsteps: [{run: x}]", NULL },
        { "when: a\nsteps: [{run: x, on: neo4j}]", NULL },
        { "", "there is no case" },
        { "steps: [{run: x}]", "case 1 has no sentence (when)" },
        { "when: a\nsteps: [{run: x}]\n---\nwhen: a\nsteps: [{run: x}]", "two cases are called \"a\"" },
        { "when: a", "a: it has no steps" },
        { "when: a\nstep: []", "a: there is no key step" },
        { "when: a\nservers: three", "a: servers has a value of a wrong type" },
        { "when: a\nservers: 9\nsteps: [{run: x}]", "a: there can be 1 to 8 servers" },
        { "when: a\nsteps: [x]", "a: step 1: it is no mapping" },
        { "when: a\nsteps: [{run: x}, {rows: []}]", "a: step 2: it needs one of run, stop and start" },
        { "when: a\nsteps: [{run: x, row: []}]", "a: step 1: there is no key row" },
        { "when: a\nsteps: [{run: x, rows: [a]}]", "a: step 1: each row must be a list" },
        { "when: a\nsteps: [{run: x, error: E, rows: []}]", "a: step 1: a refusal has no rows" },
        { "when: a\nsteps: [{run: x, says: word}]", "a: step 1: gql and says need error" },
        { "when: a\nsteps: [{run: x, at: leader}]", "a: step 1: at is the number of a server, or follower" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        char path[] = "/tmp/transcript-XXXXXX";
        struct json *cases = NULL;
        struct error err = { 0 };
        int file = mkstemp(path);

        assert_true(file >= 0);
        close(file);
        assert_true(file_write(path, text_from(rows[i].text), 0600, NULL));
        bool is_read = transcript_read(arena, path, &cases, &err);
        unlink(path);
        assert_int_equal(is_read, rows[i].refusal == NULL);
        if (!is_read)
            assert_string_equal(err.text + strlen(path) + strlen(": "), rows[i].refusal);
    }
}

static struct json *value(struct arena *arena, const char *text) {
    struct json *documents = NULL;

    assert_true(yaml_parse(arena, text_from(text), &documents, NULL));
    return json_item(documents, 0);
}

TEST("takes an answer for what the step says, and for nothing else") {
    static const struct {
        const char *step;
        const char *answer; /* columns, rows, summary, code, gql, message */
        bool holds;
    } rows[] = {
        { "{run: x}", "{rows: [[1]]}", true },
        { "{run: x}", "{code: E}", false },
        { "{run: x, error: E}", "{rows: []}", false },
        { "{run: x, error: E}", "{code: E, message: m}", true },
        { "{run: x, error: F}", "{code: E, message: m}", false },
        { "{run: x, error: E, gql: 42N01}", "{code: E, gql: 42N01, message: m}", true },
        { "{run: x, error: E, gql: 42N01}", "{code: E, message: m}", false },
        { "{run: x, error: E, says: ow}", "{code: E, message: how}", true },
        { "{run: x, error: E, says: never}", "{code: E, message: how}", false },
        { "{run: x, columns: [a, b]}", "{columns: [a, b]}", true },
        { "{run: x, columns: [a, b]}", "{columns: [b, a]}", false },
        { "{run: x, rows: []}", "{rows: [[1]]}", false },
        { "{run: x, rows: [[1, a]]}", "{rows: [[1, a]]}", true },
        { "{run: x, rows: [[1, a]]}", "{rows: [[1, a], [1, a]]}", false },
        { "{run: x, rows: [[1], [2]]}", "{rows: [[2], [1]]}", false },
        { "{run: x, rows: [[1], [2]], any_order: true}", "{rows: [[2], [1]]}", true },
        { "{run: x, rows: [[1], [1]], any_order: true}", "{rows: [[1], [2]]}", false },
        /* "*" must give way, so that 1 finds its only partner. */
        { "{run: x, rows: [['*'], [1]], any_order: true}", "{rows: [[1], [2]]}", true },
        { "{run: x, rows: [['*'], ['*']]}", "{rows: [[null], [[1]]]}", true },
        { "{run: x, rows: [['~^a+$']]}", "{rows: [[aaa]]}", true },
        { "{run: x, rows: [['~^a+$']]}", "{rows: [[ab]]}", false },
        { "{run: x, rows: [['~(']]}", "{rows: [['(']]}", false },
        { "{run: x, rows: [['~^4']]}", "{rows: [[42]]}", true },
        { "{run: x, rows: [[{a: '*'}]]}", "{rows: [[{a: 1, b: 2}]]}", false },
        { "{run: x, rows: [[[1, '*']]]}", "{rows: [[[1, 2]]]}", true },
        { "{run: x, counters: {a: 1}}", "{summary: {stats: {a: 1, contains-updates: true}}}", true },
        { "{run: x, counters: {}}", "{summary: {stats: {a: 1}}}", false },
        { "{run: x, notifications: [Note]}", "{summary: {notifications: [{code: Note}]}}", true },
        { "{run: x, notifications: [Note]}",
          "{summary: {statuses: [{gql_status: 00000}, {neo4j_code: Note}]}}", true },
        { "{run: x, notifications: []}", "{summary: {statuses: [{neo4j_code: Note}]}}", false },
        { "{run: x, notifications: [More, Note]}", "{summary: {notifications: [{code: Note}, {code: More}]}}",
          true },
        { "{run: x}", "{trouble: nobody answers}", false },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer why = { 0 };
        struct json *got = value(arena, rows[i].answer);
        struct transcript_answer answer = {
            .columns = json_get(got, "columns") ? json_get(got, "columns") : json_new_array(arena),
            .rows = json_get(got, "rows") ? json_get(got, "rows") : json_new_array(arena),
            .summary = json_get(got, "summary") ? json_get(got, "summary") : json_new_object(arena),
            .code = json_string(json_get(got, "code"), NULL),
            .gql_status = json_string(json_get(got, "gql"), NULL),
            .message = json_string(json_get(got, "message"), NULL),
            .trouble = json_string(json_get(got, "trouble"), NULL),
        };
        bool holds = transcript_compare(value(arena, rows[i].step), &answer, &why);
        if (holds != rows[i].holds)
            fail_msg("%s with %s: %s", rows[i].step, rows[i].answer, buffer_string(&why));
        assert_int_equal(holds, why.length == 0);
    }
}
