#include "test.h"

#include "kube/status.h"

TEST("makes errors of what the API server answers") {
    static const struct {
        const char *name;
        int status;
        const char *body;
        enum error_kind kind;
        bool outcome_unknown;
        const char *text;
    } rows[] = {
        { "not found", 404,
          "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404,\"message\":\"pods \\\"a\\\" not "
          "found\","
          "\"details\":{\"name\":\"a\",\"kind\":\"pods\"}}",
          ERROR_NOT_FOUND, false, "pods \"a\" not found" },
        { "a path that is not served", 404, "404 page not found\n", ERROR_REFUSED, false,
          "the API server does not serve neo4jenterpriseclusters of neo4j.neo4j.com/v1alpha1; is its "
          "CustomResourceDefinition installed?" },
        { "already exists", 409,
          "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"code\":409,\"message\":\"m\"}",
          ERROR_ALREADY_EXISTS, false, "m" },
        { "conflict", 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"code\":409,\"message\":\"m\"}",
          ERROR_CONFLICT, false, "m" },
        { "expired", 410, "{\"kind\":\"Status\",\"reason\":\"Expired\",\"code\":410,\"message\":\"m\"}",
          ERROR_GONE, false, "m" },
        { "invalid, with causes that the message lacks", 422,
          "{\"kind\":\"Status\",\"code\":422,\"message\":\"a is wrong\",\"details\":{\"causes\":["
          "{\"field\":\"spec.a\",\"message\":\"is wrong\"},{\"field\":\"spec.b\",\"message\":\"must be "
          "1\"}]}}",
          ERROR_INVALID, false, "a is wrong; spec.b: must be 1" },
        { "unauthorized without a body", 401, "", ERROR_UNAUTHORIZED, false,
          "the API server answered 401; these credentials are not accepted: renew the token or certificate" },
        { "forbidden", 403, "{\"kind\":\"Status\",\"code\":403,\"message\":\"no\"}", ERROR_FORBIDDEN, false,
          "no; give the account this permission" },
        { "throttled", 429, "{\"kind\":\"Status\",\"code\":429}", ERROR_THROTTLED, false,
          "the API server answered 429 " },
        { "webhook failed", 500, "{\"kind\":\"Status\",\"code\":500,\"message\":\"webhook\"}", ERROR_REFUSED,
          true, "webhook" },
        { "overloaded", 503, "<html>", ERROR_UNAVAILABLE, true, "the API server answered 503" },
        { "timeout by reason", 500,
          "{\"kind\":\"Status\",\"reason\":\"ServerTimeout\",\"code\":500,\"message\":\"t\"}", ERROR_TIMEOUT,
          true, "t" },
        { "gateway timeout", 504, "{\"kind\":\"Status\",\"code\":504,\"message\":\"t\"}", ERROR_TIMEOUT, true,
          "t" },
        { "a redirect", 302, "", ERROR_PROTOCOL, false, "the API server answered 302" },
        { "an object instead of a Status", 400, "{\"kind\":\"Pod\",\"message\":\"x\"}", ERROR_INVALID, false,
          "the API server answered 400" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(http_answer_clear) struct http_answer answer = { .status = rows[i].status };
        struct error err = { 0 };
        buffer_add_string(&answer.body, rows[i].body);
        assert_false(status_error(&answer, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, true, &err));
        if (err.kind != rows[i].kind || err.outcome_unknown != rows[i].outcome_unknown ||
            strcmp(err.text, rows[i].text))
            fail_msg("%s: %s: %s", rows[i].name, error_reason(err.kind), err.text);
        assert_false(status_error(&answer, &KUBE_PODS, false, &err));
        assert_false(err.outcome_unknown);
    }
}
