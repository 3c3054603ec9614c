#include "router/policy/prior.h"

#include "common/base/assert.h"
#include "router/policy/price.h"

#include <math.h>

/* L4, H100 and H200 as fitted to published measurements of Qwen3-4B (FP8),
 * Qwen3-32B on two of them, and gpt-oss-120b; the others from those, by
 * the ratios of their arithmetic (a token) and of their memory's bandwidth
 * (a step, and the keys and values it reads). The model decides how many
 * bytes a token of them takes: rates of what moves or reads it go by that,
 * and so does the room for it. */
static const struct class {
	struct policy_rates rates; /* all 0: price_usual, an H100's */
	double token_bytes;        /* of the model that these are of */
} class[CONF_GPU_N] = {
	[CONF_GPU_USUAL] = {.token_bytes = 262144},
	[CONF_GPU_L4] = {{.overhead_ms = 6,
			  .step_ms = 18.7,
			  .token_ms = .082,
			  .attention_ms = 6.7e-6,
			  .sequence_ms = .1,
			  .kv_ms = 3.4e-4,
			  .budget = 4096,
			  .load_ms = 4,
			  .load_token_ms = .006,
			  .fetch_ms = 30,
			  .fetch_token_ms = .03,
			  .room_tokens = 178000},
			 .token_bytes = 73728},
	[CONF_GPU_L40S] = {{.overhead_ms = 8,
			    .step_ms = 16,
			    .token_ms = .06,
			    .attention_ms = 3e-6,
			    .sequence_ms = .08,
			    .kv_ms = 1.5e-4,
			    .budget = 8192,
			    .load_ms = 4,
			    .load_token_ms = .006,
			    .fetch_ms = 28,
			    .fetch_token_ms = .02,
			    .room_tokens = 350000},
			   .token_bytes = 73728},
	[CONF_GPU_A100] = {{.overhead_ms = 12,
			    .step_ms = 20,
			    .token_ms = .1,
			    .attention_ms = 2.5e-6,
			    .sequence_ms = .08,
			    .kv_ms = 8e-5,
			    .budget = 8192,
			    .load_ms = 4,
			    .load_token_ms = .007,
			    .fetch_ms = 26,
			    .fetch_token_ms = .0105,
			    .room_tokens = 307328},
			   .token_bytes = 262144},
	[CONF_GPU_H100] = {.token_bytes = 262144},
	[CONF_GPU_H200] = {{.overhead_ms = 12,
			    .step_ms = 20,
			    .token_ms = .038,
			    .attention_ms = 2e-7,
			    .sequence_ms = .02,
			    .kv_ms = 6e-6,
			    .budget = 16384,
			    .load_ms = 4,
			    .load_token_ms = .002,
			    .fetch_ms = 26,
			    .fetch_token_ms = .00425,
			    .room_tokens = 990000},
			   .token_bytes = 73728},
	[CONF_GPU_B200] = {{.overhead_ms = 12,
			    .step_ms = 12,
			    .token_ms = .017,
			    .attention_ms = 1e-7,
			    .sequence_ms = .015,
			    .kv_ms = 3.6e-6,
			    .budget = 16384,
			    .load_ms = 4,
			    .load_token_ms = .001,
			    .fetch_ms = 26,
			    .fetch_token_ms = .00425,
			    .room_tokens = 1350000},
			   .token_bytes = 73728},
	[CONF_GPU_MI300X] = {{.overhead_ms = 12,
			      .step_ms = 20,
			      .token_ms = .045,
			      .attention_ms = 2e-6,
			      .sequence_ms = .05,
			      .kv_ms = 4e-5,
			      .budget = 8192,
			      .load_ms = 4,
			      .load_token_ms = .005,
			      .fetch_ms = 26,
			      .fetch_token_ms = .0105,
			      .room_tokens = 380000},
			     .token_bytes = 262144},
};

/* A file that is off by more than this is not to be believed. */
#define MOST_OFF 100.0

struct policy_rates prior_of(enum conf_gpu gpu, double token_bytes)
{
	const struct class *c;
	struct policy_rates r;
	double times = 1;

	ASSERT(gpu < CONF_GPU_N);
	c = &class[gpu];
	r = c->rates.step_ms > 0 ? c->rates : price_usual;
	if (token_bytes > 0)
		times = fmin(fmax(token_bytes / c->token_bytes, 1 / MOST_OFF),
			     MOST_OFF);
	r.kv_ms *= times;
	r.load_token_ms *= times;
	r.fetch_token_ms *= times;
	r.fetch_rack_token_ms = PRICE_RACK * r.fetch_token_ms;
	r.fetch_across_token_ms = PRICE_ACROSS * r.fetch_token_ms;
	r.room_tokens /= times;
	return r;
}

struct policy_rates prior_of_worker(const struct conf_model *m,
				    unsigned own_gpu, double token_bytes)
{
	return prior_of(own_gpu == 0 ? m->gpu : (enum conf_gpu)(own_gpu - 1),
			token_bytes);
}
