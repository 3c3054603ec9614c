/* One request on its way: what each step has made of it.
 *
 * Lives from its first byte to its access line. Everything that hangs on
 * it is in its draft or counted. Private to this folder. */
#ifndef ROUTER_PROXY_REQUEST_H
#define ROUTER_PROXY_REQUEST_H

#include "common/base/slab.h"
#include "common/http/h2_session.h"
#include "common/http/room.h"
#include "common/http/rules.h"
#include "common/http/sse.h"
#include "router/api/endpoint.h"
#include "router/api/usage.h"
#include "router/net/farewell.h"
#include "router/proxy/admit.h"
#include "router/proxy/cells.h"
#include "router/proxy/decided.h"
#include "router/proxy/draft.h"
#include "router/proxy/proxy.h"
#include "router/proxy/responder.h"
#include "router/proxy/step.h"
#include "router/proxy/store_load.h"
#include "router/proxy/token_memo.h"

/* What became of a request: exactly one of these. */
enum outcome {
	OUTCOME_OK,
	OUTCOME_CLIENT_ERROR,   /* 4xx, ours or the worker's */
	OUTCOME_SHED,           /* turned away for lack of room */
	OUTCOME_UPSTREAM_ERROR, /* 5xx before a byte was relayed */
	OUTCOME_CUT,            /* broken off, and the client can see it */
	OUTCOME_CLIENT_GONE,
	OUTCOME_DEADLINE, /* a time-out before a byte was relayed */
	OUTCOME_N,
};

#define REQUEST_ID_BYTES 24

/* How its prompt came to be known. */
struct prompt {
	const char *how; /* "local", "worker", "memo", "ids", "none", … */
	uint32_t n_tokens;
	bool known; /* its tokens, or the chains of them, are */
	bool whole; /* n_tokens are all of them, by our own count */
	bool sent;  /* as ids, to the last worker that was tried */
};

/* What was chosen, and what was expected of it. */
struct choice {
	const char *reason; /* a word or two; static */
	uint32_t block_size, prompt_blocks;
	uint32_t held_blocks;   /* by the chosen one */
	uint32_t best_blocks;   /* by whoever held most */
	uint32_t index_version; /* low bits */
	uint32_t work_tokens;   /* to be computed: counted as its load */
	uint64_t took_ns;
	struct backlog_part part; /* of the worker's, while it is held */
	/* Fetched from the model's worker `source`; 0: from nobody. */
	uint32_t fetch_blocks;
	uint32_t seen_blocks; /* sent before to some worker, it is thought */
	uint16_t source;
	uint16_t underway; /* of underway_add(), while its work is held */
	uint8_t gate;      /* enum gate, as it was when the worker was chosen */
	/* Why it was not whoever held most, if it was another. */
	enum cells_column passed_over : 8;
	bool exact : 1;   /* held_blocks comes from events */
	bool matched : 1; /* its blocks were looked for */
	bool told : 1;    /* what it was a trial for; see candidacy.h */
	bool alone : 1;   /* nothing was ahead of it at its worker */
};

/* Of a request whose prompt another worker computes. */
struct handed {
	const struct worker *prefill; /* of r->fleet */
	const char *outcome;          /* a word; static */
	uint32_t prefill_ms;          /* until its whole answer; 0: none */
	bool over;                    /* its worker goes on with that */
};

/* What has become of the hand-over, if it ends now: a word; static. */
const char *handed_outcome(const struct request *r);

/* Of a stream, some tokens ago: from then on its steps are counted. Low
 * bits of what goes on. */
struct pace_mark {
	uint32_t at_us;
	uint16_t events; /* when it is looked at again */
	uint16_t sent;   /* the worker's backlog.sent */
};

/* There are as many as there are streams: what only their beginning needs
 * is in the draft. */
struct request {
	struct proxy *proxy;
	struct responder *responder; /* NULL: an explanation */
	struct fleet *fleet;         /* as it was when the request began */
	struct draft *draft;         /* NULL once a byte of the answer is out */
	const struct endpoint *endpoint;
	const struct fleet_model *model;
	const struct fleet_name *name; /* that the client called it by */
	struct worker *worker;         /* counted, and its load is held */
	char id[REQUEST_ID_BYTES];
	char *client_id; /* what its client calls it; NULL: nothing fit to log
			  */
	enum step step : 8;
	enum outcome outcome : 8;
	bool complete;     /* all of it is here */
	uint32_t decision; /* the last one's ticket, see decided.h; 0: none */
	const char *why;   /* of an outcome that is not OK; static */
	uint16_t status;
	uint8_t n_tried;
	enum http_method method : 8;
	bool work_held;  /* its uncached tokens still count as load */
	bool one_prompt; /* whose tokens the usage tells */
	bool head_sent, streaming_sse;
	bool was_queued, over_http2;
	bool marked;  /* its steps are counted, from: */
	bool watched; /* they are looked at */
	uint32_t queue_ms;
	uint64_t start_ns, first_ns, last_ns; /* 0: not yet */
	uint64_t body_bytes, sent_bytes;
	struct prompt prompt;
	struct choice choice;
	struct handed *handed;      /* NULL: it has one worker only */
	struct store_load *load;    /* NULL: nothing of it is in a store */
	struct residents_seat seat; /* in its worker's KV memory */
	struct pace_mark mark;
	struct exchange exchange;
	struct admission *admission; /* NULL: whoever it is is served */
	struct traced *traced;       /* NULL: mostly it is not */
	/* Of the answer, for its usage: one of them, by streaming_sse. */
	union {
		struct sse sse;
		struct buf tail;
	};
};

