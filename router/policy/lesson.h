/* What a gateway sees of a worker, made into what its rates are learned
 * from. A worker prefills one prompt after the other, so a prompt's own
 * time begins when it comes, or when the one before it is done; prompts
 * that end in one step have that time together, for which a prompt is put
 * off until it is known whether others ended with it. Pure; one thread. */
#ifndef ROUTER_POLICY_LESSON_H
#define ROUTER_POLICY_LESSON_H

#include <stdbool.h>

#include "router/policy/learn.h"

/* Prompts that ended in one step. */
struct lesson_prefill {
	double begin_ms, end_ms;
	double context, tokens, decoding_ms;
	bool fresh; /* it began when the first of them came */
	bool moved; /* blocks by a transfer: its time tells of that too */
};

struct lesson {
	struct learn learn;
	/* Of the store that it shares with others, who teach it, too; NULL:
	 * there is none. */
	struct learn_link *store;
	struct lesson_prefill last;
};

/* Of a request, when its first token comes. */
struct lesson_first {
	double sent_ms, at_ms;
	double context, computed; /* tokens */
	/* Tokens of the context, by transfers: from a peer, from its own other
	 * tier, from the store. */
	double fetched, loaded, stored;
	enum policy_distance distance; /* of those fetched */
	bool alone;                    /* nothing was ahead of it */
	double decoding, kv_tokens;    /* sequences meanwhile; what all hold */
};

/* With no store. */
void lesson_init(struct lesson *l, const struct policy_rates *prior);
/* The worker is another now, of the same kind perhaps. */
void lesson_restart(struct lesson *l);

/* In the order in which they come. */
void lesson_first_token(struct lesson *l, const struct lesson_first *f);
/* A stream had two tokens `ms` apart, and no prompt was under way. */
void lesson_step(struct lesson *l, double decoding, double kv_tokens,
		 double ms);

#endif
