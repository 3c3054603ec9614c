/* How a prompt's tokens come to be known, in several files. Private to
 * this folder. */
#ifndef ROUTER_PROXY_TOKENIZE_H
#define ROUTER_PROXY_TOKENIZE_H

#include "router/proxy/request.h"

/* The ids (which live as long as the request), and whose they are: on to
 * CHOOSE. `how` is a static word for the metric and the access line. */
enum flow tokenize_known(struct request *r, const uint32_t *token, size_t n,
			 uint64_t ids, const char *how);
/* On to CHOOSE without ids. */
enum flow tokenize_unknown(struct request *r, const char *how);
/* The next request with this prompt finds its ids. */
void tokenize_remember(struct request *r, struct fingerprint_value key,
		       const uint32_t *token, size_t n);
/* A chat, as it came or as another API's body became it. */
enum flow tokenize_chat(struct request *r);
/* A chat that is not rendered here: put to a worker, unless that would be
 * of no use. */
enum flow tokenize_elsewhere(struct request *r);

/* Workers make other ids of the model's chats or texts than we do. */
static inline bool tokenize_chats_differ(const struct fleet_model *m)
{
	return atomic_load_explicit(&m->chat_ids, memory_order_relaxed) >
	       PARITY_OURS;
}

static inline bool tokenize_texts_differ(const struct fleet_model *m)
{
	return atomic_load_explicit(&m->text_ids, memory_order_relaxed) >
	       PARITY_OURS;
}

#endif
