/* What is known of a request until its answer has begun: the body with all
 * that was read from it, the prompt, the candidates, the bytes to send.
 *
 * A stream may live for minutes and needs none of it, so all of it lies in
 * one arena, this struct included, and goes when a byte of the answer is
 * out. Private to this folder. */
#ifndef ROUTER_PROXY_DRAFT_H
#define ROUTER_PROXY_DRAFT_H

#include "common/base/arena.h"
#include "common/base/slab.h"
#include "common/hash/chain.h"
#include "common/hash/memo.h"
#include "router/api/request.h"
#include "router/placement/board.h"
#include "router/policy/pair.h"
#include "router/prompt/recall.h"
#include "router/proxy/waiting.h"
#include "router/upstream/exchange.h"

#define MAX_TRIES 16

struct request;

struct draft {
	struct arena arena;
	struct request *request;
	struct buf body;
	struct buf send_head;
	struct buf reply_head; /* held back until a byte of the body comes */

	/* READ */
	const struct http_head *head; /* in the parser; never NULL */
	size_t head_bytes;
	uint64_t body_since_ms; /* when the head was here */
	struct slice path;      /* normalised */
	unsigned path_status;   /* of finding it; 0: not tried */
	uint64_t ready_ns, decided_ns;

	/* ROUTE */
	struct api_request api;
	struct slice salt; /* that the worker gets; n = 0: none */

	/* TOKENIZE */
	const uint32_t *token; /* NULL: the chains are made already */
	uint64_t ids;          /* whose they are: a print, see parity.h */
	/* To be handed over; p NULL: not. */
	const struct splice *with_ids; /* the body with them */
	struct slice ids_json;         /* "[1,2,3]" */
	struct chain engine, tokens;   /* n = 0: not computed */
	/* Those keys, where they are a conversation's. */
	struct chain_keys *engine_held, *tokens_held;
	struct chain text;   /* of bytes, where tokens are unknown */
	struct exchange ask; /* a worker's /tokenize */
	struct buf ask_body, ask_answer;
	struct slice ask_send[2];
	struct fingerprint_value *chat_key; /* one behind each message */
	size_t n_chat_keys;
	struct recalled recalled; /* what is known of it */
	struct arena mapped;      /* the chat of another API's body */
	struct request_job *job;  /* at a helper; it must come back */

	/* CHOOSE: candidates as they stood when the choice was made. */
	uint64_t choose_ns;
	struct policy_query query; /* what the model's policy is asked */
	struct policy_candidate *candidate;
	struct policy_term *term;
	size_t n_candidates;
	struct policy_decision decision;
	uint64_t named;   /* hash of its session's name; 0: it has none */
	uint64_t session; /* the same, its tenant's own */
	bool let_in;      /* a worker has room for its session */
	bool for_memory;  /* what it waits for */
	bool is_twin;     /* and so is this: see twins.h */
	uint64_t twin_until_ms, twin_look_ms; /* 0: it never was */
	unsigned tried[MAX_TRIES];
	struct pair_side *side; /* of the candidates; NULL: no pair may be */
	size_t guessed_tokens;  /* of a prompt that pairs know no more of */
	struct pair_decision pair;
	struct board_move placing; /* to be taken along; key 0: none */
	bool unsplit;              /* whoever serves it does so alone */
	struct waiting queued;     /* in proxy->queue */

	/* PREFILL */
	struct legs *legs; /* NULL: one worker serves it alone */

	/* SEND */
	struct slice *send;
	size_t n_send;

	/* REPLY */
	struct buf reply; /* a body of our own */
	const char *reply_type;
	const char *allow; /* of a 405 */
	unsigned retry_after_s;

	/* An explanation. */
	void (*explained)(void *arg, int status, struct slice json);
	void *explained_arg;
	bool explained_in_text;
	struct list explaining; /* in proxy->explaining */
};

/* `chunks`: objects of SLAB_MAX_BYTES, of which a small request takes one
 * or two. It outlives the draft. */
struct draft *draft_create(struct request *r, struct slab *chunks);
/* Nothing is under way for it any more. */
void draft_destroy(struct draft **d);

/* Who computes the prompt, of the candidates; one has been chosen. */
static inline int draft_computing(const struct draft *d)
{
	return d->legs != NULL ? d->pair.prefill : d->decision.chosen;
}

/* Room for `n` bytes where `b` has none yet: bytes that are as short-lived
 * as the draft are best kept in its arena. `b` is one of its own. */
void draft_make_room(struct draft *d, struct buf *b, size_t n);

#endif
