#include "router/tenant/limit.h"

#define STREAM_WAIT_NS 1000000000ull

const char *tenant_limit_name(enum tenant_limit l)
{
	static const char *const name[] = {
		[TENANT_WITHIN] = "none",
		[TENANT_STREAMS] = "streams",
		[TENANT_REQUESTS] = "requests",
		[TENANT_TOKENS] = "tokens",
	};

	return name[l];
}

/* Not added and taken back: that would turn others away meanwhile. */
static bool take_stream(struct tenant *t)
{
	unsigned n = atomic_load_explicit(&t->meter->streams,
					  memory_order_relaxed);

	do
		if (t->max_streams > 0 && n >= t->max_streams)
			return false;
	while (!atomic_compare_exchange_weak_explicit(
		&t->meter->streams, &n, n + 1, memory_order_relaxed,
		memory_order_relaxed));
	return true;
}

enum tenant_limit tenant_enter(struct tenant *t, uint64_t now_ns,
			       uint64_t *wait_ns)
{
	if (!take_stream(t)) {
		*wait_ns = STREAM_WAIT_NS;
		return TENANT_STREAMS;
	}
	if (bucket_take(&t->meter->requests, &t->requests, 1, now_ns, wait_ns))
		return TENANT_WITHIN;
	tenant_leave(t);
	return TENANT_REQUESTS;
}

void tenant_leave(struct tenant *t)
{
	atomic_fetch_sub_explicit(&t->meter->streams, 1, memory_order_relaxed);
}

enum tenant_limit tenant_charge(struct tenant *t, uint64_t tokens,
				uint64_t now_ns, uint64_t *wait_ns)
{
	return bucket_take(&t->meter->tokens, &t->tokens, tokens, now_ns,
			   wait_ns)
		       ? TENANT_WITHIN
		       : TENANT_TOKENS;
}

void tenant_settle(struct tenant *t, uint64_t charged, uint64_t charged_ns,
		   uint64_t used, uint64_t now_ns)
{
	if (used > charged)
		bucket_owe(&t->meter->tokens, &t->tokens, used - charged,
			   now_ns);
	else if (used < charged)
		bucket_give_back(&t->meter->tokens, &t->tokens, charged - used,
				 charged, charged_ns, now_ns);
}

struct limit_state tenant_requests(const struct tenant *t, uint64_t now_ns)
{
	return (struct limit_state){
		t->requests.capacity,
		bucket_look(&t->meter->requests, &t->requests, now_ns)};
}

struct limit_state tenant_tokens(const struct tenant *t, uint64_t now_ns)
{
	return (struct limit_state){
		t->tokens.capacity,
		bucket_look(&t->meter->tokens, &t->tokens, now_ns)};
}
