#include "sim/api_http_internal.h"

#include "base/yaml.h"
#include "sim/protobuf.h"

/* Requests for resources: paths and parameters become calls. After: k8s.io/apiserver, endpoints/request and
 * endpoints/handlers. */

struct target {
    const char *namespace;
    const char *plural;
    const char *name;
    const char *subresource;
};

/* [namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE]]; a Namespace itself is at namespaces/NAME. */
static bool parse_target(const char *const *segments, size_t count, struct target *out) {
    *out = (struct target){ 0 };
    if (count > 2 && str_equal(segments[0], "namespaces") && !str_equal(segments[2], "status") &&
        !str_equal(segments[2], "finalize")) {
        out->namespace = segments[1];
        segments += 2;
        count -= 2;
    }
    if (!count || count > 3)
        return false;
    out->plural = segments[0];
    out->name = count > 1 ? segments[1] : NULL;
    out->subresource = count > 2 ? segments[2] : NULL;
    return true;
}

/* ---- parameters ---- */

static bool refuse_parameter(struct http_exchange *exchange, const char *message) {
    http_answer_status(exchange, 400, "BadRequest", message);
    return false;
}

static bool read_integer(struct http_exchange *exchange, const char *name, int64_t *out) {
    const char *text = url_parameter(&exchange->url, name);
    if (str_empty(text))
        return true;
    if (parse_int64(text_from(text), out))
        return true;
    return refuse_parameter(
        exchange, arena_printf(exchange->arena, "strconv.ParseInt: parsing \"%s\": invalid syntax", text));
}

/* Options of a call are an object of their own, which is judged like any other. */
static bool refuse_options(struct http_exchange *exchange, enum api_verb verb,
                           const struct field_errors *errors) {
    static const char *const kinds[] = {
        [API_GET] = "GetOptions",       [API_LIST] = "ListOptions",
        [API_WATCH] = "ListOptions",    [API_CREATE] = "CreateOptions",
        [API_UPDATE] = "UpdateOptions", [API_PATCH] = "PatchOptions",
        [API_DELETE] = "DeleteOptions", [API_DELETE_COLLECTION] = "DeleteOptions",
    };
    struct json *status = field_errors_status(exchange->arena, errors, "meta.k8s.io", kinds[verb], "");
    json_remove(json_get(status, "details"), "name");
    http_answer_json(exchange, 422, status);
    return false;
}

static bool read_validation(struct http_exchange *exchange, struct api_call *call) {
    const char *text = url_parameter(&exchange->url, "fieldValidation");
    struct field_errors errors = { .arena = exchange->arena };
    static const char *const supported[] = { "", "Ignore", "Strict", "Warn" };

    if (str_empty(text) || str_equal(text, "Warn"))
        call->validation = API_VALIDATION_WARN;
    else if (str_equal(text, "Strict"))
        call->validation = API_VALIDATION_STRICT;
    else if (str_equal(text, "Ignore"))
        call->validation = API_VALIDATION_IGNORE;
    else {
        field_errors_add_unsupported(&errors, "fieldValidation", json_new_string(exchange->arena, text),
                                     supported, ARRAY_LENGTH(supported));
        return refuse_options(exchange, call->verb, &errors);
    }
    return true;
}

static bool read_dry_run(struct http_exchange *exchange, struct api_call *call) {
    static const char *const supported[] = { "All" };
    const char *text = url_parameter(&exchange->url, "dryRun");
    struct field_errors errors = { .arena = exchange->arena };
    if (str_empty(text))
        return true;
    if (!str_equal(text, "All")) {
        struct json *given = json_new_array(exchange->arena);
        json_append_string(exchange->arena, given, text);
        field_errors_add_unsupported(&errors, "dryRun", given, supported, ARRAY_LENGTH(supported));
        return refuse_options(exchange, call->verb, &errors);
    }
    call->dry_run = true;
    return true;
}

