/* One rank's KV events on ZeroMQ, as vLLM's publisher sends them.
 *
 * Live: PUB, three frames: topic, sequence (u64, big-endian), payload; one
 * batch for each step that had events, the sequence from 0. Past ones:
 * ROUTER; a request is ["", first sequence], the answer one message for
 * each batch still buffered and an end marker. From v0.26 on answers carry
 * the topic's frame too.
 *
 * One thread, the loop's; libzmq's own threads do the sending. */
#ifndef TOOLS_SIM_PUBLISH_H
#define TOOLS_SIM_PUBLISH_H

#include "common/base/loop.h"
#include "tools/sim/host.h"

struct publish_options {
	const char *host;
	uint64_t port, replay_port; /* 0: from the kernel */
	bool replay;
	const char *topic;
	const char *generation; /* "v0.24" */
	bool int_hashes;
	uint64_t buffer_steps;
	int64_t rank;
	size_t block_size, hash_bytes;
};

struct publisher;

/* The sinks to give to a cache and to a host tier, with the publisher as
 * their argument. */
extern const struct cache_sink publisher_sink;
extern const struct host_sink publisher_host_sink;
/* And to a pool. */
void publisher_pool_stored(void *publisher, const struct cache_run *run);

/* `zmq` is a libzmq context; texts outlive the publisher. NULL with
 * `err`, for instance while an old socket still holds the port. */
struct publisher *publisher_create(void *zmq, struct loop *loop,
				   const struct publish_options *o,
				   struct error *err);
void publisher_destroy(struct publisher **p);

/* Sends what the cache has told since the last call. */
void publisher_flush(struct publisher *p);
/* The next `n` batches use up their sequence numbers without being sent;
 * nor will they be replayed if `forget`. */
void publisher_drop(struct publisher *p, uint64_t n, bool forget);
/* Silent: batches are numbered and buffered, but never sent, and nobody
 * who asks for old ones is answered. */
void publisher_silence(struct publisher *p, bool silent);

uint64_t publisher_next_seq(const struct publisher *p);
/* "tcp://127.0.0.1:40001"; replay's is empty when it is off. */
const char *publisher_url(const struct publisher *p);
const char *publisher_replay_url(const struct publisher *p);
uint64_t publisher_port(const struct publisher *p);
uint64_t publisher_replay_port(const struct publisher *p);

#endif
