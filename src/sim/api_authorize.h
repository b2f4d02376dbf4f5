/* Authorization: who may do what. */
#pragma once

#include "sim/api_internal.h"

/* Whether the call's user may make it; refuses with 403 otherwise. */
bool api_authorize(struct api_context *context);

/* Answers the spec of a SubjectAccessReview or SelfSubjectRulesReview of any kind. */
void api_authorize_review(struct api_context *context, const struct json *spec, struct json *status);
