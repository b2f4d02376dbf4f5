/* Judging: api/judge.h as a judge for admission.
 *
 * What an API server with the shipped definitions would refuse is refused in its words, also where it has
 * other definitions; and warnings, which it can't give. Fields that are not known here are let through: they
 * were dropped before, or are a newer definition's.
 */
#pragma once

#include "api/judge.h"
#include "webhook/admission.h"

/* judge must outlive it. */
struct admission_judge judging_by(struct judge *judge);
