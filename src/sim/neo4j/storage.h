/* Storage: where a path or a URI leads, seen from a process: a mounted volume, the container's own files, or
 * a bucket of an object store.
 *
 *     /backup/x, x, file:///backup/x    the volume mounted nearest above it, else the container's own files
 *     s3://bucket/x, gs://bucket/x      a bucket
 *     azb://account/container/x         a container of a storage account
 *
 * Object stores want credentials. Whether they are there is looked at as the clients' default chains do, in
 * the environment; whether they are right is not simulated. Sources: Operations Manual, back up an online
 * database (cloud storage); AWS SDK for Java 2, Google Cloud and Azure Identity: default credential chains.
 */
#pragma once

#include "sim/neo4j/file_tree.h"
#include "sim/neo4j/server.h"

struct storage_place {
    struct file_tree *tree;
    char *path;    /* in the tree; in arena */
    char *root;    /* what stands before the path for people: "/backup", "s3://bucket"; in arena */
    size_t hidden; /* bytes of path that people don't see: a subPath */
    bool is_read_only;
    bool is_remote; /* an object store: it has no folders that must exist */
};

/* Whether the text is a URI of an object store. */
bool storage_is_remote(const char *text);
/* In arena. False when the bucket does not exist, credentials are missing or the scheme is unknown. */
CHECKED bool storage_locate(struct neo4j_process *process, struct arena *arena, const char *text,
                            struct storage_place *out_place, struct error *err);
/* The place of name inside of place, in arena. */
struct storage_place storage_inside(const struct storage_place *place, struct arena *arena, const char *name);
/* The folder that place is in, in arena. */
struct storage_place storage_parent(const struct storage_place *place, struct arena *arena);
/* What people read: "/backup/neo4j.dump"; in arena. */
char *storage_name(const struct storage_place *place, struct arena *arena);
/* The last part of the path. Borrowed from place. */
const char *storage_file_name(const struct storage_place *place);

bool storage_is_folder(const struct storage_place *place);
const char *storage_read(const struct storage_place *place);
CHECKED bool storage_write(const struct storage_place *place, const char *content, struct error *err);
CHECKED bool storage_remove(const struct storage_place *place, struct error *err);
