/* Metrics of the operator itself, in Prometheus' text format. */
#pragma once

#include "controllers/engine.h"
#include "neo4j/client.h"

void metrics_write(struct buffer *out, struct engine *engine, struct kube *kube, struct events *events,
                   struct neo4j_client *neo4j);
