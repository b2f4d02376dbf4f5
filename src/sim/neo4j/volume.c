#include "sim/neo4j/volume.h"

#include "base/text.h"

struct neo4j_volume *neo4j_volume_new(void) {
    struct neo4j_volume *volume = XNEW(struct neo4j_volume);

    TAILQ_INIT(&volume->databases);
    return volume;
}

static void database_free(struct volume_database *database) {
    raft_store_clear(&database->log);
    free(database->id);
    free(database);
}

void neo4j_volume_free(struct neo4j_volume *volume) {
    struct volume_database *database;

    if (!volume)
        return;
    while ((database = TAILQ_FIRST(&volume->databases))) {
        TAILQ_REMOVE(&volume->databases, database, link);
        database_free(database);
    }
    raft_store_clear(&volume->system);
    free(volume->server_id);
    free(volume->cluster_id);
    free(volume->credential);
    free(volume);
}

bool neo4j_volume_is_empty(const struct neo4j_volume *volume) {
    return !volume->server_id;
}

struct volume_database *volume_database(struct neo4j_volume *volume, const char *id) {
    struct volume_database *database;

    TAILQ_FOREACH (database, &volume->databases, link)
        if (str_equal(database->id, id))
            return database;
    database = XNEW(struct volume_database);
    database->id = xstrdup(id);
    TAILQ_INSERT_TAIL(&volume->databases, database, link);
    return database;
}

void volume_remove_database(struct neo4j_volume *volume, const char *id) {
    struct volume_database *database;

    TAILQ_FOREACH (database, &volume->databases, link)
        if (str_equal(database->id, id)) {
            TAILQ_REMOVE(&volume->databases, database, link);
            database_free(database);
            return;
        }
}
