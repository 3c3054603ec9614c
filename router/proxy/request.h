/* One request on its way: what each step has made of it.
 *
 * Lives from its first byte to its access line. Everything that hangs on
 * it is in its arena, in its body, or counted. Private to this folder. */
#ifndef ROUTER_PROXY_REQUEST_H
#define ROUTER_PROXY_REQUEST_H

#include "common/base/arena.h"
#include "common/base/slab.h"
#include "common/hash/chain.h"
#include "common/hash/memo.h"
#include "common/http/sse.h"
#include "router/api/endpoint.h"
#include "router/api/request.h"
#include "router/api/usage.h"
#include "router/prompt/recall.h"
#include "router/proxy/cells.h"
#include "router/proxy/client.h"
#include "router/proxy/step.h"
#include "router/proxy/token_memo.h"
#include "router/upstream/exchange.h"

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
#define MAX_TRIES        16

/* What the prompt is known as. */
struct prompt {
	bool known;            /* its tokens are */
	const uint32_t *token; /* NULL: the chains are made already */
	size_t n_tokens;
	struct chain engine, tokens; /* n = 0: not computed */
	struct chain text;           /* of bytes, where tokens are unknown */
	const char *how; /* "local", "worker", "memo", "ids", "none" */
};

/* Candidates as they stood when the choice was made. */
struct choice {
	struct policy_candidate *candidate;
	struct policy_term *term;
	size_t n;
	struct policy_decision decision;
	size_t block_size, prompt_blocks;
	uint32_t held_blocks; /* by the chosen one */
	uint32_t best_blocks; /* by whoever held most */
	bool exact;           /* held_blocks comes from events */
	uint64_t index_version;
	uint64_t work_tokens; /* to be computed: counted as its load */
};

struct request {
	/* Memory that outlives the request, to be used by the next. */
	struct arena arena;
	struct buf body; /* void once a byte of the answer is out */
	struct buf send_head;
	struct buf reply_head; /* held back until a byte of the body comes */
	struct buf tail; /* of an answer that is no stream: where usage is */

	/* All from here on begins as zeros. */
	struct proxy *proxy;
	struct client *client; /* NULL: an explanation */
	enum step step;
	struct fleet *fleet; /* as it was when the request began */
	char id[REQUEST_ID_BYTES];

	/* READ */
	struct http_head head; /* in the parser, until the answer is out */
	struct slice path;     /* normalised */
	bool complete;
	uint64_t start_ns, ready_ns, decided_ns, first_ns, end_ns;

	/* ROUTE */
	const struct endpoint *endpoint;
	struct api_request api;
	const struct fleet_model *model;
	struct slice lora;

	/* TOKENIZE */
	struct prompt prompt;
	struct exchange ask; /* a worker's /tokenize */
	struct buf ask_body, ask_answer;
	struct slice ask_send[2];
	struct fingerprint_value *chat_key; /* one behind each message */
	size_t n_chat_keys;
	struct recalled recalled; /* what is known of it */
	struct prompt_job *job;   /* at a helper; it must come back */

	/* CHOOSE */
	struct choice choice;
	struct worker *worker; /* counted, and its load is held */
	unsigned tried[MAX_TRIES];
	size_t n_tried;
	struct list queued; /* in proxy->queue */
	uint64_t queue_since_ms, queue_ms;

	/* SEND … STREAM */
	struct exchange exchange;
	struct slice *send;
	size_t n_send;
	bool work_held; /* its uncached tokens still count as load */
	unsigned status;
	bool head_sent, chunked, streaming_sse;
	bool keep; /* the client's connection survives this answer */
	uint64_t sent_bytes;
	uint64_t body_bytes; /* what the body had, once it is void */
	struct sse sse;

	/* REPLY */
	struct buf reply; /* a body of our own */
	const char *reply_type;
	const char *allow; /* of a 405 */
	unsigned retry_after_s;

	/* FINISH */
	const char *verdict; /* of the prediction; NULL: none was made */
	struct api_usage usage;
	enum outcome outcome;
	const char *why; /* of an outcome that is not OK; static */

	/* An explanation. */
	void (*explained)(void *arg, int status, struct slice json);
	void *explained_arg;
	struct list explaining; /* in proxy->explaining */

	struct request *spare; /* next in the proxy's reserve */
};

/* From the reserve; its clock starts. */
struct request *request_create(struct proxy *p, struct client *c);
/* Gives everything back that it holds. */
void request_destroy(struct request *r);

/* The only way to change r->step. */
void request_step(struct request *r, enum step to);
/* Runs steps until one waits or the request is over. */
void request_run(struct request *r);

/* The steps. */
enum flow step_read(struct request *r);
enum flow step_route(struct request *r);
enum flow step_tokenize(struct request *r);
enum flow step_choose(struct request *r);
enum flow step_queue(struct request *r);
enum flow step_send(struct request *r);
enum flow step_await(struct request *r);
enum flow step_stream(struct request *r);
enum flow step_reply(struct request *r);
enum flow step_finish(struct request *r);

/* Sets an error answer and STEP_REPLY; `why` is for the access line. */
enum flow request_fail(struct request *r, enum outcome outcome, const char *why,
		       const struct api_error *e);
/* The client has gone, or its time is up. */
void request_client_gone(struct request *r);
void request_deadline(struct request *r);
/* The client's queue is empty again. */
void request_client_drained(struct request *r);

/* Load that this request puts on its worker. */
void request_hold(struct request *r, struct worker *w);
void request_release_work(struct request *r); /* the prefill is done */
void request_release(struct request *r);
/* A worker has room again: the oldest that wait choose anew. */
void queue_wake(struct proxy *p);
/* Leaves the queue if it is in it. */
void queue_leave(struct request *r);

/* Ends an answer that has begun, so that the client sees it is broken. */
void relay_cut(struct request *r, const char *message);
enum flow explain_answer(struct request *r);
void queue_init(struct proxy *p);
void queue_fini(struct proxy *p);
void request_free_spare(struct proxy *p);
void request_trim(void *proxy);
/* Blocks until helpers have given back what they hold of this proxy. */
void request_wait_for_jobs(struct proxy *p);
void access_write(struct request *r);
const char *outcome_name(enum outcome o);

struct proxy {
	struct proxy_options o;
	struct fleet *fleet;
	struct index_reader *exact, *approx;
	struct pool *pool;
	struct http_limits http;
	struct slab client_slab, request_slab;
	struct list clients, gone; /* gone: closed, and not yet freed */
	size_t n_clients;
	struct list queue; /* requests, oldest first */
	size_t n_queue;
	struct list explaining;
	struct request *spare;
	size_t n_spare;
	size_t n_active, peak; /* requests; peak: since memory was trimmed */
	struct timer trim;
	struct http_spare spare_heads;
	struct policy_state policy;
	struct token_memo *token_memo;
	struct memo *chain_memo;
	/* Of one rendering at a time. */
	struct arena prompt_arena;
	struct buf prompt_room;
	struct tm local; /* at local_s */
	time_t local_s;
	struct cells cells;
	struct rng rng; /* of request ids */
	bool draining;
	struct timer drain, queue_timer;
	size_t n_jobs; /* at helpers */
};

#endif
