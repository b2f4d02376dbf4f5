/* All controllers of the operator, ended by NULL. */
#pragma once

#include "controllers/engine.h"

extern const struct controller *const controllers_all[];
