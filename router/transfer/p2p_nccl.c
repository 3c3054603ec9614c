/* vLLM's P2pNcclConnector, until 0.23: both addresses ride in the request's
 * id, which the two legs share. */
#include "router/transfer/transfer.h"

#include <inttypes.h>

static void put_address(const char *before, const struct worker *w,
			struct buf *out)
{
	buf_printf(out, "%s%s:%u", before, w->transfer.host, w->transfer.port);
}

static struct slice name(const struct transfer_pair *p, struct arena *arena)
{
	struct buf out = {0};

	put_address("___prefill_addr_", p->prefill, &out);
	put_address("___decode_addr_", p->decode, &out);
	/* What it takes for a UUID are 32 digits. */
	buf_printf(&out, "_%016" PRIx64 "%016" PRIx64, p->nonce, ~p->nonce);
	return transfer_keep(arena, &out);
}

static enum transfer_result decode(const struct transfer_pair *p,
				   struct slice answer, struct splice *body)
{
	(void)p, (void)answer, (void)body;
	return TRANSFER_DONE;
}

const struct transfer transfer_p2p_nccl = {
	.decode = decode,
	.name = name,
};
