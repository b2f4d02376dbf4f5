/* Client: the commands' own connection to a running sandbox. */
#pragma once

#include "kube/client.h"

/* NULL with an error. kubeconfig: path of the file. */
struct kube *client_connect(const char *kubeconfig, struct error *err);
