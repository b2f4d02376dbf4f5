/* Injector: keeps caBundle of every webhook in the two webhook configurations.
 *
 * It follows both, and sets the bundle where it differs, touching nothing else. A configuration that is not
 * there is nobody's concern: who installs it later is served then. One with cert-manager's annotation is left
 * to cert-manager's injector.
 * Source: Kubernetes, "Dynamic Admission Control"; cert-manager, "CA Injector".
 */
#pragma once

#include "kube/kube.h"

#define INJECTOR_VALIDATING    "neo4j-operator-validating"
#define INJECTOR_MUTATING      "neo4j-operator-mutating"
#define INJECTOR_FIELD_MANAGER "neo4j-operator-webhook"

enum { INJECTOR_CALL_MS = 5000 };

struct injector;

/* Starts the watches. changed: as that of a followed object. kube must outlive it. */
struct injector *injector_new(struct kube *kube, void (*changed)(void *context), void *context);
void injector_free(struct injector *injector);
DEFINE_CLEANUP(struct injector, injector_free);

/* Whether every webhook of the configurations that are there has the bundle (PEM); false while it is not
 * known what is there. */
bool injector_is_done(struct injector *injector, const char *bundle);

struct injector_outcome {
    bool has_sent;   /* a request */
    unsigned mended; /* configurations */
};

/* Sets the bundle; "" is none, and nothing to set. A configuration that fails does not keep the other from
 * its bundle; the first reason is told, also when it is that one can't be watched. */
bool injector_inject(struct injector *injector, const char *bundle, struct injector_outcome *out_outcome,
                     struct error *err);
