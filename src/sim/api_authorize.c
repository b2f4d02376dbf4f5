#include "sim/api_authorize.h"

#include "sim/api_counts.h"

/* Role-based access control: what is not granted is refused.
 *
 * The server itself and the group system:masters may do everything. Whoever is authenticated may ask about
 * himself. Everything else comes from Roles and ClusterRoles through their bindings. After:
 * k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go. */

#define RBAC ".rbac.authorization.k8s.io"

/* What is asked. */
struct question {
    const struct api_user *user;
    const char *verb;
    const char *group;
    const char *resource;    /* "pods" or "pods/log" */
    const char *subresource; /* NULL: none */
    const char *namespace;   /* "" for the cluster's scope */
    const char *name;        /* "" for none */
};

static bool is_in(const struct api_user *user, const char *group) {
    for (size_t i = 0; i < user->group_count; i++)
        if (str_equal(user->groups[i], group))
            return true;
    return false;
}

/* ---- rules ---- */

static bool has_word(const struct json *words, const char *word) {
    JSON_FOR_EACH_ITEM (item, words)
        if (str_equal(json_string(item, ""), word))
            return true;
    return false;
}

static bool has_resource(struct arena *arena, const struct json *resources, const struct question *question) {
    return has_word(resources, "*") || has_word(resources, question->resource) ||
           (question->subresource && has_word(resources, arena_printf(arena, "*/%s", question->subresource)));
}

static bool grants(struct arena *arena, const struct json *rule, const struct question *question) {
    const struct json *verbs = json_get(rule, "verbs"), *groups = json_get(rule, "apiGroups");
    const struct json *names = json_get(rule, "resourceNames");
    return (has_word(verbs, "*") || has_word(verbs, question->verb)) &&
           (has_word(groups, "*") || has_word(groups, question->group)) &&
           has_resource(arena, json_get(rule, "resources"), question) &&
           (!json_length(names) || (*question->name && has_word(names, question->name)));
}

/* ---- bindings ---- */

static bool names_user(const struct json *subject, const char *namespace, const struct question *question) {
    const char *kind = json_string_at(subject, "kind", ""), *name = json_string_at(subject, "name", "");
    static const char prefix[] = "system:serviceaccount:";
    const char *user = question->user->name;

    if (str_equal(kind, "User"))
        return str_equal(user, name);
    if (str_equal(kind, "Group"))
        return is_in(question->user, name);
    if (!str_equal(kind, "ServiceAccount") || !str_starts_with(user, prefix))
        return false;
    struct text rest = text_from(user + sizeof(prefix) - 1);
    struct text account_namespace = text_cut(&rest, ':');
    return text_is(account_namespace, json_string_at(subject, "namespace", namespace)) && text_is(rest, name);
}

static const struct json *rules_of(struct api *api, struct arena *arena, const struct json *reference,
                                   const char *namespace) {
    bool is_role = str_equal(json_string_at(reference, "kind", ""), "Role");
    const struct store_value *role =
        store_get(api->store, is_role ? "roles" RBAC : "clusterroles" RBAC,
                  store_key(arena, is_role ? namespace : "", json_string_at(reference, "name", "")));
    return role ? json_get(store_value_parse(arena, role), "rules") : NULL;
}

static bool binding_grants(struct api *api, struct arena *arena, const struct json *binding,
                           const struct question *question) {
    const char *namespace = json_string_at(binding, "metadata.namespace", "");
    bool is_named = false;

    JSON_FOR_EACH_ITEM (subject, json_get(binding, "subjects"))
        is_named = is_named || names_user(subject, namespace, question);
    if (!is_named)
        return false;
    JSON_FOR_EACH_ITEM (rule, rules_of(api, arena, json_get(binding, "roleRef"), namespace))
        if (grants(arena, rule, question))
            return true;
    return false;
}

static bool any_grants(struct api *api, struct arena *arena, struct store_list bindings,
                       const struct question *question) {
    for (size_t i = 0; i < bindings.count; i++)
        if (binding_grants(api, arena, store_value_parse(arena, bindings.items[i]), question))
            return true;
    return false;
}

/* ---- decisions ---- */

static bool is_about_oneself(const struct question *question) {
    return str_equal(question->verb, "create") && str_starts_with(question->resource, "selfsubject");
}

