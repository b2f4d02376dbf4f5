/* Admission requests: whether an HTTP request is one that the admission server answers. */
#pragma once

#include "webhook/admission.h"

#include <event2/http.h>

/* The task that the path names. ERROR_NOT_FOUND: there is no such path. */
CHECKED bool admission_path_task(const char *path, enum admission_task *out_task, struct error *err);

/* Everything but the body. *out_code is the HTTP status for the refusal that err explains. */
CHECKED bool admission_request_check(struct evhttp_request *request, enum admission_task *out_task,
                                     int *out_code, struct error *err);
