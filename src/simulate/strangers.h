/* Strangers: somebody else's objects under names that the operator would give its own.
 */
#pragma once

#include "simulate/run.h"

/* The label of what a stranger made. */
#define STRANGER_LABEL "example.com/of"
#define STRANGER_VALUE "somebody-else"

const char *strangers_invent(struct chance *chance, struct arena *arena);
/* words: which object, and milliseconds until it goes. It comes if the name is free. */
void strangers_come(struct run *run, struct text words);
