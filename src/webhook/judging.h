/* Judging: the rules of api/ as a judge for admission. */
#pragma once

#include "webhook/admission.h"

/* Any thread. It needs no end. */
struct admission_judge judging_of_api(void);
