/* Token ids in a worker's answer. Pure. */
#ifndef ROUTER_API_TOKEN_IDS_H
#define ROUTER_API_TOKEN_IDS_H

#include "common/base/arena.h"
#include "common/json/scan.h"

/* The member `name` of an object, a list of ids of vLLM's: {"tokens":[…]}
 * of /tokenize, {"token_ids":[…]} of a render. ERR_INVALID: there is none;
 * ERR_LIMIT: more than `max` ids. */
MUST_USE enum status api_token_ids_read(struct slice json, const char *name,
					size_t max, struct arena *arena,
					uint32_t **out, size_t *n);

#endif
