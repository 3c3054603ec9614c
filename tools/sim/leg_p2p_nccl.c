/* vLLM's P2pNcclConnector, until 0.23: the addresses ride in the id that
 * both legs share, and a worker's role says which leg it serves:
 * ___prefill_addr_HOST:PORT___decode_addr_HOST:PORT_HEX */
#include "tools/sim/leg_field.h"

#include <string.h>

/* What stands between `before` and `after`; n = 0 if it is not there. */
static struct slice between(struct slice s, struct slice before,
			    struct slice after)
{
	const char *from = s.n ? memmem(s.p, s.n, before.p, before.n) : NULL;
	const char *to;
	size_t left;

	if (!from)
		return (struct slice){0};
	from += before.n;
	left = (size_t)(s.p + s.n - from);
	to = memmem(from, left, after.p, after.n);
	return (struct slice){from, to ? (size_t)(to - from) : 0};
}

bool leg_read_p2p_nccl(const struct leg_source *s, json_t *params,
		       struct leg *out, struct leg_fault *f)
{
	struct slice id = s->request_id;
	struct slice prefill = between(id, SLICE("___prefill_addr_"),
				       SLICE("___decode_addr_"));
	struct slice decode = between(id, SLICE("___decode_addr_"), SLICE("_"));

	(void)params;
	if (s->role == ROLE_BOTH && prefill.n == 0) {
		out->side = LEG_WHOLE;
		return true;
	}
	out->side = s->role == ROLE_PREFILL ? LEG_PREFILL : LEG_DECODE;
	return leg_address(prefill, "prefill_addr of X-Request-Id",
			   &out->prefill, f) &&
	       leg_address(decode, "decode_addr of X-Request-Id", &out->decode,
			   f) &&
	       leg_copy(id, "X-Request-Id", out->key, sizeof(out->key), f);
}
