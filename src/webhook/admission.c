#include "webhook/admission.h"

#include "webhook/mutation.h"

#define GROUP "neo4j.neo4j.com"

/* "Neo4jBackup.neo4j.neo4j.com "x" is invalid: [a, b]", as an API server writes it. */
static char *refusal_text(struct arena *arena, const struct review_request *request,
                          const struct admission_verdict *verdict) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    bool is_list = verdict->error_count > 1;

    buffer_printf(&text, "%s.%s \"%s\" is invalid: %s", request->kind, request->group, request->name,
                  is_list ? "[" : "");
    for (size_t i = 0; i < verdict->error_count; i++)
        buffer_printf(&text, "%s%s: %s", i ? ", " : "", verdict->errors[i].field, verdict->errors[i].message);
    if (is_list)
        buffer_add_char(&text, ']');
    return arena_strdup(arena, buffer_string(&text));
}

/* ---- deletion ---- */

static bool is_being_deleted(const struct json *object) {
    return json_is(json_at(object, "metadata.deletionTimestamp"), JSON_STRING);
}

static char *lower(struct arena *arena, const char *string) {
    char *copy = arena_strdup(arena, string);

    for (char *at = copy; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

static bool is_protected(const struct json *object) {
    const struct json *annotations = json_at(object, "metadata.annotations");

    return str_equal(json_string(json_get(annotations, DELETION_PROTECTION_ANNOTATION), ""), "true");
}

static void judge_deletion(const struct admission_options *options, struct arena *arena,
                           const struct review_request *request, struct review_answer *answer) {
    /* What is being deleted already waits for its finalizers: nothing is left to protect. */
    if (!options->deletion_protection || !is_protected(request->old_object) ||
        is_being_deleted(request->old_object))
        return;
    answer->is_allowed = false;
    answer->code = 403;
    answer->reason = "Forbidden";
    answer->message =
        arena_printf(arena,
                     "%s.%s \"%s\" is protected from deletion; to delete it, first run: kubectl annotate "
                     "%s %s -n %s " DELETION_PROTECTION_ANNOTATION "-",
                     request->kind, request->group, request->name, lower(arena, request->kind), request->name,
                     request->namespace);
}

/* ---- creation and change ---- */

/* NULL and {} are the same to us. */
static bool is_same_spec(const struct review_request *request) {
    const struct json *before = json_get(request->old_object, "spec");
    const struct json *after = json_get(request->object, "spec");

    return (!json_length(before) && !json_length(after)) || json_equal(before, after);
}

static bool needs_no_judge(const struct review_request *request) {
    return request->operation == REVIEW_UPDATE &&
           (is_being_deleted(request->object) || is_same_spec(request));
}

static void judge_object(const struct admission_options *options, enum admission_task task,
                         struct arena *arena, const struct review_request *request,
                         struct review_answer *answer) {
    const struct admission_judge *judge = &options->judge;
    struct admission_verdict verdict = { 0 };

    if (!judge->judge(judge->context, arena, request->kind, request->object, request->old_object, &verdict))
        return;
    if (task == ADMISSION_MUTATE) {
        /* Also of an object that will be refused: the refusal is the other webhook's to tell. */
        answer->patch = mutation_patch(
            arena,
            &(struct mutation){ .object = request->object,
                                .with_defaults = verdict.error_count ? NULL : verdict.object,
                                .kind = request->kind,
                                .name = request->name,
                                .version = request->operation == REVIEW_CREATE ? options->version : NULL });
        return;
    }
    answer->warnings = verdict.warnings;
    answer->warning_count = verdict.warning_count;
    if (!verdict.error_count)
        return;
    answer->is_allowed = false;
    answer->code = 422;
    answer->reason = "Invalid";
    answer->message = refusal_text(arena, request, &verdict);
    answer->causes = verdict.errors;
    answer->cause_count = verdict.error_count;
}

bool admission_answer(const struct admission_options *options, enum admission_task task, struct text body,
                      struct buffer *out, struct admission_outcome *out_outcome, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct review_answer answer = { .is_allowed = true };
    struct review_request request;

    if (!review_parse(arena, body, &request, err))
        return false;
    /* Left out where the API server makes the name up, and where a whole collection is deleted. */
    if (str_empty(request.name))
        request.name =
            json_string_at(request.object ? request.object : request.old_object, "metadata.name", "");
    bool is_ours = str_equal(request.group, GROUP) && str_empty(request.subresource);
    if (is_ours && request.operation == REVIEW_DELETE && task == ADMISSION_VALIDATE)
        judge_deletion(options, arena, &request, &answer);
    if (is_ours && (request.operation == REVIEW_CREATE || request.operation == REVIEW_UPDATE) &&
        !needs_no_judge(&request))
        judge_object(options, task, arena, &request, &answer);
    review_write(out, &request, &answer);
    *out_outcome = (struct admission_outcome){ request.operation, answer.is_allowed };
    return true;
}
