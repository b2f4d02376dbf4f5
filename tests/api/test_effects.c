#include "test.h"
#include "yaml.h"

#include "api/effects.h"

static const char *without_effect(struct arena *arena, const char *spec) {
    const struct json *cluster = yaml_value(arena, arena_printf(arena, "spec: %s", spec));

    return json_print(arena, cluster_fields_without_effect(arena, cluster));
}

TEST("names what is asked for and does not happen, and nothing else") {
    static const struct {
        const char *when, *spec, *fields;
    } rows[] = {
        { "all of it has an effect", "{topology: {servers: 3}, config: {a: b}, service: {type: NodePort}}",
          "[]" },
        { "TLS", "{tls: {mode: cert-manager, issuerRef: {name: a}}}", "[\"spec.tls\"]" },
        { "no TLS", "{tls: {mode: disabled}}", "[]" },
        { "an Ingress that is off", "{service: {ingress: {enabled: false, host: a}}}", "[]" },
        { "an Ingress", "{service: {ingress: {enabled: true, host: a}}}", "[\"spec.service.ingress\"]" },
        { "on unless switched off", "{queryMonitoring: {slowQueryThreshold: 5s}}",
          "[\"spec.queryMonitoring\"]" },
        { "switched off", "{queryMonitoring: {enabled: false, slowQueryThreshold: 1s}}", "[]" },
        { "placement",
          "{topology: {enforceDistribution: true, availabilityZones: [a], placement: {antiAffinity: "
          "{enabled: true}}}}",
          "[\"spec.topology.enforceDistribution\",\"spec.topology.availabilityZones\",\"spec.topology."
          "placement\"]" },
        { "placement that is off",
          "{topology: {enforceDistribution: false, placement: {antiAffinity: {enabled: false}}}}", "[]" },
        { "what the API server fills in",
          "{upgradeStrategy: {strategy: RollingUpgrade, autoPauseOnFailure: true, upgradeTimeout: 30m}}",
          "[]" },
        { "against a default that is true", "{upgradeStrategy: {autoPauseOnFailure: false}}",
          "[\"spec.upgradeStrategy\"]" },
        { "by another name", "{restoreFrom: {backupRef: a}}", "[\"spec.restoreFrom\"]" },
        { "never has one", "{ui: {port: 1}, edition: enterprise, mcp: {}}", "[\"spec.ui\"]" },
        { "backups without a switch", "{backups: {defaultStorage: {type: s3, bucket: b}}}",
          "[\"spec.backups\"]" },
        { "a list", "{plugins: [{name: a, version: b}]}", "[\"spec.plugins\"]" },
        { "an empty list", "{plugins: [], configMap: '', auth: {provider: native}}", "[]" },
        { "within a part that has one",
          "{auth: {provider: ldap, passwordPolicy: {minLength: 12, requireSpecialChars: true}}}",
          "[\"spec.auth.provider\",\"spec.auth.passwordPolicy.requireSpecialChars\"]" },
        { "unknown", "{invented: 1}", "[]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *fields = without_effect(arena, rows[i].spec);
        if (strcmp(fields, rows[i].fields) != 0)
            fail_msg("%s: %s", rows[i].when, fields);
    }
}
