/* The generated tables behind sim/protobuf.h: made from crds/kubernetes_protobuf.yaml by
 * tools/embed_protobuf.py. */
#pragma once

#include "base/memory.h"

enum protobuf_type {
    PROTOBUF_STRING,
    PROTOBUF_BYTES,
    PROTOBUF_BOOL,
    PROTOBUF_INT32,
    PROTOBUF_INT64,
    PROTOBUF_DOUBLE,
    PROTOBUF_MESSAGE
};

/* Messages whose JSON is not an object of their fields. */
enum protobuf_form {
    PROTOBUF_PLAIN,
    PROTOBUF_TIME,
    PROTOBUF_MICRO_TIME,
    PROTOBUF_QUANTITY,
    PROTOBUF_INT_OR_STRING,
    PROTOBUF_RAW,   /* JSON in bytes */
    PROTOBUF_ITEMS, /* an array of strings */
};

struct protobuf_field {
    unsigned number; /* 0 ends the fields */
    const char *name;
    enum protobuf_type type;
    unsigned message; /* index into protobuf_messages */
    bool is_list;
    bool is_map;    /* from strings */
    bool is_inline; /* its fields belong to the outer object */
};

struct protobuf_message {
    const char *name; /* "core.v1.Pod": ordered by it */
    enum protobuf_form form;
    const struct protobuf_field *fields;
};

extern const struct protobuf_message protobuf_messages[];
extern const size_t protobuf_message_count;
