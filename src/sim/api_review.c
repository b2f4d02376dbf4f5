#include "sim/api_internal.h"

#include "sim/api_authorize.h"

/* Reviews: questions that are created and answered, and not kept. */

static struct json *user_info(struct arena *arena, const struct api_user *user) {
    struct json *info = json_new_object(arena);
    json_set_string(arena, info, "username", user ? user->name : "system:apiserver");
    if (user && user->uid)
        json_set_string(arena, info, "uid", user->uid);
    struct json *groups = json_set_array(arena, info, "groups");
    for (size_t i = 0; user && i < user->group_count; i++)
        json_append_string(arena, groups, user->groups[i]);
    return info;
}

static void review_token(struct api_context *context, const struct json *spec, struct json *status) {
    const char *token = json_string_at(spec, "token", "");
    const struct api_user *user = api_user_of_token(context->api, context->arena, text_from(token));

    if (!user) {
        json_set_string(context->arena, status, "error", "invalid bearer token");
        return;
    }
    json_set_bool(context->arena, status, "authenticated", true);
    json_set(context->arena, status, "user", user_info(context->arena, user));
}

bool api_review(struct api_context *context) {
    const char *kind = context->resource->kind;
    struct json *review, *status;

    if (!json_is(context->call->body, JSON_OBJECT))
        return api_refuse(context, 400, "BadRequest", "the body of the request is empty");
    review = json_copy(context->arena, context->call->body);
    json_set_string(context->arena, review, "kind", kind);
    json_set_string(context->arena, review, "apiVersion", context->resource->api_version);
    json_ensure_object(context->arena, review, "metadata");
    status = json_set_object(context->arena, review, "status");
    if (str_equal(kind, "TokenReview"))
        review_token(context, json_get(review, "spec"), status);
    else if (str_equal(kind, "SelfSubjectReview"))
        json_set(context->arena, status, "userInfo", user_info(context->arena, context->call->user));
    else
        api_authorize_review(context, json_get(review, "spec"), status);
    return api_succeed(context, 201, review);
}
