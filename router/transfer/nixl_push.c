/* vLLM's NixlPushConnector: the decode worker tells the prefill worker, whom
 * it must know beforehand, where to write. */
#include "router/transfer/transfer.h"

static enum transfer_result decode(const struct transfer_pair *p,
				   struct slice answer, struct splice *body)
{
	const struct worker_transfer *t = &p->prefill->transfer;
	struct buf out = {0};

	(void)answer;
	buf_puts(&out, "{\"do_remote_prefill\":true,\"do_remote_decode\":false,"
		       "\"remote_engine_id\":");
	buf_json_string(&out, p->engine_id);
	buf_puts(&out, ",\"remote_host\":");
	buf_json_string(&out, slice_of(t->host));
	buf_printf(&out, ",\"remote_port\":%u,\"tp_size\":%u,\"pp_size\":%u",
		   t->port, t->tp_size, t->pp_size);
	buf_puts(&out, ",\"remote_request_id\":");
	buf_json_string(&out, p->id);
	buf_putc(&out, '}');
	splice_set(body, "kv_transfer_params",
		   transfer_keep(body->arena, &out));
	return TRANSFER_DONE;
}

static void prefill(const struct transfer_pair *p, struct splice *body)
{
	transfer_nixl.prefill(p, body);
}

const struct transfer transfer_nixl_push = {
	.concurrent = true,
	.needs_engine = true,
	.steered = true,
	.prefill = prefill,
	.decode = decode,
};
