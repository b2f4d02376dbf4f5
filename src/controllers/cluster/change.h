/* Change: what a spec asks for that the cluster there is cannot become. */
#pragma once

#include "controllers/cluster/observe.h"

/* Compares the spec with the live StatefulSet and the versions that servers were seen to run. A downgrade
 * goes to observed->errors: nothing of such a spec may be carried out, since a server that restarts would
 * find its files unreadable. What just can't change any more (class and size of volumes, order of pods) goes
 * to observed->unchangeable: everything else of the spec goes on. Pure. */
void cluster_observe_change(struct observed_cluster *observed);
