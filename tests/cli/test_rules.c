#include "test.h"

#include "api/kinds.h"
#include "api/rule.h"
#include "cli/explain.h"

TEST("every rule has a sentence, a number that is told once in its kind, and a kind that there is") {
    for (size_t i = 0; i < api_rule_count; i++) {
        const struct api_rule *rule = &api_rules[i];
        CLEANUP_BUFFER struct buffer out = { 0 };
        if (!*rule->number || !str_ends_with(rule->says, ".") || (rule->kind && !api_kind_find(rule->kind)))
            fail_msg("%s: %s", rule->number, rule->says);
        for (size_t j = 0; j < i; j++)
            if (str_equal(rule->number, api_rules[j].number) &&
                (!api_rules[j].kind || str_equal(rule->kind, api_rules[j].kind)))
                fail_msg("%s twice", rule->number);
        assert_true(explain_rule(&out, rule->number, rule->kind, NULL));
        assert_non_null(strstr(buffer_string(&out), rule->says));
    }
}

TEST("a rule or a kind that is not there is named") {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct error err = { 0 };

    assert_false(explain_rule(&out, "R999", NULL, &err));
    assert_string_equal(err.text, "no rule R999");
    assert_false(explain_rule(&out, "R2", "Nothing", &err));
    assert_non_null(strstr(err.text, "no kind Nothing; there are "));
    assert_int_equal(out.length, 0);
}
