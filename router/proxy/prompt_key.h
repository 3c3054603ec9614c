/* Names for prompts: 128 bits over all that their token ids follow from.
 * Private to this folder. */
#ifndef ROUTER_PROXY_PROMPT_KEY_H
#define ROUTER_PROXY_PROMPT_KEY_H

#include "router/proxy/request.h"

/* The keys of a conversation, one behind each message: key[n - 1] is the
 * whole prompt's, the others those of the turns it grew from. In the
 * request's arena; NULL (n = 0) if `messages` is no array or too long. */
struct fingerprint_value *prompt_keys_of_chat(struct request *r, size_t *n);
struct fingerprint_value prompt_key_of_text(const struct request *r,
					    struct slice text);

#endif
