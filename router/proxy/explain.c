/* A request that is priced but not served: the way up to the decision,
 * then a JSON account of it. */
#include <math.h>

#include "common/base/clock.h"
#include "router/proxy/request.h"

static void write_cost(struct buf *out, const char *name, double value)
{
	if (isfinite(value))
		buf_printf(out, ",\"%s\":%.6g", name, value);
	else
		buf_printf(out, ",\"%s\":null", name);
}

static void write_candidate(struct buf *out, const struct request *r, size_t i)
{
	const struct policy_candidate *c = &r->draft->candidate[i];
	const struct policy_term *t = &r->draft->term[i];

	buf_puts(out, "{\"worker\":");
	buf_json_string(out, slice_of(r->model->worker[i]->name));
	buf_printf(out, ",\"excluded\":%s%s%s",
		   c->exclusion == POLICY_ALLOWED ? "null" : "\"",
		   c->exclusion == POLICY_ALLOWED
			   ? ""
			   : policy_exclusion_name(c->exclusion),
		   c->exclusion == POLICY_ALLOWED ? "" : "\"");
	buf_printf(out,
		   ",\"held_blocks\":%u,\"other_tier_blocks\":%u,"
		   "\"approx_blocks\":%u,\"exact\":%s",
		   c->held_blocks, c->other_blocks, c->approx_blocks,
		   c->exact ? "true" : "false");
	buf_printf(out,
		   ",\"inflight\":%u,\"inflight_tokens\":%llu,"
		   "\"running\":%u,\"waiting\":%u,\"kv_usage\":%.4f",
		   c->inflight, (unsigned long long)c->inflight_tokens,
		   c->running, c->waiting, c->kv_usage);
	write_cost(out, "cost", t->cost);
	write_cost(out, "prefill", t->prefill);
	write_cost(out, "load", t->load);
	buf_putc(out, '}');
}

enum flow explain_answer(struct request *r)
{
	const struct choice *c = &r->choice;
	struct draft *d = r->draft;
	struct buf *out = &d->reply;

	buf_puts(out, "{\"model\":");
	buf_json_string(out, slice_of(r->model->conf->name));
	buf_printf(out, ",\"policy\":\"%s\",\"tokenized\":\"%s\"",
		   r->model->conf->policy->name, r->prompt.how);
	buf_printf(out,
		   ",\"prompt_tokens\":%u,\"block_size\":%u,"
		   "\"prompt_blocks\":%u",
		   r->prompt.n_tokens, c->block_size, c->prompt_blocks);
	buf_printf(out, ",\"decision_us\":%.1f", (double)c->took_ns / 1e3);
	buf_puts(out, ",\"chosen\":");
	if (d->decision.chosen >= 0)
		buf_json_string(
			out,
			slice_of(r->model->worker[d->decision.chosen]->name));
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"reason\":\"%s\",\"candidates\":[",
		   c->reason ? c->reason : "");
	for (size_t i = 0; i < d->n_candidates; i++) {
		if (i > 0)
			buf_putc(out, ',');
		write_candidate(out, r, i);
	}
	buf_puts(out, "]}\n");
	r->status = 200;
	request_step(r, STEP_REPLY);
	return FLOW_GO;
}

void proxy_explain(struct proxy *p, struct slice path, struct slice tenant,
		   struct slice body,
		   void (*done)(void *arg, int status, struct slice json),
		   void *arg)
{
	struct http_head *head;
	struct request *r;
	struct draft *d;

	if (tenant.n > 0 &&
	    (p->tenants == NULL || tenants_find(p->tenants, tenant) == NULL)) {
		done(arg, 404, SLICE("{\"error\":\"no such tenant\"}\n"));
		return;
	}
	r = request_create(p, NULL, clock_ns());
	d = r->draft;
	head = arena_alloc(&d->arena, sizeof(*head));
	*head = (struct http_head){
		.method = HTTP_METHOD_POST,
		.method_text = SLICE("POST"),
		.path = arena_copy(&d->arena, path),
		.minor = 1,
	};
	list_push_back(&p->explaining, &d->explaining);
	d->explained = done;
	d->explained_arg = arg;
	request_take_head(r, head);
	if (tenant.n > 0)
		admit_as(r, tenants_find(p->tenants, tenant));
	buf_append(&d->body, body);
	r->complete = true;
	d->ready_ns = r->start_ns;
	request_run(r);
}
