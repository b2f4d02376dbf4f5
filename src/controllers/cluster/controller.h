/* The controller of Neo4jEnterpriseCluster: one row for the engine. */
#pragma once

#include "controllers/engine.h"

extern const struct controller cluster_controller;
