/* Operator: one process of the shipped operator in the universe: its engine, cache, queue, controllers, Bolt
 * client and events, over ports that can fail. One worker.
 */
#pragma once

#include "controllers/engine.h"
#include "simulate/link.h"

struct operator_process;

struct operator_process *operator_new(struct universe *universe, const char *name);
/* Ends it as SIGKILL does: whatever it was about to do is not done. Not from within one of its calls. */
void operator_free(struct operator_process *process);
DEFINE_CLEANUP(struct operator_process, operator_free);
