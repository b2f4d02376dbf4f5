#include "webhook/admission_request.h"

#include <event2/keyvalq_struct.h>
#include <strings.h>
#include <sys/queue.h>

static const struct {
    const char *path;
    enum admission_task task;
} paths[] = {
    { "/validate-neo4j-neo4j-com-v1alpha1", ADMISSION_VALIDATE },
    { "/mutate-neo4j-neo4j-com-v1alpha1", ADMISSION_MUTATE },
};

/* "" or "-neo4jbackup": a kind in lower case. */
static bool is_kind_suffix(const char *suffix) {
    if (!*suffix)
        return true;
    return *suffix == '-' && suffix[1] &&
           strspn(suffix + 1, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(suffix + 1);
}

bool admission_path_task(const char *path, enum admission_task *out_task, struct error *err) {
    for (size_t i = 0; path && i < ARRAY_LENGTH(paths); i++)
        if (str_starts_with(path, paths[i].path) && is_kind_suffix(path + strlen(paths[i].path))) {
            *out_task = paths[i].task;
            return true;
        }
    return error_set(err, ERROR_NOT_FOUND,
                     "there are only %s and %s, and these with - and a kind in lower case", paths[0].path,
                     paths[1].path);
}

static size_t count_headers(const struct evkeyvalq *headers, const char *name) {
    const struct evkeyval *header;
    size_t count = 0;

    TAILQ_FOREACH (header, headers, next)
        count += !strcasecmp(header->key, name);
    return count;
}

/* What evhttp lets through although two readers could read it in two ways. Source: RFC 9112, sections 3.2
 * and 6.3. */
static bool check_framing(const struct evkeyvalq *headers, struct error *err) {
    size_t lengths = count_headers(headers, "Content-Length");
    size_t encodings = count_headers(headers, "Transfer-Encoding");

    if (count_headers(headers, "Host") != 1)
        return error_set(err, ERROR_INVALID, "a request must have one Host");
    if (lengths > 1 || encodings > 1)
        return error_set(err, ERROR_INVALID, "a request must have one Content-Length or Transfer-Encoding");
    if (lengths && encodings)
        return error_set(err, ERROR_INVALID,
                         "a request must not have both Content-Length and Transfer-Encoding");
    return true;
}

static bool is_json(const char *content_type) {
    struct text rest = text_from(content_type ? content_type : "");
    struct text type = text_trim(text_cut(&rest, ';'));

    return type.length == strlen("application/json") &&
           !strncasecmp(type.data, "application/json", type.length);
}

bool admission_request_check(struct evhttp_request *request, enum admission_task *out_task, int *out_code,
                             struct error *err) {
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);

    *out_code = 400;
    if (!check_framing(headers, err))
        return false;
    *out_code = 404;
    if (!admission_path_task(evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request)), out_task, err))
        return false;
    *out_code = 405;
    if (evhttp_request_get_command(request) != EVHTTP_REQ_POST)
        return error_set(err, ERROR_INVALID, "only POST is answered here");
    *out_code = 415;
    if (!is_json(evhttp_find_header(headers, "Content-Type")))
        return error_set(err, ERROR_INVALID, "the body must be application/json");
    return true;
}
