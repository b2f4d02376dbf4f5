/* JSON: what we read, Jansson reads as the same, and what we write reads back as the same. */
#include "base/json.h"
#include "jansson_value.h"

static void compare(const struct json *ours, const void *theirs) {
    switch (jansson_type(theirs)) {
    case JANSSON_OBJECT:
        ensure(json_is(ours, JSON_OBJECT) && ours->length == jansson_length(theirs));
        JSON_FOR_EACH_MEMBER (member, ours) {
            const void *value = jansson_member(theirs, member->key);
            ensure(value && strlen(member->key) == member->key_length);
            compare(&member->value, value);
        }
        return;
    case JANSSON_ARRAY:
        ensure(json_is(ours, JSON_ARRAY) && ours->length == jansson_length(theirs));
        for (uint32_t i = 0; i < ours->length; i++)
            compare(&ours->items[i], jansson_item(theirs, i));
        return;
    case JANSSON_STRING:
        ensure(json_is(ours, JSON_STRING) && ours->length == jansson_length(theirs));
        ensure(memcmp(ours->string, jansson_string(theirs), ours->length + 1) == 0);
        return;
    case JANSSON_INTEGER:
        ensure(json_is(ours, JSON_INTEGER) && ours->integer == jansson_integer(theirs));
        return;
    case JANSSON_REAL:
        ensure(json_is(ours, JSON_DOUBLE) && ours->number == jansson_real(theirs));
        return;
    case JANSSON_TRUE:
        ensure(json_is(ours, JSON_TRUE));
        return;
    case JANSSON_FALSE:
        ensure(json_is(ours, JSON_FALSE));
        return;
    case JANSSON_NULL:
        ensure(json_is(ours, JSON_NULL));
        return;
    }
}

static void check_written(struct arena *arena, const struct json *value, struct json_write_options options) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *again;

    json_write(&text, value, &options);
    ensure(json_parse(arena, buffer_text(&text), NULL, &again, NULL));
    ensure(json_equal(value, again));
}

/* The managed fields are left out, and the same texts are accepted. */
static void check_skipping(struct arena *arena, struct text text, bool is_read) {
    static const struct json_parse_options options = { .skip_managed_fields = true };
    struct json *value;

    ensure(json_parse(arena, text, &options, &value, NULL) == is_read);
    if (is_read)
        ensure(!json_at(value, "metadata.managedFields"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text text = { (const char *)data, size };
    struct error err = { 0 };
    struct json *ours;
    void *theirs;

    bool is_read = json_parse(arena, text, NULL, &ours, &err);
    enum jansson_verdict verdict = jansson_parse(data, size, &theirs);
    if (is_read && verdict == JANSSON_ACCEPTED)
        compare(ours, theirs);
    else if (verdict == JANSSON_ACCEPTED)
        ensure(strstr(err.text, "too many levels"));
    else
        ensure(!is_read || verdict == JANSSON_CANNOT_HOLD);
    if (is_read) {
        check_written(arena, ours, (struct json_write_options){ 0 });
        check_written(arena, ours, (struct json_write_options){ .indent = true, .html_safe = true });
        ensure(json_equal(ours, json_copy(arena, ours)));
    }
    check_skipping(arena, text, is_read);
    jansson_free(theirs);
    return 0;
}
