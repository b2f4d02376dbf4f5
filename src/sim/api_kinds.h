/* Functions of api_strategy.c's table: what api_internal.h says of struct api_strategy holds for each. */
#pragma once

#include "sim/api_internal.h"

#define API_PREPARE(name) void name(struct api_context *context, struct json *object, const struct json *live)
#define API_ADMIT(name)   bool name(struct api_context *context, struct json *object, const struct json *live)
#define API_WRITTEN(name)                                                                                    \
    void name(struct api_context *context, const struct json *object, const struct json *live)
#define API_VALIDATE(name)                                                                                   \
    void name(struct api_context *context, const struct json *object, const struct json *live,               \
              struct field_errors *errors)

/* api_kind_core.c */
API_VALIDATE(api_config_map_validate);
API_PREPARE(api_event_read);
API_VALIDATE(api_event_validate);
API_PREPARE(api_namespace_read);
API_PREPARE(api_namespace_prepare);
API_WRITTEN(api_namespace_written);
API_PREPARE(api_claim_prepare);
API_VALIDATE(api_claim_validate);
API_PREPARE(api_volume_prepare);
API_PREPARE(api_secret_read);
API_ADMIT(api_secret_admit);
API_VALIDATE(api_secret_validate);
API_VALIDATE(api_binding_validate);

/* api_kind_pod.c */
API_PREPARE(api_pod_prepare);
API_ADMIT(api_pod_admit);
API_VALIDATE(api_pod_validate);

/* api_kind_service.c */
API_PREPARE(api_service_prepare);
API_ADMIT(api_service_admit);
API_VALIDATE(api_service_validate);

/* api_kind_apps.c */
API_VALIDATE(api_selector_validate);
API_VALIDATE(api_stateful_set_validate);

/* api_kind_batch.c */
API_PREPARE(api_job_prepare);
API_VALIDATE(api_job_validate);
API_VALIDATE(api_cron_job_validate);

/* api_crd.c */
API_PREPARE(api_crd_read);
API_PREPARE(api_crd_prepare);
API_VALIDATE(api_crd_validate);
API_WRITTEN(api_crd_written);

/* Adds "field is immutable" when the member at path differs. */
void api_validate_immutable(const struct json *object, const struct json *live, const char *path,
                            struct field_errors *errors);
