/* ADMIT: whose request it is, and whether it may come in now.
 *
 * The key is looked at with the head, so that nobody's body is read who has
 * none; the limits of requests when all of it is here; models, tokens, salt
 * and priority once its body has been read. Without tenants there is no
 * admission, and nothing of this is done.
 *
 * Where salts are on, tenants are kept apart in all that a request's time
 * could tell of another's prompt: the salt is in the chains of both kinds of
 * keys and of texts, so an index finds only the tenant's own blocks; in the
 * names of prompts that workers tokenized; and conversations are found by
 * fingerprints under a number that is the tenant's. Two things are shared:
 * the tokenizers' memories of single words, which tell of words, not of
 * prompts, and some 100 ns of them; and all budgets of memory, so that one
 * who fills them slows others down. With `combine` the clients of one tenant
 * are kept apart in engines, indexes and prompts, but find one another's
 * conversations in the gateway, which parses them a little quicker then.
 * Where salts are off engines share, and so does the gateway.
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_ADMIT_H
#define ROUTER_PROXY_ADMIT_H

#include "common/base/buf.h"
#include "common/http/head.h"
#include "router/api/models.h"
#include "router/tenant/limit.h"

struct ending;
struct request;

/* There is one while tenants are on. */
struct admission {
	struct tenant *tenant; /* counted; NULL: it is turned away */
	enum tenant_refusal refusal;
	bool entered;     /* it counts among its tenant's requests */
	bool left;        /* and no more among those that are open */
	bool never;       /* waiting would not help */
	uint64_t prompt;  /* tokens of it, as estimated */
	uint64_t charged; /* tokens, at charged_ns */
	uint64_t charged_ns;
};

/* The head is here: finds out whose it is. */
void admit_head(struct request *r);
/* An explanation is one of this tenant's, and costs it nothing. */
void admit_as(struct request *r, struct tenant *t);
/* It will be answered with 401, whatever comes. */
bool admit_denies(const struct request *r);
/* Its body has been read and its model found: what it may cost, and what
 * the worker is told of it. False: it has got its answer. */
bool admit_body(struct request *r);
/* It is over: what it cost in truth. */
void admit_settle(struct request *r, const struct ending *e);
/* The last of its answer is about to be sent: its client, who may then ask
 * again at once, finds room for that. */
void admit_leave(struct request *r);
/* Gives back what it holds; without an admission, nothing. */
void admit_end(struct request *r);

/* What its client may see and call. */
struct models_filter admit_filter(const struct request *r);
bool admit_allows(const struct request *r, struct slice model);
/* The tenant's; NULL. */
const char *admit_name(const struct request *r);
/* For recall_find(). */
uint64_t admit_whose(const struct request *r);
/* A class below CONF_PRIORITIES. */
unsigned admit_priority(const struct request *r);

/* Of an answer: how far the limits are used; of a 401, how to ask. */
void admit_write_headers(struct request *r, struct buf *out);
/* As api_header_forwarded(), without what may be a key. */
bool admit_passes(const struct http_head *request, const struct http_header *h);
/* As api_reply_header_forwarded(), without a worker's limits. */
bool admit_passes_back(const struct http_head *reply,
		       const struct http_header *h);

#endif
