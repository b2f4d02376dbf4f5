/* Admission reviews: whatever comes in, the answer is a review for the same uid that keeps to its limits; the
 * patch fits the object, changes only what it may, and when it is applied nothing is left to fill in. */
#include "base/encoding.h"
#include "sim/patch.h"
#include "webhook/admission.h"

static bool judge(void *context, struct arena *arena, const char *kind, const struct json *object,
                  const struct json *before, struct admission_verdict *out_verdict) {
    struct json *with_defaults = json_copy(arena, object);
    struct review_cause *error = ARENA_NEW(arena, struct review_cause);
    const char **warnings = ARENA_ARRAY(arena, const char *, 1);
    const char *word = json_string_at(object, "spec.word", NULL);

    *error = (struct review_cause){ "FieldValueInvalid", "spec.word", word };
    warnings[0] = word;
    *out_verdict = (struct admission_verdict){ .errors = error,
                                               .error_count = json_at(object, "spec.bad") && word,
                                               .warnings = warnings,
                                               .warning_count = word ? 1 : 0,
                                               .object = with_defaults };
    json_set_integer(arena, json_ensure_object(arena, with_defaults, "spec"), "size", 3);
    return true;
}

static const struct admission_options options = { .judge = { NULL, judge },
                                                  .deletion_protection = true,
                                                  .version = "1" };

/* The response, in arena; NULL: the review was refused. */
static struct json *ask(struct arena *arena, enum admission_task task, struct text body) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct admission_outcome outcome;
    struct error err = { 0 };
    struct json *answer = NULL;

    if (!admission_answer(&options, task, body, &out, &outcome, &err)) {
        ensure(err.kind == ERROR_INVALID && !out.length);
        return NULL;
    }
    ensure(json_parse(arena, text_from(arena_strdup(arena, buffer_string(&out))), NULL, &answer, &err));
    struct json *response = json_get(answer, "response");
    ensure(json_bool_at(response, "allowed", !outcome.is_allowed) == outcome.is_allowed);
    JSON_FOR_EACH_ITEM (warning, json_get(response, "warnings"))
        ensure(warning->length <= REVIEW_WARNING_BYTES_MAX);
    ensure(strlen(json_string_at(response, "status.message", "")) <= REVIEW_MESSAGE_BYTES_MAX);
    return response;
}

static struct json *patch_of(struct arena *arena, const struct json *response) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *patch = NULL;

    if (!json_get(response, "patch"))
        return NULL;
    ensure(base64_decode(&text, text_from(json_string_at(response, "patch", ""))));
    ensure(json_parse(arena, text_from(arena_strdup(arena, buffer_string(&text))), NULL, &patch, NULL));
    return patch;
}

static void check_patch(struct arena *arena, struct json *review, const struct json *patch) {
    struct json *request = json_get(review, "request");
    const struct json *object = json_get(request, "object");
    struct json *patched = NULL;
    struct error err = { 0 };

    ensure(patch_json(arena, object, patch, &patched, &err));
    JSON_FOR_EACH_MEMBER (member, object)
        if (!str_equal(member->key, "metadata") && !str_equal(member->key, "spec") &&
            strlen(member->key) == member->key_length)
            ensure(json_equal(&member->value, json_get(patched, member->key)));
    json_set(arena, request, "object", patched);
    struct json *again = ask(arena, ADMISSION_MUTATE, text_from(json_print(arena, review)));
    ensure(again && !json_get(again, "patch"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text body = { (const char *)data, size };
    struct json *verdict = ask(arena, ADMISSION_VALIDATE, body), *filled = ask(arena, ADMISSION_MUTATE, body);
    struct json *review = NULL;

    ensure(!verdict == !filled);
    if (!verdict)
        return 0;
    ensure(
        json_parse(arena, body, &(struct json_parse_options){ .skip_managed_fields = true }, &review, NULL));
    ensure(str_equal(json_string_at(verdict, "uid", ""), json_string_at(review, "request.uid", "-")));
    ensure(json_bool_at(filled, "allowed", false) && !json_get(verdict, "patch"));
    const struct json *patch = patch_of(arena, filled);
    if (patch)
        check_patch(arena, review, patch);
    return 0;
}
