/* LMCacheConnectorV1: the prefill worker sends its chunks to the decode
 * worker's cache, which finds them there by their hashes. What has not
 * arrived when it looks is computed again, so nobody waits for it. */
#include "router/transfer/transfer.h"

static void put_ports(const char *name, unsigned first, unsigned n,
		      struct buf *out)
{
	buf_printf(out, ",\"%s\":[", name);
	for (unsigned i = 0; i < n; i++)
		buf_printf(out, "%s%u", i > 0 ? "," : "", first + i);
	buf_putc(out, ']');
}

static void prefill(const struct transfer_pair *p, struct splice *body)
{
	const struct worker_transfer *t = &p->decode->transfer;
	struct buf out = {0};

	buf_puts(&out, "{\"ret_first_tok\":true,\"disagg_spec\":{\"req_id\":");
	buf_json_string(&out, p->id);
	buf_puts(&out, ",\"receiver_host\":");
	buf_json_string(&out, slice_of(t->host));
	put_ports("receiver_init_port", t->port, t->tp_size, &out);
	put_ports("receiver_alloc_port", t->alloc_port, t->tp_size, &out);
	buf_puts(&out, "}}");
	splice_set(body, "kv_transfer_params",
		   transfer_keep(body->arena, &out));
}

static enum transfer_result decode(const struct transfer_pair *p,
				   struct slice answer, struct splice *body)
{
	(void)p, (void)answer, (void)body;
	return TRANSFER_DONE;
}

const struct transfer transfer_lmcache = {
	.prefill = prefill,
	.decode = decode,
};