static bool read_parameters(struct http_exchange *exchange, struct api_call *call) {
    const struct url *url = &exchange->url;
    call->label_selector = url_parameter(url, "labelSelector");
    call->field_selector = url_parameter(url, "fieldSelector");
    call->resource_version = url_parameter(url, "resourceVersion");
    call->resource_version_match = url_parameter(url, "resourceVersionMatch");
    call->continue_token = url_parameter(url, "continue");
    call->allow_bookmarks = url_flag(url, "allowWatchBookmarks");
    call->send_initial_events = url_flag(url, "sendInitialEvents");
    call->field_manager = url_parameter(url, "fieldManager");
    call->force = url_flag(url, "force");
    call->propagation = url_parameter(url, "propagationPolicy");
    call->has_grace_period = !str_empty(url_parameter(url, "gracePeriodSeconds"));
    if (url_parameter(url, "orphanDependents"))
        call->propagation = url_flag(url, "orphanDependents") ? "Orphan" : "Background";
    return read_integer(exchange, "limit", &call->limit) &&
           read_integer(exchange, "gracePeriodSeconds", &call->grace_period_seconds) &&
           read_validation(exchange, call) && read_dry_run(exchange, call);
}

/* ---- bodies ---- */

static bool parse_protobuf(struct http_exchange *exchange, struct api_call *call) {
    struct error err = { 0 };
    struct json *body = NULL;
    if (!protobuf_read(exchange->arena, exchange->request->body, &body, &err))
        return refuse_parameter(exchange, err.text);
    call->body = body;
    return true;
}

static bool refuse_media_type(struct http_exchange *exchange, const char *accepted) {
    http_answer_status(
        exchange, 415, "UnsupportedMediaType",
        arena_printf(exchange->arena,
                     "the body of the request was in an unknown format - accepted media types include: "
                     "%s",
                     accepted));
    return false;
}

static bool parse_yaml(struct http_exchange *exchange, struct json **out_body, struct error *err) {
    struct json *documents;
    if (!yaml_parse(exchange->arena, exchange->request->body, &documents, err))
        return false;
    *out_body = json_length(documents) ? json_item(documents, 0) : json_new_null(exchange->arena);
    return true;
}

static bool parse_json(struct http_exchange *exchange, struct api_call *call, struct json **out_body,
                       struct error *err) {
    struct json_parse_options options = { .out_duplicate = &call->duplicate_field };
    return json_parse(exchange->arena, exchange->request->body, &options, out_body, err);
}

/* YAML that looks like JSON is read as JSON first: that is faster, and tells a key that comes twice. */
static bool parse_body(struct http_exchange *exchange, bool is_yaml, struct api_call *call) {
    bool looks_like_json = text_starts_with(text_trim(exchange->request->body), "{");
    struct error err = { 0 };
    struct json *body = NULL;
    bool parsed = (!is_yaml || looks_like_json) && parse_json(exchange, call, &body, &err);

    if (!parsed && is_yaml)
        parsed = parse_yaml(exchange, &body, &err);
    if (!parsed)
        return refuse_parameter(exchange,
                                arena_printf(exchange->arena, "error decoding the body: %s", err.text));
    call->body = body;
    return true;
}

static struct text media_type(const char *content_type) {
    struct text rest = text_from(content_type ? content_type : "");
    return text_trim(text_cut(&rest, ';'));
}

