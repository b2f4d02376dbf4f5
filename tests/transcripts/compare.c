#include "transcript.h"

#include <regex.h>

/* A pattern that can't be read fits nothing, so that it can't go unseen. */
static bool fits_regex(const char *pattern, const char *text) {
    regex_t regex;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return false;
    bool fits = !regexec(&regex, text, 0, NULL, 0);
    regfree(&regex);
    return fits;
}

static bool fits(struct arena *arena, const struct json *want, const struct json *got);

static bool fits_items(struct arena *arena, const struct json *want, const struct json *got) {
    if (!json_is(got, JSON_ARRAY) || json_length(got) != json_length(want))
        return false;
    for (size_t i = 0; i < json_length(want); i++)
        if (!fits(arena, json_item(want, i), json_item(got, i)))
            return false;
    return true;
}

static bool fits_members(struct arena *arena, const struct json *want, const struct json *got) {
    if (!json_is(got, JSON_OBJECT) || json_length(got) != json_length(want))
        return false;
    JSON_FOR_EACH_MEMBER (member, want)
        if (!fits(arena, &member->value, json_get(got, member->key)))
            return false;
    return true;
}

/* "*" fits anything but what is absent, "~…" by a regular expression, everything else what it equals. */
static bool fits(struct arena *arena, const struct json *want, const struct json *got) {
    const char *word = json_string(want, "");

    if (!got)
        return false;
    if (str_equal(word, "*"))
        return true;
    if (*word == '~')
        return fits_regex(word + 1, json_is(got, JSON_STRING) ? got->string : json_print(arena, got));
    if (json_is(want, JSON_ARRAY))
        return fits_items(arena, want, got);
    if (json_is(want, JSON_OBJECT))
        return fits_members(arena, want, got);
    return json_equal(want, got);
}

/* ---- rows ---- */

struct pairing {
    struct arena *arena;
    const struct json *want;
    const struct json *got;
    size_t *partner; /* of each row that was got: 1 + the wanted one, 0 for none */
    bool *is_tried;
};

/* Finds a partner for a wanted row, and other partners for those that have to give way. */
static bool pair(struct pairing *pairing, size_t wanted) {
    for (size_t i = 0; i < json_length(pairing->got); i++) {
        if (pairing->is_tried[i] ||
            !fits(pairing->arena, json_item(pairing->want, wanted), json_item(pairing->got, i)))
            continue;
        pairing->is_tried[i] = true;
        if (!pairing->partner[i] || pair(pairing, pairing->partner[i] - 1)) {
            pairing->partner[i] = wanted + 1;
            return true;
        }
    }
    return false;
}

static bool fits_in_any_order(struct arena *arena, const struct json *want, const struct json *got) {
    size_t count = json_length(got);
    struct pairing pairing = { arena, want, got, ARENA_ARRAY(arena, size_t, count), NULL };

    if (json_length(want) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        pairing.is_tried = ARENA_ARRAY(arena, bool, count);
        if (!pair(&pairing, i))
            return false;
    }
    return true;
}

static void say_rows(struct arena *arena, struct buffer *why, const char *what, const struct json *rows) {
    buffer_printf(why, "%s %zu rows:\n", what, json_length(rows));
    JSON_FOR_EACH_ITEM (row, rows)
        buffer_printf(why, "    %s\n", json_print(arena, row));
}

static void compare_rows(struct arena *arena, const struct json *step, const struct transcript_answer *answer,
                         struct buffer *why) {
    const struct json *want = json_get(step, "rows");

    if (!want)
        return;
    if (json_bool(json_get(step, "any_order"), false) ? fits_in_any_order(arena, want, answer->rows)
                                                      : fits_items(arena, want, answer->rows))
        return;
    say_rows(arena, why, "wanted", want);
    say_rows(arena, why, "got", answer->rows);
}

/* ---- the summary ---- */

static void compare_value(struct arena *arena, const char *what, const struct json *want,
                          const struct json *got, struct buffer *why) {
    if (want && !fits(arena, want, got))
        buffer_printf(why, "wanted %s %s, got %s\n", what, json_print(arena, want),
                      got ? json_print(arena, got) : "none");
}

/* What was counted, without the flags that only say that something was. */
static struct json *counters(struct arena *arena, const struct json *summary) {
    struct json *counted = json_new_object(arena);

    JSON_FOR_EACH_MEMBER (member, json_get(summary, "stats"))
        if (!str_starts_with(member->key, "contains-"))
            json_set(arena, counted, member->key, &member->value);
    return counted;
}

/* The codes, from either shape: "notifications" up to Bolt 5.4, "statuses" from 5.6 on, where those without
 * a code say how the statement ended. */
static struct json *notifications(struct arena *arena, const struct json *summary) {
    struct json *codes = json_new_array(arena);

    JSON_FOR_EACH_ITEM (item, json_get(summary, "notifications"))
        json_append_string(arena, codes, json_string(json_get(item, "code"), "?"));
    JSON_FOR_EACH_ITEM (item, json_get(summary, "statuses"))
        if (json_get(item, "neo4j_code"))
            json_append_string(arena, codes, json_string(json_get(item, "neo4j_code"), "?"));
    return codes;
}

static void compare_summary(struct arena *arena, const struct json *step,
                            const struct transcript_answer *answer, struct buffer *why) {
    const struct json *want = json_get(step, "notifications");
    struct json *got = notifications(arena, answer->summary);

    compare_value(arena, "counters", json_get(step, "counters"), counters(arena, answer->summary), why);
    if (want && !fits_in_any_order(arena, want, got))
        compare_value(arena, "notifications", want, got, why);
}

/* ---- refusals ---- */

static void compare_refusal(const struct json *step, const struct transcript_answer *answer,
                            struct buffer *why) {
    const char *code = json_string(json_get(step, "error"), NULL);
    const char *status = json_string(json_get(step, "gql"), NULL);
    const char *part = json_string(json_get(step, "says"), NULL);

    if (!str_equal(code, answer->code))
        buffer_printf(why, "wanted %s, got %s\n", code ? code : "no refusal",
                      answer->code ? answer->code : "none");
    if (status && !str_equal(status, answer->gql_status))
        buffer_printf(why, "wanted status %s, got %s\n", status,
                      answer->gql_status ? answer->gql_status : "none");
    if (part && !strstr(answer->message ? answer->message : "", part))
        buffer_printf(why, "wanted a message with: %s\n", part);
    if (why->length && answer->message)
        buffer_printf(why, "message: %s\n", answer->message);
}

bool transcript_compare(const struct json *step, const struct transcript_answer *answer, struct buffer *why) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t before = why->length;

    if (answer->trouble) {
        buffer_printf(why, "%s\n", answer->trouble);
        return false;
    }
    compare_refusal(step, answer, why);
    if (!answer->code && !json_get(step, "error")) {
        compare_value(arena, "columns", json_get(step, "columns"), answer->columns, why);
        compare_rows(arena, step, answer, why);
        compare_summary(arena, step, answer, why);
    }
    return why->length == before;
}
