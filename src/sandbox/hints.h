/* Hints: what to try with a running sandbox. */
#pragma once

#include "kube/kube.h"

/* Prints the kubeconfig's path, kubectl commands, and a driver's first query against the first cluster there
 * is. directory: of the sandbox, absolute. */
void hints_print(struct kube *kube, const char *directory);
