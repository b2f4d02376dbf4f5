#include "api/rules_storage.h"

static const struct {
    const char *storage_type;
    const char *provider;
    const char *annotation; /* of a ServiceAccount that stands for an identity of the cloud */
} clouds[] = {
    { "s3", "aws", "eks.amazonaws.com/role-arn" },
    { "gcs", "gcp", "iam.gke.io/gcp-service-account" },
    { "azure", "azure", "azure.workload.identity/client-id" },
};

static const char *provider_of(const char *storage_type) {
    for (size_t i = 0; i < ARRAY_LENGTH(clouds); i++) {
        if (str_equal(clouds[i].storage_type, storage_type))
            return clouds[i].provider;
    }
    return NULL;
}

static const char *annotation_of(const char *provider) {
    for (size_t i = 0; i < ARRAY_LENGTH(clouds); i++) {
        if (str_equal(clouds[i].provider, provider))
            return clouds[i].annotation;
    }
    return NULL;
}

static const char *below(struct findings *errors, const char *field, const char *name) {
    return arena_printf(errors->arena, "%s.%s", field, name);
}

static const struct json *shown(struct findings *errors, const char *value) {
    return json_new_string(errors->arena, value);
}

static bool has_parent_step(const char *path) {
    struct text rest = text_from(path);

    while (rest.data) {
        if (text_is(text_cut(&rest, '/'), ".."))
            return true;
    }
    return false;
}

static void judge_identity(const struct cloud *cloud, const char *field, struct findings *errors) {
    const struct cloud_identity *identity = cloud->identity;
    const char *provider = identity->provider ? identity->provider : cloud->provider;
    const char *annotation = annotation_of(provider);

    if (identity->provider && cloud->provider && !str_equal(identity->provider, cloud->provider))
        findings_add(errors, FINDING_INVALID, "R16", below(errors, field, "identity.provider"),
                     shown(errors, identity->provider), "must be %s, as cloud.provider says",
                     cloud->provider);
    if (identity->auto_create && identity->auto_create->enabled && annotation &&
        !json_get(identity->auto_create->annotations, annotation))
        findings_add(errors, FINDING_REQUIRED, "R16",
                     below(errors, field,
                           arena_printf(errors->arena, "identity.autoCreate.annotations[%s]", annotation)),
                     NULL, "names the identity of the cloud that the ServiceAccount stands for");
}

void rules_judge_cloud(const struct cloud *cloud, const char *field, struct findings *errors) {
    if (!cloud)
        return;
    if (cloud->identity && cloud->credentials_secret_ref)
        findings_add(errors, FINDING_FORBIDDEN, "R16", below(errors, field, "credentialsSecretRef"), NULL,
                     "use either credentialsSecretRef or identity");
    if (cloud->identity)
        judge_identity(cloud, field, errors);
    if (cloud->endpoint_url && cloud->provider && !str_equal(cloud->provider, "aws"))
        findings_add(errors, FINDING_FORBIDDEN, "R16", below(errors, field, "endpointURL"), NULL,
                     "is for storage that speaks S3, provider aws");
    if (cloud->force_path_style && !cloud->endpoint_url)
        findings_add(errors, FINDING_FORBIDDEN, "R16", below(errors, field, "forcePathStyle"), NULL,
                     "may be set only with endpointURL");
}

void rules_judge_storage_location(const struct storage_location *location, const char *field,
                                  struct findings *errors) {
    if (!location)
        return;
    const char *provider = provider_of(location->type);
    if (provider && str_empty(location->bucket))
        findings_add(errors, FINDING_REQUIRED, "R16", below(errors, field, "bucket"), NULL,
                     "the bucket or container that backups are in");
    if (location->path && has_parent_step(location->path))
        findings_add(errors, FINDING_INVALID, "R16", below(errors, field, "path"),
                     shown(errors, location->path), "must not lead upwards (..)");
    if (provider && location->cloud && location->cloud->provider &&
        !str_equal(location->cloud->provider, provider))
        findings_add(errors, FINDING_INVALID, "R16", below(errors, field, "cloud.provider"),
                     shown(errors, location->cloud->provider), "must be %s for type %s", provider,
                     location->type);
    rules_judge_cloud(location->cloud, below(errors, field, "cloud"), errors);
}
