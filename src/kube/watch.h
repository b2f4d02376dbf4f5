/* Watch: follows one resource, on the network thread.
 *
 * It lists in pages, then watches from the list's resource version, and goes on from the last version seen
 * when a stream ends or breaks. When the server has forgotten that version (410 Gone), or an event made no
 * sense, it lists again. Failures are told and tried again, each time later, up to retry_ms_max; a server
 * that asks for more patience (Retry-After) gets it.
 */
#pragma once

#include "kube/credentials.h"
#include "kube/http.h"
#include "kube/kube.h"

enum {
    /* Smaller than KUBE_LIST_PAGE: a page's bytes and tree are the largest memory that the program ever
     * holds.
     */
    WATCH_LIST_PAGE = 100,
    WATCH_LIST_TIMEOUT_MS = 60000,
    WATCH_RETRY_MS_FIRST = 200,
    WATCH_SILENCE_SECONDS_MAX = 30, /* behind the end that the server was asked for */
};

struct watch_setup {
    struct http *http;
    struct credentials *credentials;
    const char *path_prefix;
    unsigned seconds; /* of one stream */
    int retry_ms_max;
    uint64_t *lists; /* counters of requests and events, atomic */
    uint64_t *watches;
    uint64_t *events;
};

struct watch;

/* setup is copied, what it points to must outlive the watch; watch is copied with its strings. Begins at
 * once.
 */
struct watch *watch_new(const struct watch_setup *setup, const struct kube_watch *what);
void watch_free(struct watch *watch);
