#include "tools/sim/params.h"

#include "tools/sim/leg.h"

#include <stdio.h>

void params_key(const char *id, uint64_t version, uint64_t unique, char *to,
		size_t size)
{
	if (version < 14)
		snprintf(to, size, "%s", id);
	else
		snprintf(to, size, "%s-%08llx", id,
			 (unsigned long long)(unique & UINT32_MAX));
}

static void put_blocks(const struct params_offer *o, struct buf *to)
{
	bool grouped = o->version >= 19;

	buf_puts(to, grouped ? "[[" : "[");
	for (size_t i = 0; i < o->n_blocks; i++)
		buf_printf(to, i ? ",%u" : "%u", (unsigned)o->block[i]);
	buf_puts(to, grouped ? "]]" : "]");
}

void params_put(const struct params_offer *o, struct buf *to)
{
	buf_printf(to,
		   "{\"do_remote_prefill\":%s,\"do_remote_decode\":%s,"
		   "\"remote_block_ids\":",
		   o->is_decode ? "false" : "true",
		   o->is_decode ? "true" : "false");
	put_blocks(o, to);
	buf_puts(to, ",\"remote_engine_id\":");
	buf_json_string(to, o->engine_id);
	if (o->version >= 13) {
		buf_puts(to, ",\"remote_request_id\":");
		buf_json_string(to, o->key);
	}
	buf_puts(to, ",\"remote_host\":");
	buf_json_string(to, o->host);
	buf_printf(to, ",\"remote_port\":%llu", (unsigned long long)o->port);
	if (o->version >= 10)
		buf_puts(to, ",\"tp_size\":1");
	if (o->version >= 21)
		buf_printf(to, ",\"remote_num_tokens\":%zu", o->n_tokens);
	if (o->version >= 26)
		buf_puts(to, ",\"remote_blocks_expiry_time\":null,"
			     "\"transfer_mode\":\"pull\"");
	if (o->version >= 27)
		buf_puts(to, ",\"dcp_size\":1,\"pp_size\":1");
	buf_putc(to, '}');
}

uint64_t params_print(const struct buf *b)
{
	json_t *j = json_loadb(buf_slice(b).p, buf_len(b), 0, NULL);
	uint64_t print;

	ASSERT(j != NULL);
	print = leg_params_print(j);
	json_decref(j);
	return print;
}
