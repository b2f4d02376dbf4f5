/* Target: a call as an HTTP request's method, path, query, types and body. */
#pragma once

#include "kube/kube.h"

/* "GET" … */
const char *target_method(enum kube_verb verb);
/* Appends prefix, path and query. */
void target_add(struct buffer *out, const char *prefix, const struct kube_call *call);
/* Appends "?name=value" or "&name=value", encoded; nothing when value is NULL or empty. */
void target_add_query(struct buffer *out, const char *name, const char *value);
/* NULL: plain JSON. */
const char *target_accept(const struct kube_call *call, bool is_watch);
/* NULL where the verb has no body. */
const char *target_content_type(enum kube_verb verb);
/* Appends the body: call->body, or the options of a delete. */
void target_add_body(struct buffer *out, const struct kube_call *call);
/* Whether doing it twice is as good as once. */
bool target_is_repeatable(const struct kube_call *call);
bool target_is_write(const struct kube_call *call);
