/* Discipline: how the operator goes about its work, whatever comes of it. Rows of the table of invariants.
 */
#pragma once

#include "simulate/invariant.h"

/* What a stranger made (simulate/strangers.h) under one of the operator's names is left alone. */
void discipline_leave_others(struct run *run, const struct invariant *self, const struct kube_call *call);

/* A call that fails is not made again and again at once. At most so many times a second: delays begin with
 * 5 ms and double (base/work_queue.h), which is eight. */
enum { DISCIPLINE_FAILURES_A_SECOND = 12 };
void discipline_wait_to_retry(struct run *run, const struct invariant *self, const char *call);
/* Nor is one that does not fail: passes gather what happens (controllers/engine.h). */
enum { DISCIPLINE_CALLS_A_SECOND = 40 };
void discipline_keep_calm(struct run *run, const struct invariant *self, const struct kube_call *call);

/* The same event about the same object is told again when something has changed, not at each pass. At most so
 * many times in ten minutes. */
enum { DISCIPLINE_SAME_EVENTS = 20 };
void discipline_tell_once(struct run *run, const struct invariant *self, const struct store_event *event);
