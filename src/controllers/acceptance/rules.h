/* The rules of crds/KIND.yaml that look at the object's target; called when that is there. */
#pragma once

#include "controllers/acceptance/acceptance.h"

void acceptance_judge_backup(struct acceptance *seen);           /* B3, B13, B15 */
void acceptance_judge_restore(struct acceptance *seen);          /* X8 */
void acceptance_judge_database(struct acceptance *seen);         /* DB4, DB13, DBW2, DBW7, DBW8, DBW11 */
void acceptance_judge_sharded_database(struct acceptance *seen); /* SH1, SH5, SH6, SH9, SHW2, SHW4 */
