/* Service proxy: makes the cluster addresses of Services answer on this machine, as kube-proxy does on a
 * node.
 *
 * For every TCP port of a Service whose cluster address is a loopback address it listens there, and passes
 * each connection to one of the ready endpoints, in turn. Without a ready endpoint a connection is closed at
 * once.
 */
#pragma once

#include "kube/kube.h"

#include <event2/event.h>

enum { SERVICE_PROXY_CONNECTIONS_MAX = 512 };

struct service_proxy;

/* kube's watches must be told on the loop's thread; loop and kube must outlive it. */
struct service_proxy *service_proxy_new(struct event_base *loop, struct kube *kube);
void service_proxy_free(struct service_proxy *proxy);
DEFINE_CLEANUP(struct service_proxy, service_proxy_free);
