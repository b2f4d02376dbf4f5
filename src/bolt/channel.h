/* Channel: Bolt messages over a stream: the handshake, then chunks. It knows nothing of what messages mean.
 *
 * Deadlines and errors are those of stream.h, and ERROR_PROTOCOL for bytes that make no sense. After an error
 * a channel is of no more use.
 */
#pragma once

#include "bolt/message.h"
#include "bolt/stream.h"

struct bolt_channel;

/* Connects, and agrees on a version. */
CHECKED bool bolt_channel_open(const struct bolt_endpoint *endpoint, int64_t deadline_ns,
                               struct bolt_channel **out_channel, struct error *err);
/* Closes at once. */
void bolt_channel_free(struct bolt_channel *channel);
DEFINE_CLEANUP(struct bolt_channel, bolt_channel_free);

struct bolt_version bolt_channel_version(const struct bolt_channel *channel);
/* How long the peer may say nothing, not even a NOOP, while a message is waited for; 0: no limit. */
void bolt_channel_set_silence(struct bolt_channel *channel, int64_t silence_ns);
/* Whether something has come that was not read yet: a message, a NOOP, or the end. */
bool bolt_channel_has_news(const struct bolt_channel *channel);
/* Gives memory back that large messages needed. */
void bolt_channel_trim(struct bolt_channel *channel);

/* Cuts message into chunks at the end of wire and empties it: several messages travel together. */
void bolt_channel_add(struct buffer *wire, struct buffer *message);
CHECKED bool bolt_channel_send(struct bolt_channel *channel, const struct buffer *wire, int64_t deadline_ns,
                               struct error *err);
/* The bytes of the next message: borrowed until the next call. */
CHECKED bool bolt_channel_receive(struct bolt_channel *channel, int64_t deadline_ns, struct text *out_message,
                                  struct error *err);
