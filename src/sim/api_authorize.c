#include "sim/api_authorize.h"

#include "sim/api_counts.h"

static bool is_authenticated(const struct api_user *user) {
    for (size_t i = 0; i < user->group_count; i++)
        if (str_equal(user->groups[i], "system:authenticated"))
            return true;
    return false;
}

static bool refuse(struct api_context *context) {
    const struct api_call *call = context->call;
    const char *where = *context->namespace
                            ? arena_printf(context->arena, " in the namespace \"%s\"", context->namespace)
                            : " at the cluster scope";
    const char *resource =
        str_empty(call->subresource)
            ? call->resource->plural
            : arena_printf(context->arena, "%s/%s", call->resource->plural, call->subresource);
    return api_refuse_forbidden(
        context, call->name, "User \"%s\" cannot %s resource \"%s\" in API group \"%s\"%s", call->user->name,
        api_verb_name(call->verb), resource, call->resource->group, where);
}

bool api_authorize(struct api_context *context) {
    const struct api_user *user = context->call->user;
    return !user || is_authenticated(user) || refuse(context);
}

void api_authorize_review(struct api_context *context, const struct json *spec, struct json *status) {
    if (str_equal(context->resource->kind, "SelfSubjectRulesReview")) {
        struct json *rules = json_set_array(context->arena, status, "resourceRules");
        static const char *const members[] = { "verbs", "apiGroups", "resources" };
        struct json *rule = json_append_object(context->arena, rules);
        for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
            json_append_string(context->arena, json_set_array(context->arena, rule, members[i]), "*");
        json_set_array(context->arena, status, "nonResourceRules");
        json_set_bool(context->arena, status, "incomplete", false);
        return;
    }
    json_set_bool(context->arena, status, "allowed", true);
}
