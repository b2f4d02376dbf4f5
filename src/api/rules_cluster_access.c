#include "api/judgement.h"
#include "base/time.h"

/* ---- R10: TLS ---- */

static void judge_external_secrets(const struct judgement *judgement, const struct external_secrets *secrets,
                                   const char *field, bool is_enabled) {
    if (!is_enabled)
        return;
    const struct json *store = secrets ? secrets->secret_store_ref : NULL;
    const char *name =
        json_is(store, JSON_STRING) ? json_string(store, NULL) : json_string_at(store, "name", NULL);
    const char *kind = json_string_at(store, "kind", "SecretStore");

    if (str_empty(name))
        FORBID(judgement, "R10", REQUIRED, arena_printf(judgement->arena, "%s.secretStoreRef", field), NULL,
               "the store to read from: its name, or {name, kind}");
    if (!str_equal(kind, "SecretStore") && !str_equal(kind, "ClusterSecretStore"))
        FORBID(judgement, "R10", NOT_SUPPORTED,
               arena_printf(judgement->arena, "%s.secretStoreRef.kind", field), shown(judgement, kind),
               "supported values: \"SecretStore\", \"ClusterSecretStore\"");
    if (!secrets || (secrets->data_count == 0 && json_length(secrets->key_mapping) == 0))
        FORBID(judgement, "R10", REQUIRED, arena_printf(judgement->arena, "%s.data", field), NULL,
               "at least one entry to read");
}

static void judge_certificate_times(const struct judgement *judgement) {
    const struct tls_settings *tls = judgement->spec->tls;
    int64_t duration;
    int64_t before;

    if (tls->duration && tls->renew_before && duration_parse(text_from(tls->duration), &duration) &&
        duration_parse(text_from(tls->renew_before), &before) && before >= duration)
        FORBID(judgement, "R10", INVALID, "spec.tls.renewBefore", shown(judgement, tls->renew_before),
               "must be shorter than duration, %s", tls->duration);
}

void judge_tls(const struct judgement *judgement) {
    const struct tls_settings *tls = judgement->spec->tls;

    if (str_equal(tls->mode, "cert-manager") && (!tls->issuer_ref || str_empty(tls->issuer_ref->name)))
        FORBID(judgement, "R10", REQUIRED, "spec.tls.issuerRef.name", NULL,
               "mode cert-manager needs the issuer that signs the certificates");
    if (str_equal(tls->mode, "manual") && str_empty(tls->secret_name))
        FORBID(judgement, "R10", REQUIRED, "spec.tls.secretName", NULL,
               "mode manual needs a Secret with tls.crt, tls.key and ca.crt");
    if (str_equal(tls->mode, "external-secrets")) {
        const struct external_secrets *secrets = tls->external_secrets;
        judge_external_secrets(judgement, secrets, "spec.tls.externalSecrets",
                               !secrets || !secrets->has_enabled || secrets->enabled);
    }
    judge_certificate_times(judgement);
}

/* ---- R21: authentication ---- */

static bool has_block(const struct auth *auth, const char *provider) {
    if (str_equal(provider, "ldap"))
        return auth->ldap;
    if (str_equal(provider, "jwt"))
        return auth->jwt || auth->oidc_count > 0;
    return auth->kerberos;
}

static void judge_provider(const struct judgement *judgement) {
    const struct auth *auth = judgement->spec->auth;
    bool has_list = auth->authentication_providers_count > 0;

    if (!str_equal(auth->provider, "native") && !auth->secret_ref && !has_block(auth, auth->provider))
        FORBID(judgement, "R21", REQUIRED, "spec.auth.secretRef", NULL,
               "provider %s needs its settings: spec.auth.%s, or a Secret that holds them", auth->provider,
               auth->provider);
    if (str_equal(auth->provider, "native") && auth->secret_ref &&
        !str_equal(auth->secret_ref, auth->admin_secret))
        FORBID(judgement, "R21", INVALID, "spec.auth.secretRef", shown(judgement, auth->secret_ref),
               "is the same as adminSecret, which is set to %s; remove one of them", auth->admin_secret);
    if (!str_equal(auth->provider, "native") && has_list)
        WARN(judgement, "W7", "spec.auth.provider", shown(judgement, auth->provider),
             "is ignored: authenticationProviders wins");
    if (!has_list && auth->authorization_providers_count > 0)
        FORBID(judgement, "R21", REQUIRED, "spec.auth.authenticationProviders", NULL,
               "must be set when authorizationProviders is");
}

static void judge_ldap(const struct judgement *judgement) {
    const struct auth_ldap *ldap = judgement->spec->auth->ldap;

    if (!ldap)
        return;
    if (str_empty(ldap->host) && (!ldap->server || ldap->server->urls_count == 0))
        FORBID(judgement, "R21", REQUIRED, "spec.auth.ldap.host", NULL,
               "the directory's address, for example ldaps://ldap.example.com");
    const struct auth_ldap_authorization *authorization = ldap->authorization;
    if (authorization && authorization->use_system_account &&
        str_empty(authorization->system_account_secret_ref))
        FORBID(judgement, "R21", REQUIRED, "spec.auth.ldap.authorization.systemAccountSecretRef", NULL,
               "useSystemAccount needs a Secret with username and password");
}

static void judge_oidc(const struct judgement *judgement) {
    const struct auth *auth = judgement->spec->auth;

    for (size_t i = 0; i < auth->oidc_count; i++) {
        const struct oidc_provider *provider = &auth->oidc[i];
        if (provider->well_known_discovery_uri || provider->auth_endpoint || provider->token_endpoint ||
            provider->jwks_uri || provider->user_info_uri)
            continue;
        FORBID(judgement, "R21", REQUIRED,
               arena_printf(judgement->arena, "spec.auth.oidc[%s].wellKnownDiscoveryURI", provider->key),
               NULL, "give this or the endpoints one by one");
    }
}

void judge_auth(const struct judgement *judgement) {
    const struct external_secrets *secrets = judgement->spec->auth->external_secrets;

    judge_provider(judgement);
    judge_ldap(judgement);
    judge_oidc(judgement);
    judge_external_secrets(judgement, secrets, "spec.auth.externalSecrets", secrets && secrets->enabled);
}

/* ---- R26: Services ---- */

void judge_service(const struct judgement *judgement) {
    const struct service_settings *service = judgement->spec->service;
    bool is_load_balancer = str_equal(service->type, "LoadBalancer");
    const struct service_settings_ingress *ingress = service->ingress;

    if (service->load_balancer_ip && !is_load_balancer)
        FORBID(judgement, "R26", FORBIDDEN, "spec.service.loadBalancerIP", NULL,
               "may be set only with type LoadBalancer");
    if (json_length(service->load_balancer_source_ranges) > 0 && !is_load_balancer)
        FORBID(judgement, "R26", FORBIDDEN, "spec.service.loadBalancerSourceRanges", NULL,
               "may be set only with type LoadBalancer");
    if (service->external_traffic_policy && str_equal(service->type, "ClusterIP"))
        FORBID(judgement, "R26", FORBIDDEN, "spec.service.externalTrafficPolicy", NULL,
               "may be set only with type NodePort or LoadBalancer");
    if (!ingress || !ingress->enabled)
        return;
    if (str_empty(ingress->host))
        FORBID(judgement, "R26", REQUIRED, "spec.service.ingress.host", NULL, "an Ingress needs a host name");
    if (ingress->tls_enabled && str_empty(ingress->tls_secret_name))
        FORBID(judgement, "R26", REQUIRED, "spec.service.ingress.tlsSecretName", NULL,
               "tlsEnabled needs a Secret with the certificate");
}