static bool is_allowed(struct api *api, struct arena *arena, const struct question *question) {
    if (is_in(question->user, "system:masters"))
        return true;
    if (!is_in(question->user, "system:authenticated"))
        return false;
    if (is_about_oneself(question) ||
        any_grants(api, arena, store_list(api->store, arena, "clusterrolebindings" RBAC, NULL), question))
        return true;
    return *question->namespace && any_grants(api, arena,
                                              store_list(api->store, arena, "rolebindings" RBAC,
                                                         arena_printf(arena, "%s/", question->namespace)),
                                              question);
}

bool api_authorize(struct api_context *context) {
    const struct api_call *call = context->call;
    bool has_part = !str_empty(call->subresource);
    struct question question = {
        .user = call->user,
        .verb = api_verb_name(call->verb),
        .group = call->resource->group,
        .resource = has_part
                        ? arena_printf(context->arena, "%s/%s", call->resource->plural, call->subresource)
                        : call->resource->plural,
        .subresource = has_part ? call->subresource : NULL,
        .namespace = context->namespace,
        .name = call->name ? call->name : "",
    };
    const char *where;

    if (!call->user || is_allowed(context->api, context->arena, &question))
        return true;
    where = *context->namespace ? arena_printf(context->arena, "in the namespace \"%s\"", context->namespace)
                                : "at the cluster scope";
    return api_refuse_forbidden(context, call->name,
                                "User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s",
                                question.user->name, question.verb, question.resource, question.group, where);
}

/* ---- reviews ---- */

static const struct api_user *user_of_spec(struct arena *arena, const struct json *spec) {
    struct api_user *user = ARENA_NEW(arena, struct api_user);
    const struct json *groups = json_get(spec, "groups");
    const char **names = ARENA_ARRAY(arena, const char *, json_length(groups) + 1);

    user->name = json_string_at(spec, "user", "");
    JSON_FOR_EACH_ITEM (group, groups)
        names[user->group_count++] = json_string(group, "");
    names[user->group_count++] = "system:authenticated";
    user->groups = names;
    return user;
}

/* All that the user may do in the namespace, rule by rule. */
static void list_rules(struct api_context *context, const char *namespace, struct json *rules) {
    struct store_list lists[] = {
        store_list(context->api->store, context->arena, "clusterrolebindings" RBAC, NULL),
        store_list(context->api->store, context->arena, "rolebindings" RBAC,
                   arena_printf(context->arena, "%s/", namespace)),
    };
    struct question question = { .user = context->call->user };

    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        for (size_t j = 0; j < lists[i].count; j++) {
            struct json *binding = store_value_parse(context->arena, lists[i].items[j]);
            const char *place = json_string_at(binding, "metadata.namespace", "");
            bool is_named = false;
            JSON_FOR_EACH_ITEM (subject, json_get(binding, "subjects"))
                is_named = is_named || names_user(subject, place, &question);
            if (is_named)
                JSON_FOR_EACH_ITEM (
                    rule, rules_of(context->api, context->arena, json_get(binding, "roleRef"), place))
                    json_append(context->arena, rules, rule);
        }
}

void api_authorize_review(struct api_context *context, const struct json *spec, struct json *status) {
    const struct json *attributes = json_get(spec, "resourceAttributes");
    bool is_self = str_starts_with(context->resource->kind, "Self");
    struct question question = {
        .user = is_self ? context->call->user : user_of_spec(context->arena, spec),
        .verb = json_string_at(attributes, "verb", ""),
        .group = json_string_at(attributes, "group", ""),
        .resource = json_string_at(attributes, "resource", ""),
        .subresource = json_string_at(attributes, "subresource", NULL),
        .namespace = json_string_at(attributes, "namespace", ""),
        .name = json_string_at(attributes, "name", ""),
    };

    if (str_equal(context->resource->kind, "SelfSubjectRulesReview")) {
        struct json *rules = json_set_array(context->arena, status, "resourceRules");
        if (context->call->user)
            list_rules(context, json_string_at(spec, "namespace", ""), rules);
        json_set_array(context->arena, status, "nonResourceRules");
        json_set_bool(context->arena, status, "incomplete", false);
        return;
    }
    if (question.subresource)
        question.resource = arena_printf(context->arena, "%s/%s", question.resource, question.subresource);
    json_set_bool(context->arena, status, "allowed",
                  !question.user || is_allowed(context->api, context->arena, &question));
}
