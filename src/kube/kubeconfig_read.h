/* The inside of kubeconfig files, for kube/kubeconfig.c alone.
 *
 * Source of the fields: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
#pragma once

#include "base/json.h"
#include "kube/kubeconfig.h"

struct kubeconfig_file {
    const char *path;      /* for messages */
    const char *directory; /* what relative paths in it are relative to */
    struct json *root;
};

/* Fills file->root, in arena. */
CHECKED bool kubeconfig_read_text(struct arena *arena, struct text text, struct kubeconfig_file *file,
                                  struct error *err);
/* The context of that name, or the current one, of all files together. NULL with an error. */
struct kubeconfig *kubeconfig_read_context(struct arena *arena, const struct kubeconfig_file *files,
                                           size_t count, const char *context, struct error *err);
/* Sets server and its parts from a URL. */
CHECKED bool kubeconfig_read_server(struct kubeconfig *config, const char *url, struct error *err);