static bool read_body(struct http_exchange *exchange, struct api_call *call) {
    struct text type = media_type(exchange->request->content_type);

    if (!exchange->request->body.length && (call->verb == API_DELETE || call->verb == API_DELETE_COLLECTION))
        return true;
    if (!exchange->request->body.length)
        return refuse_parameter(exchange, "the body of the request is empty");
    if (text_is(type, "application/yaml"))
        return parse_body(exchange, true, call);
    if (!type.length || text_is(type, "application/json") || text_is(type, "*/*"))
        return parse_body(exchange, false, call);
    if (text_is(type, "application/vnd.kubernetes.protobuf"))
        return parse_protobuf(exchange, call);
    return refuse_media_type(exchange,
                             "application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

static bool read_patch(struct http_exchange *exchange, struct api_call *call) {
    static const struct {
        const char *type;
        enum api_patch patch;
    } types[] = {
        { "application/json-patch+json", API_PATCH_JSON },
        { "application/merge-patch+json", API_PATCH_MERGE },
        { "application/strategic-merge-patch+json", API_PATCH_STRATEGIC },
        { "application/apply-patch+yaml", API_PATCH_APPLY },
    };
    struct text type = media_type(exchange->request->content_type);

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (text_is(type, types[i].type)) {
            call->patch = types[i].patch;
            return parse_body(exchange, types[i].patch == API_PATCH_APPLY, call);
        }
    struct json *status =
        api_status_new(exchange->arena, 415, "UnsupportedMediaType", "415: Unsupported Media Type");
    json_set_object(exchange->arena, status, "details");
    http_answer_json(exchange, 415, status);
    return false;
}

/* ---- verbs ---- */

static bool choose_verb(struct http_exchange *exchange, const struct target *target,
                        enum api_verb *out_verb) {
    static const struct {
        const char *method;
        bool needs_name;
        enum api_verb verb;
    } verbs[] = {
        { "GET", true, API_GET },
        { "GET", false, API_LIST },
        { "POST", false, API_CREATE },
        { "PUT", true, API_UPDATE },
        { "PATCH", true, API_PATCH },
        { "DELETE", true, API_DELETE },
        { "DELETE", false, API_DELETE_COLLECTION },
    };
    const char *method = exchange->request->method;
    bool is_create = str_equal(method, "POST") && target->subresource;

    for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++)
        if (str_equal(verbs[i].method, method) &&
            (verbs[i].needs_name == (target->name != NULL) || is_create)) {
            *out_verb = verbs[i].verb;
            return true;
        }
    struct json *status = api_status_new(exchange->arena, 405, "MethodNotAllowed",
                                         "the server does not allow this method on the requested resource");
    json_set_object(exchange->arena, status, "details");
    http_answer_json(exchange, 405, status);
    return false;
}

static void refuse_unknown(struct http_exchange *exchange) {
    struct json *status =
        api_status_new(exchange->arena, 404, "NotFound", "the server could not find the requested resource");
    json_set_object(exchange->arena, status, "details");
    http_answer_json(exchange, 404, status);
}

static void do_watch(struct http_exchange *exchange, const struct api_resource *resource,
                     struct api_call *call) {
    struct api_answer answer;
    /* A watch on one name is a watch on the field. */
    if (call->name)
        call->field_selector = arena_printf(exchange->arena, "metadata.name=%s", call->name);
    call->verb = API_WATCH;
    struct api_watch *watch = api_watch_new(exchange->api, call, exchange->arena, &answer);
    if (!watch) {
        http_answer_call(exchange, NULL, &answer);
        return;
    }
    exchange->answer->code = 200;
    exchange->answer->content_type = exchange->media.content_type;
    exchange->answer->stream = http_stream_of_watch(exchange, resource, watch);
}

static bool is_write(enum api_verb verb) {
    return verb != API_GET && verb != API_LIST && verb != API_WATCH && verb != API_PATCH;
}

void http_do_resource(struct http_exchange *exchange, const char *group, const char *version,
                      const char *const *segments, size_t count) {
    struct target target;
    struct api_call call = { .user = exchange->request->user, .user_agent = exchange->request->user_agent };
    struct api_answer answer;
    const struct api_resource *resource;

    if (!http_negotiate(exchange, true))
        return;
    resource = parse_target(segments, count, &target)
                   ? api_find_resource(exchange->api, group, version, target.plural)
                   : NULL;
    if (!resource || (target.namespace && !resource->is_namespaced) ||
        (target.name && resource->is_namespaced && !target.namespace)) {
        refuse_unknown(exchange);
        return;
    }
    call.resource = resource;
    call.namespace = target.namespace;
    call.name = target.name;
    call.subresource = target.subresource;
    if (!choose_verb(exchange, &target, &call.verb) || !read_parameters(exchange, &call))
        return;
    if ((is_write(call.verb) && !read_body(exchange, &call)) ||
        (call.verb == API_PATCH && !read_patch(exchange, &call)))
        return;
    if (str_equal(exchange->request->method, "GET") && url_flag(&exchange->url, "watch") &&
        !target.subresource) {
        do_watch(exchange, resource, &call);
        return;
    }
    if (api_resource_is(resource, "", "pods") && str_equal(target.subresource, "log") &&
        call.verb == API_GET) {
        http_do_log(exchange, resource, &call);
        return;
    }
    if (resource->is_namespaced && !target.namespace && call.verb == API_CREATE) {
        refuse_unknown(exchange);
        return;
    }
    if ((call.verb == API_DELETE || call.verb == API_DELETE_COLLECTION) &&
        str_equal(json_string(json_item(json_get(call.body, "dryRun"), 0), ""), "All"))
        call.dry_run = true;
    (void)api_do(exchange->api, &call, exchange->arena, &answer);
    /* A Scale or a token is no object of the resource. */
    http_answer_call(
        exchange, target.subresource && !str_equal(target.subresource, "status") ? NULL : resource, &answer);
}
