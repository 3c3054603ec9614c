/* vLLM's NixlConnector: the prefill worker answers with the place of its
 * blocks, and the decode worker reads them there. Beside the connector that
 * has a tier for peers, in a MultiConnector, it leaves the loading to that
 * one: what peers hold is fetched first, and then all is handed over. */
#include "router/transfer/transfer.h"

static void prefill(const struct transfer_pair *p, struct splice *body)
{
	struct buf out = {0};

	buf_puts(&out, "{\"do_remote_decode\":true,\"do_remote_prefill\":false,"
		       "\"remote_engine_id\":null,\"remote_block_ids\":null,"
		       "\"remote_host\":null,\"remote_port\":null");
	if (p->beside.n > 0) {
		buf_putc(&out, ',');
		buf_append(&out, p->beside);
	}
	buf_putc(&out, '}');
	splice_set(body, "kv_transfer_params",
		   transfer_keep(body->arena, &out));
}

/* Null or absent: it ended by a stop, of which older releases keep
 * nothing. */
static enum transfer_result decode(const struct transfer_pair *p,
				   struct slice answer, struct splice *body)
{
	struct json_value params;

	(void)p;
	if (json_find(answer, "kv_transfer_params", &params) != OK ||
	    params.type != JSON_TYPE_OBJECT)
		return TRANSFER_NONE;
	splice_set(body, "kv_transfer_params", params.raw);
	return TRANSFER_DONE;
}

const struct transfer transfer_nixl = {
	.steered = true,
	.prefill = prefill,
	.decode = decode,
};
