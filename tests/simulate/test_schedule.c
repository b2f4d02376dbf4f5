#include "simulate/schedule.h"
#include "test.h"

static const char *text_of(const struct schedule *schedule, struct buffer *out) {
    schedule_write(schedule, out);
    return buffer_string(out);
}

TEST("a schedule that was made up can be written, read, and written again") {
    for (uint64_t seed = 1; seed < 20; seed++) {
        CLEANUP_BUFFER struct buffer first = { 0 }, second = { 0 };
        CLEANUP_POINTER(schedule_free) struct schedule *made_up = schedule_invent(seed, 0, 200, false);
        CLEANUP_POINTER(schedule_free) struct schedule *read = NULL;
        struct error err = { 0 };
        if (!schedule_parse(text_from(text_of(made_up, &first)), &read, &err))
            fail_msg("%s", err.text);
        assert_int_equal(read->count, 200);
        assert_string_equal(text_of(read, &second), buffer_string(&first));
    }
}

TEST("the same seed makes up the same, and a calm one has no faults") {
    CLEANUP_BUFFER struct buffer first = { 0 }, second = { 0 };
    CLEANUP_POINTER(schedule_free) struct schedule *a = schedule_invent(5, 0, 50, false);
    CLEANUP_POINTER(schedule_free) struct schedule *b = schedule_invent(5, 0, 50, false);
    CLEANUP_POINTER(schedule_free) struct schedule *calm = schedule_invent(5, 0, 50, true);
    size_t faults_of_a = 0;

    assert_string_equal(text_of(a, &first), text_of(b, &second));
    for (size_t i = 0; i < 50; i++) {
        assert_false(calm->deeds[i].kind->is_fault);
        faults_of_a += a->deeds[i].kind->is_fault;
    }
    assert_true(faults_of_a > 10);
}

TEST("what is left out of a schedule leaves the times of the others") {
    CLEANUP_BUFFER struct buffer text = { 0 };
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = NULL;
    static const char lines[] = "00:00:01.000 create graph\n# a remark\n\n00:00:02.000 crash 10\n"
                                "01:00:03.500 force graph\n01:00:04.000 end\n";

    assert_true(schedule_parse(text_from(lines), &schedule, NULL));
    CLEANUP_POINTER(schedule_free)
    struct schedule *kept = schedule_keep(schedule, (const bool[]){ true, false, true });
    assert_string_equal(text_of(kept, &text),
                        "00:00:01.000 create graph\n01:00:03.500 force graph\n01:00:04.000 end\n");
}

TEST("a line that makes no sense is named") {
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        { "00:00:01.000 create graph\nsoon crash 10\n", "line 2: 'soon' is no time such as 00:03:20.150" },
        { "00:00:01.000 explode\n", "line 1: nobody knows what 'explode' is" },
        { "00:00:02.000 crash 1\n00:00:01.000 crash 1\n", "line 2: is earlier than the line before it" },
        { "00:60:01.000 crash 1\n", "line 1: '00:60:01.000' is no time such as 00:03:20.150" },
        { "00:00:01.1000 crash 1\n", "line 1: '00:00:01.1000' is no time such as 00:03:20.150" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(schedule_free) struct schedule *schedule = NULL;
        struct error err = { 0 };
        assert_false(schedule_parse(text_from(rows[i].text), &schedule, &err));
        assert_string_equal(err.text, rows[i].says);
    }
}
