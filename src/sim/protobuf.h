/* Protobuf: bodies as Go clients send built-in kinds, read into JSON.
 *
 * kubectl, helm and other Go programs write built-in kinds as application/vnd.kubernetes.protobuf: the bytes
 * "k8s\0", then a message runtime.Unknown that names apiVersion and kind and holds the object's own message.
 * Answers need no such form: every client takes JSON, too. After: k8s.io/apimachinery,
 * runtime/serializer/protobuf.
 */
#pragma once

#include "base/json.h"

enum { PROTOBUF_DEPTH_MAX = 64 };

/* *out_object in arena, with apiVersion and kind. Fields that the tables don't know are left out, as the real
 * server leaves them out. ERROR_INVALID: broken bytes; ERROR_NOT_FOUND: a kind that is not in the tables. */
CHECKED bool protobuf_read(struct arena *arena, struct text bytes, struct json **out_object,
                           struct error *err);
