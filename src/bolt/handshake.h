/* Handshake: client and server agree on a version of Bolt.
 *
 * The client sends 60 60 B0 17 and four slots of four bytes, 00 range minor major, where range says how many
 * lower minors it takes too. The server answers with one version, or with zeros when none fits. With 00 00 01
 * FF in a slot the client asks for a manifest: the server then lists its ranges and the client chooses.
 * Pure functions of the bytes received so far: the caller keeps them until the answer is not
 * HANDSHAKE_NEED_MORE, then drops *out_consumed of them.
 * Source: Neo4j Bolt documentation, Handshake, Handshake manifest v1.
 */
#pragma once

#include "base/buffer.h"

struct bolt_version {
    uint8_t major;
    uint8_t minor;
};

/* minor and the `range` minors below it. */
struct bolt_version_range {
    uint8_t major;
    uint8_t minor;
    uint8_t range;
};

bool bolt_version_at_least(struct bolt_version version, uint8_t major, uint8_t minor);

enum handshake_result {
    HANDSHAKE_NEED_MORE,
    HANDSHAKE_AGREED,    /* *out_version is set */
    HANDSHAKE_CONTINUE,  /* server: the reply is to be sent, the client's choice is yet to come */
    HANDSHAKE_NO_MATCH,  /* server: the reply is to be sent, then close */
    HANDSHAKE_HTTP,      /* the other side speaks HTTP (a server: also a client that wants a WebSocket) */
    HANDSHAKE_MALFORMED, /* nothing that Bolt knows */
};

/* Entries of a manifest and bytes of a varint that are accepted. */
enum { HANDSHAKE_MANIFEST_ENTRIES_MAX = 64, HANDSHAKE_VARINT_BYTES_MAX = 9 };
/* The client's first message. */
enum { HANDSHAKE_REQUEST_BYTES = 20 };

/* ---- client ---- */

/* What our client speaks, best first: 6.1 and 6.0 (by manifest only), 5.8 to 5.0, 4.4. Ends with zeros. */
extern const struct bolt_version_range handshake_client_versions[];

/* Asks for a manifest, and offers 5.x and 4.4 to servers that know none. */
void handshake_client_write(struct buffer *out);
/* Reads the server's answer; appends the client's choice to reply when there was a manifest. */
enum handshake_result handshake_client_read(struct text received, size_t *out_consumed, struct buffer *reply,
                                            struct bolt_version *out_version);

/* ---- server ---- */

struct handshake_server {
    /* What the server speaks, best first; ends with zeros. */
    const struct bolt_version_range *versions;
    /* Whether it answers with a manifest when it is asked for one (Neo4j since 5.26 does). */
    bool has_manifest;
    /* Set by handshake_server_read(). */
    bool awaits_choice;
};

/* Takes the first slot that fits, and the highest minor inside it. Appends the answer to reply. */
enum handshake_result handshake_server_read(struct handshake_server *server, struct text received,
                                            size_t *out_consumed, struct buffer *reply,
                                            struct bolt_version *out_version);
