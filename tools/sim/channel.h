/* The side channel between simulated engines, over TCP: what stands in for
 * the handshakes and the copying that real ones do by RDMA.
 *
 * Who wants keys and values connects, sends one line of JSON and gets one
 * line of JSON, sooner or later; once it has copied what it was granted it
 * sends an empty line and closes. Lines are at most CHANNEL_LINE_BYTES; a
 * peer that sends anything else is cut off. The loop's thread. */
#ifndef TOOLS_SIM_CHANNEL_H
#define TOOLS_SIM_CHANNEL_H

#include "common/base/buf.h"
#include "common/base/error.h"

#include <jansson.h>

#define CHANNEL_LINE_BYTES (1024 * 1024)
#define CHANNEL_MAX_PEERS  4096

struct event_base;
struct channel;
struct peer; /* one that asks */

struct channel_sink {
	/* `question` is an object and lives until the call returns. */
	void (*asked)(void *arg, struct peer *p, json_t *question);
	/* It has copied what it was granted, or has gone before. */
	void (*left)(void *arg, struct peer *p, bool has_copied);
};

/* `*port` 0: the kernel chooses, and it is told. NULL with `err`. */
struct channel *channel_create(struct event_base *base, const char *host,
			       uint64_t *port, const struct channel_sink *sink,
			       void *arg, struct error *err);
/* Peers that are left are cut off without a word. */
void channel_destroy(struct channel **c);

/* Once; the line's end is added. */
void peer_answer(struct peer *p, struct slice line);

#endif
