/* Runs of neo4j-admin in a world, each in a container of its own, as a Job does. */
#pragma once

#include "world.h"

/* The container is the last of the world's servers. */
enum { ADMIN_SLOT = WORLD_SERVERS_MAX - 1, ADMIN_STILL_RUNS = -1 };

struct admin_run {
    int exit_code;
    const char *log; /* in the world's arena */
};

/* words: a JSON array without "neo4j-admin", or plain words with blanks between them. Environment, mounts and
 * the volume at /data are what the world's server ADMIN_SLOT has; admin_prepare() gives it an empty one. */
void admin_prepare(struct world *world, const char *image);
struct admin_run admin_run(struct world *world, const char *words);
/* Commits an entry {x: value} to a database on the server that leads it. */
void admin_write(struct world *world, unsigned servers, const char *database, int64_t value);
/* How many entries a database has on a server. */
size_t admin_entries(const struct world *world, unsigned server, const char *database);
/* The only artifact in a folder of a tree whose name begins with prefix, the last by name when there are
 * several. */
const char *admin_last_file(struct world *world, struct neo4j_volume *volume, const char *folder,
                            const char *prefix);
