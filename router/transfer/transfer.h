/* How keys and values that one worker computed get to another: what is put
 * into the two requests that one request becomes, a leg to each worker.
 *
 * One row for each connector that engines run, a file each. Bodies are
 * splices of the client's bytes, and what is put into them lives in their
 * arena. Parameters that the prefill worker answers with are handed on byte
 * for byte: engines differ in what they put there, and only they read it.
 * Pure; any thread. */
#ifndef ROUTER_TRANSFER_TRANSFER_H
#define ROUTER_TRANSFER_TRANSFER_H

#include "common/json/splice.h"
#include "router/fleet/worker.h"

/* What is known of both legs before they are sent. */
struct transfer_pair {
	const struct worker *prefill, *decode;
	struct slice id;        /* of the request, ours */
	struct slice engine_id; /* of the prefill worker; n = 0: not known */
	uint64_t nonce;         /* random: another one for each try */
	size_t n_prompts;       /* in the body; 1 mostly */
	/* What the prefill worker is told besides, as in peer.h; n = 0:
	 * nothing. */
	struct slice beside;
};

enum transfer_result {
	TRANSFER_DONE, /* the body is the decode leg's */
	TRANSFER_NONE, /* nothing was handed over: the body is as it was */
};

struct transfer {
	/* Both legs are sent at once; else the decode leg waits for the whole
	 * answer of the other. */
	bool concurrent;
	/* Both bodies are the client's but for what is put in: no edits of
	 * transfer_one_token(). */
	bool same_body;
	bool batches;      /* several prompts, or answers, in one request */
	bool chat_only;    /* OpenAI's chats and completions only */
	bool needs_engine; /* pair.engine_id */
	/* The prefill leg can be told pair.beside. Of others that is not
	 * known, or they have no releases with such tiers. */
	bool steered;

	/* NULL: nothing is put in. */
	void (*prefill)(const struct transfer_pair *p, struct splice *body);
	/* `answer`: the prefill worker's whole body, which must outlive
	 * `body`; n = 0 if it is concurrent. */
	enum transfer_result (*decode)(const struct transfer_pair *p,
				       struct slice answer,
				       struct splice *body);
	/* The X-Request-Id of both legs, in the arena; NULL: pair.id. */
	struct slice (*name)(const struct transfer_pair *p,
			     struct arena *arena);
	/* Concurrent: by the prefill worker's answer, the decode worker waits
	 * for what will never come. NULL: that cannot be. */
	bool (*failed)(struct slice answer);
};

/* NULL for CONF_CONNECTOR_NONE. */
const struct transfer *transfer_find(enum conf_connector c);

/* The edits of a prefill leg that all of vLLM's connectors want: one token
 * of one answer, not streamed, nothing stored. `limit`: the member that
 * bounds this API's answers, "max_tokens" mostly. */
void transfer_one_token(struct splice *body, const char *limit);

/* `text` moves into the arena; `text` is empty afterwards. */
struct slice transfer_keep(struct arena *arena, struct buf *text);

extern const struct transfer transfer_nixl, transfer_nixl_push,
	transfer_mooncake, transfer_p2p_nccl, transfer_lmcache, transfer_sglang;

#endif
