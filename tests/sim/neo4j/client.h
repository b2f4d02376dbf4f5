/* A client of a simulated server that keeps the replies as text: "SUCCESS {…}", "RECORD […]", "FAILURE code".
 */
#pragma once

#include "bolt/message.h"
#include "sim/neo4j/session.h"
#include "world.h"

struct client {
    struct world *world;
    struct neo4j_session *session;
    struct bolt_version version;
    struct json *replies;
    bool is_closed;
};

void client_connect(struct client *client, struct world *world, unsigned server, struct bolt_version version,
                    bool routes_by_address);
/* A message whose fields are a JSON array; then some virtual time. */
void client_send(struct client *client, uint8_t tag, const char *fields);
/* The last reply, or one before it; "none" when there is none. */
const char *client_reply(const struct client *client, size_t from_last);
/* Fails the test unless the last reply begins so. */
void client_expect(const struct client *client, const char *prefix);