/* What its end has brought to light. */
struct ending {
	uint64_t end_ns;
	struct api_usage usage;
	const char *verdict; /* of the prediction; NULL: none was made */
	bool index_changed;  /* which it says: since the choice */
};

/* `start_ns`: when its first byte came. */
struct request *request_create(struct proxy *p, struct responder *to,
			       uint64_t start_ns);
/* The head stays where it is until the draft goes. */
void request_take_head(struct request *r, const struct http_head *h);
/* Gives everything back that it holds. */
void request_destroy(struct request *r);

/* A byte of the answer is out: no other worker will be tried, and what
 * only that would have needed goes. Nothing while the request is not yet
 * wholly sent. */
void request_forget_draft(struct request *r);
/* The approximate index hears what its worker has seen. */
void request_teach(struct request *r);
/* The adapter that the client asked for; n = 0: none. */
struct slice request_lora(const struct request *r);
/* What besides its tokens names its blocks. */
struct hash_extra request_extra(const struct request *r);
/* Of its body, that have come. */
static inline uint64_t request_body_bytes(const struct request *r)
{
	return r->draft != NULL ? buf_len(&r->draft->body) : r->body_bytes;
}
/* Finds what is asked for, once: 200, or the status that says why not. */
unsigned request_find_endpoint(struct request *r);

/* The only way to change r->step. */
static inline void request_step(struct request *r, enum step to)
{
	ASSERT(step_may_follow(r->step, to));
	r->step = to;
}
/* Runs steps until one waits or the request is over. */
void request_run(struct request *r);

/* The steps. */
enum flow step_read(struct request *r);
enum flow step_admit(struct request *r);
enum flow step_route(struct request *r);
enum flow step_tokenize(struct request *r);
enum flow step_choose(struct request *r);
enum flow step_queue(struct request *r);
enum flow step_prefill(struct request *r);
enum flow step_prefilled(struct request *r);
enum flow step_send(struct request *r);
enum flow step_await(struct request *r);
enum flow step_stream(struct request *r);
enum flow step_reply(struct request *r);
enum flow step_finish(struct request *r);

/* Sets an error answer and STEP_REPLY; `why` is for the access line. */
enum flow request_fail(struct request *r, enum outcome outcome, const char *why,
		       const struct api_error *e);
/* The same for one that is turned away for want of room. */
enum flow request_shed(struct request *r, const char *why);
/* The client has gone; the gateway goes; timeouts.request is over. */
void request_client_gone(struct request *r);
void request_deadline(struct request *r);
void request_took_too_long(struct request *r);
/* The client's queue is empty again. */
void request_client_drained(struct request *r);

/* Load that this request puts on its worker. */
void request_hold(struct request *r, struct worker *w);
void request_release_work(struct request *r); /* the prefill is done */
/* All of it, and what it puts on the worker that prefills for it. */
void request_release(struct request *r);
/* A worker has room again: the oldest that wait choose anew. */
void queue_wake(struct proxy *p);
/* Nobody more may wait. */
bool queue_is_full(const struct request *r);
/* Leaves the queue if it is in it. */
void queue_leave(struct request *r);

/* Ends an answer that has begun, so that the client sees it is broken. */
void relay_cut(struct request *r, const char *message);
enum flow explain_answer(struct request *r);
/* Whether a request with this head has to be turned away unread. */
bool proxy_must_shed(const struct proxy *p, const struct http_head *h);
void accept_init(struct proxy *p);
void accept_fini(struct proxy *p);
/* What is held will be counted within a second. */
void accept_count_later(struct proxy *p);
void queue_init(struct proxy *p);
void queue_fini(struct proxy *p);
/* Memory of peaks that have passed is given back a little later. */
void request_trim_later(struct proxy *p);
void request_trim(void *proxy);
/* Blocks until helpers have given back what they hold of this proxy. */
void request_wait_for_jobs(struct proxy *p);
void access_write(const struct request *r, const struct ending *e);
const char *outcome_name(enum outcome o);

struct proxy {
	struct proxy_options o;
	struct fleet *fleet;
	struct tenants *tenants; /* NULL: everybody is served */
	struct key_memo key_memo;
	struct index_reader *exact, *approx;
	struct pool *pool;
	struct http_limits http;
	struct slab client_slab, request_slab, chunks; /* chunks: of drafts */
	struct slab admission_slab, h2_slab, parked_slab;
	struct h2_limits h2;
	struct buf frames;         /* of one write */
	struct list clients, gone; /* gone: closed, and not yet freed */
	struct list parked;        /* see parked.h */
	struct timer parked_until;
	size_t n_clients; /* parked ones, too */
	struct waiting_room queue;
	size_t n_queue;
	struct list explaining;
	struct timer trim;
	struct http_rooms rooms; /* of clients */
	struct policy_state policy, shadow;
	struct budget_part budget_part; /* requests not yet told */
	struct token_memo *token_memo;
	struct memo *chain_memo;
	/* Of one rendering at a time. */
	struct arena prompt_arena;
	struct buf prompt_room;
	struct tm local; /* at local_s */
	time_t local_s;
	struct cells cells;
	/* Our parts of these. */
	struct metric_cell *active, *open, *resting, *accepted, *h2_open,
		*h2_streams;
	struct rng rng; /* of ids: of requests, and of what is traced */
	struct decided decided;
	uint64_t n_taught;
	uint64_t n_optional; /* requests whose store might be left alone */
	enum pressure pressure;
	struct farewell farewell;
	struct timer census;
	struct { /* bytes, as the metrics say */
		size_t connections, requests, bodies, buffers;
	} told;
	bool draining, idle_ended; /* see proxy_drain() */
	struct timer drain, drain_idle, queue_timer;
	size_t n_jobs; /* at helpers */
};

#endif
