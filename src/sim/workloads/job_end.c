#include "base/time.h"
#include "sim/workloads/job.h"

static const int64_t delay_min_ns = 10 * NANOSECONDS_PER_SECOND;
static const int64_t delay_max_ns = 600 * NANOSECONDS_PER_SECOND;

void job_come_back(struct control *control, int64_t after_ns) {
    int64_t due_ns = clock_monotonic(control->clock) + after_ns;

    control->again_ns = due_ns < control->again_ns ? due_ns : control->again_ns;
}

static const char *const lists[] = { "status.containerStatuses", "status.initContainerStatuses" };

/* ---- spec.podFailurePolicy ---- */

static bool has_code(const struct json *requirement, int64_t code) {
    bool is_listed = false;

    JSON_FOR_EACH_ITEM (value, json_get(requirement, "values"))
        is_listed = is_listed || json_integer(value, 0) == code;
    return is_listed == str_equal(json_string_at(requirement, "operator", ""), "In");
}

/* The container whose exit code the rule is about; NULL: none. Those that succeeded don't count. */
static const struct json *exited_with(const struct json *requirement, const struct json *pod) {
    const char *wanted = json_string_at(requirement, "containerName", NULL);

    for (size_t i = 0; requirement && i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_at(pod, lists[i])) {
            int64_t code = json_integer_at(container, "state.terminated.exitCode", 0);
            if (code && (!wanted || str_equal(wanted, json_string_at(container, "name", ""))) &&
                has_code(requirement, code))
                return container;
        }
    return NULL;
}

static const struct json *in_condition(const struct json *patterns, const struct json *pod) {
    JSON_FOR_EACH_ITEM (pattern, patterns) {
        const struct json *condition = object_condition(pod, json_string_at(pattern, "type", ""));
        if (condition &&
            str_equal(json_string_at(condition, "status", ""), json_string_at(pattern, "status", "True")))
            return condition;
    }
    return NULL;
}

/* The action of the first rule that is about the pod; "" when none is. out_message: what it says, in arena.
 */
static const char *judge(struct arena *arena, const struct json *job, const struct json *pod,
                         const char **out_message) {
    int index = 0;

    if (!str_equal(json_string_at(pod, "status.phase", ""), "Failed"))
        return "";
    JSON_FOR_EACH_ITEM (rule, json_at(job, "spec.podFailurePolicy.rules")) {
        const char *action = json_string_at(rule, "action", "");
        const struct json *container = exited_with(json_get(rule, "onExitCodes"), pod);
        const struct json *condition = in_condition(json_get(rule, "onPodConditions"), pod);
        if (container && arena)
            *out_message = arena_printf(
                arena, "Container %s for pod %s/%s failed with exit code %lld matching %s rule at index %d",
                json_string_at(container, "name", ""), object_namespace(pod), object_name(pod),
                (long long)json_integer_at(container, "state.terminated.exitCode", 0), action, index);
        else if (condition && arena)
            *out_message = arena_printf(arena, "Pod %s/%s has condition %s matching %s rule at index %d",
                                        object_namespace(pod), object_name(pod),
                                        json_string_at(condition, "type", ""), action, index);
        if (container || condition)
            return action;
        index++;
    }
    return "";
}

bool job_ignores_failure(const struct json *job, const struct json *pod) {
    return str_equal(judge(NULL, job, pod, NULL), "Ignore");
}

/* ---- the end ---- */

/* With restartPolicy OnFailure the containers' restarts count, not the pods. */
static bool restarts_too_often(const struct job_view *view, int64_t limit) {
    int64_t restarts = 0;

    if (!str_equal(json_string_at(view->job, "spec.template.spec.restartPolicy", ""), "OnFailure"))
        return false;
    MIRROR_FOR_EACH(pod, view->pods)
    for (size_t i = 0; !pod_is_finished(pod) && i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_at(pod, lists[i]))
            restarts += json_integer_at(container, "restartCount", 0);
    return limit ? restarts >= limit : restarts > 0;
}

static bool is_past_deadline(struct job_view *view) {
    int64_t seconds = json_integer_at(view->job, "spec.activeDeadlineSeconds", -1), start_ns;

    if (seconds < 0 || job_is_suspended(view->job) ||
        !time_parse(text_from(json_string_at(view->job, "status.startTime", "")), &start_ns))
        return false;
    int64_t left_ns = start_ns + seconds * NANOSECONDS_PER_SECOND - clock_wall(view->control->clock);
    if (left_ns > 0)
        job_come_back(view->control, left_ns);
    return left_ns <= 0;
}

struct job_end job_failure(struct job_view *view) {
    int64_t limit = json_integer_at(view->job, "spec.backoffLimit", 6);
    const struct json *target = object_condition(view->job, "FailureTarget");
    const char *message = NULL;

    if (target)
        return (struct job_end){ json_string_at(target, "reason", ""),
                                 json_string_at(target, "message", "") };
    MIRROR_FOR_EACH(pod, view->pods)
    if (job_has_finalizer(pod) && str_equal(judge(view->control->arena, view->job, pod, &message), "FailJob"))
        return (struct job_end){ "PodFailurePolicy", message };
    if (job_count(view, "failed") > limit || restarts_too_often(view, limit))
        return (struct job_end){ "BackoffLimitExceeded", "Job has reached the specified backoff limit" };
    if (is_past_deadline(view))
        return (struct job_end){ "DeadlineExceeded", "Job was active longer than specified deadline" };
    return (struct job_end){ NULL, NULL };
}

/* Without a number of completions, the first success is enough, and the other pods may finish. */
bool job_has_succeeded(const struct job_view *view) {
    const struct json *completions = json_at(view->job, "spec.completions");
    int64_t succeeded = job_count(view, "succeeded");

    return completions ? succeeded >= json_integer(completions, 1) : succeeded > 0 && !view->active_count;
}

/* ---- the next try ---- */

static int64_t ended_at(const struct json *pod) {
    const struct json *ready = object_condition(pod, "Ready");
    int64_t last_ns = 0, at_ns;

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_at(pod, lists[i]))
            if (time_parse(text_from(json_string_at(container, "state.terminated.finishedAt", "")), &at_ns) &&
                at_ns > last_ns)
                last_ns = at_ns;
    if (last_ns || time_parse(text_from(json_string_at(ready, "lastTransitionTime", "")), &last_ns) ||
        time_parse(text_from(json_string_at(pod, "metadata.creationTimestamp", "")), &last_ns))
        return last_ns;
    return 0;
}

/* Doubled with every pod that failed since the last one that succeeded. Those that are gone are forgotten. */
int64_t job_delay_ns(const struct job_view *view) {
    int64_t success_ns = 0, failure_ns = 0, delay_ns = delay_min_ns;
    size_t failures = 0;

    MIRROR_FOR_EACH(pod, view->pods)
    if (str_equal(json_string_at(pod, "status.phase", ""), "Succeeded") && ended_at(pod) > success_ns)
        success_ns = ended_at(pod);
    MIRROR_FOR_EACH(pod, view->pods) {
        if (!str_equal(json_string_at(pod, "status.phase", ""), "Failed") || ended_at(pod) < success_ns)
            continue;
        failures++;
        failure_ns = ended_at(pod) > failure_ns ? ended_at(pod) : failure_ns;
    }
    if (!failures)
        return 0;
    for (size_t i = 1; i < failures && delay_ns < delay_max_ns; i++)
        delay_ns *= 2;
    int64_t left_ns =
        failure_ns + (delay_ns < delay_max_ns ? delay_ns : delay_max_ns) - clock_wall(view->control->clock);
    return left_ns > 0 ? left_ns : 0;
}
