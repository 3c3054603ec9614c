#include "router/proxy/patience.h"

#include "router/proxy/pace.h"

static uint64_t left(uint64_t until_ms, uint64_t now_ms)
{
	return until_ms > now_ms ? until_ms - now_ms : 0;
}

uint64_t patience_body(const struct request *r, uint64_t now_ns)
{
	const struct conf *c = r->fleet->conf;
	const struct pace pace = {
		.bytes_a_second = c->limits.min_body_rate,
		.max_ms = c->timeouts.body,
	};
	const struct draft *d = r->draft;

	return left(d->body_since_ms + pace_until(&pace, buf_len(&d->body)),
		    now_ns / 1000000);
}

uint64_t patience_request(const struct proxy *p, uint64_t first_byte_ns,
			  uint64_t now_ns)
{
	uint64_t all_ms = p->fleet->conf->timeouts.request;

	if (all_ms == 0)
		return PATIENCE_ENDLESS;
	/* Most come whole in one reading. */
	if (first_byte_ns == now_ns)
		return all_ms;
	return left(all_ms, (now_ns - first_byte_ns) / 1000000);
}
