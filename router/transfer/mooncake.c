/* vLLM's MooncakeConnector: the decode worker finds the prefill worker by
 * its bootstrap server and pulls what bears the same transfer_id. */
#include "router/transfer/transfer.h"

#include <inttypes.h>
#include <string.h>

/* By itself a name is unique: the request's id is. */
static void put_name(const struct transfer_pair *p, struct buf *out)
{
	buf_printf(out, "\"transfer_id\":\"xfer-%.*s-%016" PRIx64 "\"",
		   SLICE_ARG(p->id), p->nonce);
}

/* It sends only what ends by its length: the one token must not be an end
 * of the answer. */
static void never_stop(struct splice *body)
{
	splice_remove_all(body, "stop");
	splice_remove_all(body, "stop_token_ids");
	splice_set(body, "ignore_eos", SLICE("true"));
	splice_set(body, "min_tokens", SLICE("1"));
}

static void prefill(const struct transfer_pair *p, struct splice *body)
{
	struct buf out = {0};

	never_stop(body);
	buf_puts(&out,
		 "{\"do_remote_decode\":true,\"do_remote_prefill\":false,");
	put_name(p, &out);
	buf_putc(&out, '}');
	splice_set(body, "kv_transfer_params",
		   transfer_keep(body->arena, &out));
}

static void put_address(const struct worker_transfer *t, struct buf *out)
{
	bool v6 = strchr(t->host, ':') != NULL;

	buf_printf(out, v6 ? "\"http://[%s]:%u\"" : "\"http://%s:%u\"", t->host,
		   t->port);
}

static enum transfer_result decode(const struct transfer_pair *p,
				   struct slice answer, struct splice *body)
{
	struct buf out = {0};

	(void)answer;
	buf_puts(&out, "{\"do_remote_prefill\":true,\"do_remote_decode\":false,"
		       "\"remote_bootstrap_addr\":");
	put_address(&p->prefill->transfer, &out);
	buf_puts(&out, ",\"remote_engine_id\":");
	buf_json_string(&out, p->engine_id);
	buf_putc(&out, ',');
	put_name(p, &out);
	buf_putc(&out, '}');
	splice_set(body, "kv_transfer_params",
		   transfer_keep(body->arena, &out));
	return TRANSFER_DONE;
}

static bool is_length(struct slice object, const char *name, const char *word)
{
	struct json_value v;

	return json_find(object, name, &v) == OK &&
	       v.type == JSON_TYPE_STRING &&
	       slice_equal((struct slice){v.raw.p + 1, v.raw.n - 2},
			   slice_of(word));
}

static bool first_choice(struct slice answer, struct slice *out)
{
	struct json_value choices, first;
	struct json_scan s;

	if (json_find(answer, "choices", &choices) != OK)
		return false;
	json_begin(&s, choices.raw, 64);
	if (!json_enter_array(&s) || !json_element(&s) ||
	    !json_value(&s, &first) || first.type != JSON_TYPE_OBJECT)
		return false;
	*out = first.raw;
	return true;
}

static bool failed(struct slice answer)
{
	struct slice choice;

	if (first_choice(answer, &choice))
		return !is_length(choice, "finish_reason", "length");
	/* Those of Anthropic's and of the responses API. */
	return !is_length(answer, "stop_reason", "max_tokens") &&
	       !is_length(answer, "status", "incomplete");
}

const struct transfer transfer_mooncake = {
	.concurrent = true,
	.needs_engine = true,
	.prefill = prefill,
	.decode = decode,
	.failed = failed,
};
