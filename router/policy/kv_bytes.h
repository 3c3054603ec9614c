/* How many bytes the keys and values of a token take, by the model's
 * config.json: heads that share keys (MHA, GQA, MQA), latent attention
 * (MLA), layers that look back on a window only, and layers that keep a
 * state of fixed size instead (hybrid models). Pure; any thread. */
#ifndef ROUTER_POLICY_KV_BYTES_H
#define ROUTER_POLICY_KV_BYTES_H

#include "common/base/error.h"
#include "common/base/slice.h"

struct kv_shape {
	unsigned full_layers;   /* that keep every token */
	unsigned window_layers; /* that keep the last `window` tokens */
	unsigned window;
	unsigned layer_values; /* that a layer keeps of a token */
	unsigned value_bytes;  /* of the model's own type */
};

/* ERR_INVALID with a sentence: not JSON, or a size that must be there is
 * not, or is out of all bounds. */
MUST_USE enum status kv_shape_parse(struct slice config, struct kv_shape *out,
				    struct error *err);

/* What one token more takes, far from the beginning. `value_bytes` of the
 * cache's type, 1 for fp8; 0: as the model's. */
double kv_bytes_per_token(const struct kv_shape *s, unsigned value_bytes);
/* Of a sequence of so many tokens, with the windows' share. */
double kv_bytes_of(const struct kv_shape *s, double tokens,
		   unsigned value_bytes);
/* A token's share in a prompt as prompts are, by the model's own type. */
double kv_bytes_usual(const struct kv_shape *s);

#endif
