/* Doubles as Go writes them, with as few digits as read back as the same number. In arena. */
#pragma once

#include "base/arena.h"

/* fmt's %g: "1.5", "1e+06", "1e-05", "+Inf", "NaN". */
char *cel_decimal_general(struct arena *arena, double number);
/* strconv's 'f': "1000000", "0.00001". */
char *cel_decimal_plain(struct arena *arena, double number);
