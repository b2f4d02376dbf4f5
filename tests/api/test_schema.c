#include "test.h"

#include "api/cluster.h"
#include "api/schema.h"
#include "base/yaml.h"

static char *judge(struct arena *arena, const char *yaml) {
    struct json *documents = NULL;
    struct error err = { 0 };
    struct findings *findings = findings_new(arena);

    if (!yaml_parse(arena, text_from(yaml), &documents, &err))
        fail_msg("%s", err.text);
    schema_judge(&cluster_spec_object, json_item(documents, 0), "spec", findings);
    return findings_text(arena, findings);
}

TEST("says what the schema wants, field by field") {
    static const struct {
        const char *spec, *text;
    } rows[] = {
        { "{topology: {servers: 3}}", "" },
        { "{topology: {servers: 3.0}}", "" },
        { "{}", "spec.topology: Required value" },
        { "[1]", "spec: Invalid value: [1]: must be an object" },
        { "{topology: {servers: 1}}", "spec.topology.servers: Invalid value: 1: must be 2 to 20" },
        { "{topology: {servers: 2.5}}", "spec.topology.servers: Invalid value: 2.5: must be a whole number" },
        { "{topology: {serverRoles: [{serverIndex: -1, modeConstraint: NONE}]}}",
          "spec.topology.serverRoles[0].serverIndex: Invalid value: -1: must be 0 to 19" },
        { "{topology: {serverRoles: [{modeConstraint: NONE}]}}",
          "spec.topology.serverRoles[0].serverIndex: Required value" },
        { "{topology: {serverRoles: [{serverIndex: 1, modeConstraint: NONE}, {serverIndex: 1, "
          "modeConstraint: NONE}]}}",
          "spec.topology.serverRoles[1].serverIndex: Duplicate value: 1" },
        { "{topology: {}, image: {tag: a, pullPolicy: never}}",
          "spec.image.pullPolicy: Unsupported value: \"never\": supported values: \"Always\", "
          "\"IfNotPresent\", "
          "\"Never\"" },
        { "{topology: {}, image: {tag: ''}}", "spec.image.tag: Invalid value: \"\": must not be empty" },
        { "{topology: {}, image: {repository: a}}", "spec.image.tag: Required value" },
        { "{topology: {}, imag: {}}", "spec.imag: Unknown field: did you mean image?" },
        { "{topology: {Servers: 3}}", "spec.topology.Servers: Unknown field: did you mean servers?" },
        { "{topology: {}, nothingLikeIt: 1}", "spec.nothingLikeIt: Unknown field: there is no such field" },
        { "{topology: {}, storage: {size: 10Gb}}", "spec.storage.size: Invalid value: \"10Gb\": must be a "
                                                   "whole number with a unit, such as 10Gi or 500G" },
        { "{topology: {}, storage: {size: 1.5}}",
          "spec.storage.size: Invalid value: 1.5: must be a whole number or a string" },
        { "{topology: {}, storage: {size: 1000000}}", "" },
        { "{topology: {}, storage: {size: 1Gi, accessModes: [Once]}}",
          "spec.storage.accessModes[0]: Unsupported value: \"Once\": supported values: \"ReadWriteOnce\", "
          "\"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOncePod\"" },
        { "{topology: {}, tolerations: [a]}",
          "spec.tolerations[0]: Invalid value: \"a\": must be an object" },
        { "{topology: {}, affinity: a}", "spec.affinity: Invalid value: \"a\": must be an object" },
        { "{topology: {}, env: [{name: a}, {name: b}, {name: a}]}",
          "spec.env[2].name: Duplicate value: \"a\"" },
        { "{topology: {}, topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b}, {topologyKey: "
          "a, "
          "whenUnsatisfiable: c}]}",
          "" },
        { "{topology: {}, config: {a: true}}",
          "spec.config[a]: Invalid value: true: must be a string; put it in quotes" },
        { "{topology: {}, auth: {oidc: {1a: {audience: a}}}}",
          "spec.auth.oidc: Invalid value: \"1a\": names must be letters, digits and \"-\", beginning with a "
          "letter" },
        { "{topology: {}, multiCluster: {networking: {anything: 1}}}", "" },
        { "{topology: {}, upgradeStrategy: {maxUnavailableDuringUpgrade: -1}}",
          "spec.upgradeStrategy.maxUnavailableDuringUpgrade: Invalid value: -1: must be at least 0" },
        { "{topology: {}, service: {route: {targetPort: 65536}}}",
          "spec.service.route.targetPort: Invalid value: 65536: must be 1 to 65535" },
        { "{topology: {}, autoScaling: {primaries: {minReplicas: 0}}}",
          "spec.autoScaling.primaries.minReplicas: Invalid value: 0: must be at least 1" },
        { "{topology: {}, tls: null}", "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *text = judge(arena, rows[i].spec);
        if (strcmp(text, rows[i].text) != 0)
            fail_msg("%s: %s", rows[i].spec, text);
    }
}
