/* The sockets towards one worker's publisher, and what comes in by them.
 *
 * A SUB socket for live batches, a monitor of its connection, and, while a
 * replay is wanted, a DEALER to the replay endpoint. Only frames are looked
 * at here. The ingest thread. */
#ifndef ROUTER_INGEST_SUBSCRIBER_H
#define ROUTER_INGEST_SUBSCRIBER_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "common/base/error.h"
#include "common/base/slice.h"

struct subscriber {
	void *zmq;
	const char *replay; /* the owner's; NULL: none */
	void *sub, *monitor, *dealer;
	zmq_msg_t payload; /* of the last message handed out */
};

/* Room for the sockets of every worker there may be. */
void *subscriber_zmq_create(void);
void subscriber_zmq_destroy(void **zmq);

/* Connects in the background. `replay` may be NULL and must outlive it.
 * ERR_INVALID if an endpoint is not one. */
MUST_USE enum status subscriber_open(struct subscriber *s, void *zmq,
				     const char *events, const char *replay,
				     const char *topic, struct error *err);
void subscriber_close(struct subscriber *s);

/* Asks for all batches from `from` on. A former replay is cut off, so that
 * nothing of it is taken for an answer to this. */
MUST_USE enum status subscriber_ask(struct subscriber *s, uint64_t from);
void subscriber_hang_up(struct subscriber *s);

enum subscriber_kind {
	SUBSCRIBER_NOTHING, /* waiting */
	SUBSCRIBER_CONNECTED,
	SUBSCRIBER_LOST,
	SUBSCRIBER_LIVE,
	SUBSCRIBER_REPLAYED,
	SUBSCRIBER_END, /* of the replay */
	SUBSCRIBER_BAD, /* frames that are no batch; passed over */
};

struct subscriber_message {
	enum subscriber_kind kind;
	uint64_t seq;
	struct slice payload; /* valid until the next call */
};

/* Never blocks. News of the connection first, live before replayed. */
void subscriber_next(struct subscriber *s, struct subscriber_message *out);

#define SUBSCRIBER_MAX_POLL 3
/* What to poll for; returns how many items were filled. */
size_t subscriber_poll(const struct subscriber *s, zmq_pollitem_t *item);

#endif
