/* SGLang's own: both workers get the same body with a room to meet in, at
 * the prefill worker's bootstrap server. A batch has a room for each of its
 * prompts. */
#include "router/transfer/transfer.h"

#include <inttypes.h>

/* A room is a positive number of 63 bits. */
#define ROOM_MASK (UINT64_MAX >> 1)

static void put_host(const struct transfer_pair *p, size_t i, struct buf *out)
{
	(void)i;
	buf_json_string(out, slice_of(p->prefill->transfer.host));
}

static void put_port(const struct transfer_pair *p, size_t i, struct buf *out)
{
	(void)i;
	buf_printf(out, "%u", p->prefill->transfer.port);
}

static void put_room(const struct transfer_pair *p, size_t i, struct buf *out)
{
	buf_printf(out, "%" PRIu64, (p->nonce + i) & ROOM_MASK);
}

static void set(const struct transfer_pair *p, struct splice *body,
		const char *name,
		void (*put)(const struct transfer_pair *, size_t, struct buf *))
{
	struct buf out = {0};

	if (p->n_prompts > 1)
		buf_putc(&out, '[');
	put(p, 0, &out);
	for (size_t i = 1; i < p->n_prompts; i++) {
		buf_putc(&out, ',');
		put(p, i, &out);
	}
	if (p->n_prompts > 1)
		buf_putc(&out, ']');
	splice_set(body, name, transfer_keep(body->arena, &out));
}

static void prefill(const struct transfer_pair *p, struct splice *body)
{
	set(p, body, "bootstrap_room", put_room);
	set(p, body, "bootstrap_port", put_port);
	set(p, body, "bootstrap_host", put_host);
}

static enum transfer_result decode(const struct transfer_pair *p,
				   struct slice answer, struct splice *body)
{
	struct buf rank = {0};

	(void)answer;
	prefill(p, body);
	if (p->prefill->rank < 0)
		return TRANSFER_DONE;
	buf_printf(&rank, "%d", p->prefill->rank);
	splice_set(body, "disagg_prefill_dp_rank",
		   transfer_keep(body->arena, &rank));
	return TRANSFER_DONE;
}

const struct transfer transfer_sglang = {
	.concurrent = true,
	.same_body = true,
	.batches = true,
	.chat_only = true,
	.prefill = prefill,
	.decode = decode,
};
