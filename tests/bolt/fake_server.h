/* Fake server: plays scripts to clients on a loopback port, one script for each connection in the order of
 * arrival, each in a thread. What a client does otherwise than the script expects is kept as a problem, which
 * fake_server_stop() reports to the test.
 */
#pragma once

#include "base/secret.h"
#include "base/text.h"

enum fake_act {
    FAKE_END,       /* close */
    FAKE_HANDSHAKE, /* reads the client's 20 bytes, answers text: four bytes */
    FAKE_MANIFEST,  /* reads the 20 bytes, answers a manifest with 6.0, reads the choice */
    FAKE_LOGIN,     /* HELLO and LOGON, both granted */
    FAKE_EXPECT,    /* a message with this tag */
    FAKE_SUCCESS,   /* answers with the map in text (JSON, "" for an empty one) */
    FAKE_RECORD,    /* a record of the list in text */
    FAKE_FAILURE,   /* a failure with the code in text, in the shape of 5.8 */
    FAKE_IGNORED,
    FAKE_NOOP,
    FAKE_RAW,     /* the bytes of text, `length` of them */
    FAKE_DRIBBLE, /* from now on every byte is sent alone */
    FAKE_HANG,    /* says nothing until the client closes */
    FAKE_FLOOD,   /* chunks of a message without end, until the client closes */
    FAKE_NOOPS,   /* NOOP without end, a thousand a second, until the client closes */
    FAKE_ROWS,    /* records of one number without end, until the client closes */
    FAKE_BATCH,   /* records of one number, `length` of them */
    FAKE_RESET,   /* ends the connection with a reset, as a server that was killed */
    FAKE_SERVE,   /* grants everything until GOODBYE or the end, with the map in text if there is one */
    FAKE_DENY,    /* refuses every query with the code in text, until GOODBYE or the end */
};

struct fake_step {
    enum fake_act act;
    uint8_t tag;
    const char *text;
    size_t length;
};

/* Script of a server that agrees to 5.8 and grants the login. */
#define FAKE_5_8                                                                                             \
    { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" }, {                                                            \
        FAKE_LOGIN                                                                                           \
    }

struct fake_tls {
    char *ca_pem;
    char *certificate_pem; /* for the name or address it was made for */
    char *key_pem;
    bool requires_client; /* a certificate of the same authority */
};

/* An authority, and a certificate for a DNS name or an IP address. */
struct fake_tls fake_tls_new(const char *subject);
void fake_tls_clear(struct fake_tls *tls);

struct fake_server;

/* scripts: count pointers to scripts that end with FAKE_END. tls may be NULL. */
struct fake_server *fake_server_start(const struct fake_step *const *scripts, size_t count,
                                      const struct fake_tls *tls);
uint16_t fake_server_port(const struct fake_server *server);
/* tx_timeout of the last RUN or BEGIN that was read; -1: it had none. */
int64_t fake_server_tx_timeout(struct fake_server *server);
/* Waits for the scripts that have begun; fails the test if there was a problem. */
void fake_server_stop(struct fake_server *server);
