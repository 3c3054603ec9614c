/* What a worker tells of itself, beside what we have sent it: the load that
 * others than us put on it, what its memory really holds, and how many
 * requests it runs at once. What was told
 * some time ago counts for less, but does not go at once. Written by the
 * probe, read by any thread. */
#ifndef ROUTER_FLEET_OTHERS_H
#define ROUTER_FLEET_OTHERS_H

#include "router/fleet/backlog.h"

struct others {
	atomic_uint running, waiting; /* requests */
	_Atomic uint64_t told_ms;     /* 0: never */
	/* Tokens in use or about to be, and our own sums when it was told. */
	_Atomic uint64_t used_tokens, added_tokens, ended_tokens;
	/* Of the tokens of our own, those that are really held: prefixes
	 * that live sequences share are held once. 0: not known. */
	atomic_uint held_ppm;
	/* It was started to run no more at once; 0: not known. */
	atomic_uint max_running;
	/* The probe's own: how often it was told to run so many while others
	 * waited, and when that was last known. */
	uint32_t full_running, full_times;
	uint64_t full_ms;
};

/* As the worker's metrics tell, and what we have there ourselves: the most
 * that was under way while they were asked for. */
struct others_told {
	uint32_t running, waiting, ours;
	uint64_t used_tokens;
	struct backlog_view backlog;
	uint64_t now_ms;
};

struct others_view {
	double running, waiting;
	double live_tokens; /* that all it has, ours or not, hold */
	uint32_t max_running;
};

/* A request that is sent there, in tokens. */
struct others_sent {
	double live;     /* that it holds when it ends */
	double computed; /* of these: its answer is among them */
	double shared;   /* of these: with prompts that are under way there */
};

/* Tokens that come into use with it. A cached block that nobody uses is no
 * load, and is one as soon as it is asked for again. */
double others_brings(const struct others *o, const struct others_sent *s);

void others_tell(struct others *o, const struct others_told *t);
struct others_view others_look(const struct others *o,
			       const struct backlog_view *b, uint64_t now_ms);

#endif
