/* One generation request from its body to its last byte.
 *
 * It holds the evhttp request while that lives; a client that goes away
 * ends it at once, and its sequences with it. The loop's thread. */
#ifndef TOOLS_SIM_EXCHANGE_H
#define TOOLS_SIM_EXCHANGE_H

#include "tools/sim/fetch.h"
#include "tools/sim/handoff.h"
#include "tools/sim/shape.h"
#include "tools/sim/worker.h"

struct evhttp_request;

struct choice {
	struct task task;
	struct exchange *exchange;
	size_t index;
	struct token_list output;
	const char *finish;
};

/* What a fault makes of the stream. */
enum spoil { SPOIL_NONE, SPOIL_MUTE, SPOIL_RESET, SPOIL_CLOSE, SPOIL_DIE };

struct exchange {
	struct worker *worker;
	struct conn *conn;
	struct evhttp_request *req;
	struct ask ask;
	struct shape shape;
	struct rank *rank;
	struct choice *choice;
	size_t n, n_open, n_chunks;
	struct served served;
	struct handoff *handoff; /* of each prompt */
	struct fetch fetch;
	uint64_t arrived_ns;
	struct event *timer; /* a slow start, a cut or an end to come */
	bool is_started;     /* tasks are submitted */
	bool is_mute;
	bool is_ending, is_written; /* all that comes before its end */
	enum outcome outcome;       /* once it is ending */
	enum spoil spoil;
	bool break_framing;
	uint64_t spoil_after;
	char id[WORKER_ID_BYTES + 16];
};

/* Parses and checks, then answers sooner or later. */
void exchange_start(struct worker *w, struct conn *conn,
		    struct evhttp_request *req, enum ask_kind kind);
/* The connection is going: nothing more can be sent. Frees it. */
void exchange_abandon(struct exchange *x);
/* For the engines' sink. */
void exchange_token(void *arg, struct task *t);
bool exchange_fetch(void *arg, struct task *t);
void exchange_copied(void *arg, struct task *t);

/* Token counts so far, into x->served. */
void exchange_measure(struct exchange *x);
/* The prompt of that number goes on to the engine; if it is there, nothing
 * comes from elsewhere for it any more. */
void exchange_submit(struct exchange *x, size_t prompt);
/* Ends as an engine does that could not load what it was to begin with, or
 * could not hand over what it ended with. */
void exchange_fail(struct exchange *x);
/* Ends it if nothing holds the answer any more. */
void exchange_go_on(struct exchange *x);
/* A stream whose last event was sent: ends it, now or soon. */
void exchange_end(struct exchange *x, enum outcome outcome);
/* Remembers how it went and frees it; the last answer is then sent on the
 * request that is returned, since evhttp may close on us while sending. */
struct evhttp_request *exchange_finish(struct exchange *x,
				       enum outcome outcome);

#endif
