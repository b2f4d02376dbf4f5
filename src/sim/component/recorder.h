/* Recorder: writes the events that a component tells about an object, as kubectl describe shows them.
 *
 * The same event about the same object again, within ten minutes, becomes a series with a count instead of
 * another object. An event that can't be written is lost, as everywhere in Kubernetes: events are a courtesy.
 * After: Kubernetes client-go, tools/events.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"

struct recorder;

/* component: "kubelet", "statefulset-controller"; host: the node's name, or the component's own. Both
 * borrowed for its life, as are kube and clock. */
struct recorder *recorder_new(struct kube *kube, const struct clock *clock, const char *component,
                              const char *host);
void recorder_free(struct recorder *recorder);
DEFINE_CLEANUP(struct recorder, recorder_free);

/* While it is silent, events are lost. */
void recorder_set_silent(struct recorder *recorder, bool is_silent);

enum recorder_type { RECORDER_NORMAL, RECORDER_WARNING };

/* object: apiVersion, kind, metadata. field_path: "spec.containers{neo4j}" or NULL. */
void recorder_event(struct recorder *recorder, const struct json *object, const char *field_path,
                    enum recorder_type type, const char *reason, const char *format, ...) PRINTF_LIKE(6, 7);
