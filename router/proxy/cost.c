#include "router/proxy/cost.h"

/* As many as a token mostly has. */
#define BYTES_A_TOKEN 4
#define MAX_COST      (((uint64_t)1 << 62) - 1)

/* Where no prompt is computed, no token is used. */
static bool is_free(const struct request *r)
{
	return r->endpoint->cache == API_UNCACHED;
}

static uint64_t prompt_tokens(const struct request *r)
{
	const struct api_request *a = &r->draft->api;
	uint64_t n = 0;

	if (a->prompt_kind != API_PROMPT_TOKENS)
		return buf_len(&r->draft->body) / BYTES_A_TOKEN;
	for (size_t i = 0; i < a->n_prompts; i++)
		n += a->tokens[i].n;
	return n;
}

static uint64_t at_least_one(int64_t n)
{
	return n > 1 ? (uint64_t)n : 1;
}

static uint64_t answer_tokens(const struct api_request *a)
{
	int64_t each = a->max_tokens >= 0 ? a->max_tokens
					  : a->max_output_tokens;
	uint64_t n = at_least_one(a->n > a->best_of ? a->n : a->best_of);

	if (each <= 0)
		return 0;
	if (__builtin_mul_overflow(n, at_least_one((int64_t)a->n_prompts),
				   &n) ||
	    __builtin_mul_overflow(n, (uint64_t)each, &n))
		return MAX_COST;
	return n < MAX_COST ? n : MAX_COST;
}

struct cost cost_estimate(const struct request *r)
{
	if (is_free(r))
		return (struct cost){0};
	return (struct cost){prompt_tokens(r), answer_tokens(&r->draft->api)};
}

static uint64_t not_negative(int64_t n)
{
	return n > 0 ? (uint64_t)n : 0;
}

static uint64_t prompt_of(const struct request *r, const struct api_usage *told)
{
	bool for_nobody = r->outcome == OUTCOME_CLIENT_GONE &&
			  r->worker != NULL;

	if (told->prompt_tokens >= 0)
		return (uint64_t)told->prompt_tokens;
	if (r->first_ns == 0 && !for_nobody)
		return 0;
	return r->prompt.whole ? r->prompt.n_tokens : r->admission->prompt;
}

static uint64_t answer_of(const struct request *r, const struct api_usage *told)
{
	bool tells = told->prompt_tokens >= 0 || told->completion_tokens >= 0;
	uint64_t said = not_negative(told->completion_tokens), passed;

	if (r->first_ns == 0 || (tells && r->outcome == OUTCOME_OK))
		return said;
	passed = r->streaming_sse ? r->sse.events
				  : r->sent_bytes / BYTES_A_TOKEN;
	return passed > said ? passed : said;
}

struct cost cost_of(const struct request *r, const struct api_usage *told)
{
	if (is_free(r) || r->status >= 400)
		return (struct cost){0};
	return (struct cost){prompt_of(r, told), answer_of(r, told)};
}
