#include "tools/sim/push.h"

#include "common/base/mem.h"
#include "tools/sim/call.h"
#include "tools/sim/exchange.h"
#include "tools/sim/stock.h"

#include <event2/event.h>

static void release_answer(struct handoff *h)
{
	h->holds_answer = false;
	exchange_go_on(h->exchange);
}

/* The decode side then finds nothing, and computes. */
static void give_up(struct handoff *h, json_t *answer)
{
	json_t *refused = json_object_get(answer, "refused");
	const char *kind = json_string_value(refused);
	const char *text = json_string_value(json_object_get(answer, "text"));
	enum complaint_kind k = complaint_parse(slice_of(kind ? kind : ""));

	call_end(&h->call, false);
	handoff_side(h)->stats.failed++;
	handoff_complain(h, k < COMPLAINT_KINDS ? k : COMPLAINT_UNREACHABLE,
			 text ? text : "no receiver answers there");
	release_answer(h);
}

void push_copied(struct handoff *h)
{
	call_end(&h->call, true);
	handoff_side(h)->stats.sent++;
	release_answer(h);
}

static void on_alloc(void *arg, json_t *answer)
{
	struct handoff *h = arg;
	const struct worker_conf *c = &h->exchange->worker->conf;
	size_t n = h->exchange->ask.prompt[h->index].n;
	struct rank_copy copy = rank_copy(h->exchange->rank);
	double seconds = copy.s + copy.token_s * (double)n;
	struct timeval tv;

	if (!json_is_true(json_object_get(answer, "ok"))) {
		give_up(h, answer);
		return;
	}
	seconds /= c->speed;
	tv.tv_sec = (time_t)seconds;
	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	event_add(h->later, &tv);
}

static void put_chunks(const struct handoff *h, struct buf *line)
{
	const struct token_list *prompt = &h->exchange->ask.prompt[h->index];
	size_t n = stock_chunks(prompt->n);
	uint64_t *name = mem_array(n, sizeof(*name));

	stock_name(prompt->id, prompt->n, name);
	buf_puts(line, ",\"chunks\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(line, "%s\"%016llx\"", i ? "," : "",
			   (unsigned long long)name[i]);
	buf_putc(line, ']');
	mem_free(name);
}

static void ask(struct handoff *h, uint16_t port, bool chunks,
		call_answered *answered)
{
	const struct transfer *t = handoff_side(h);
	double speed = t->worker->conf.speed;
	struct buf line;

	call_end(&h->call, false);
	buf_init(&line);
	transfer_put_handshake(t, &line);
	buf_puts(&line, ",\"sender\":");
	buf_json_string(&line, slice_of(t->engine_id));
	buf_puts(&line, ",\"key\":");
	buf_json_string(&line, slice_of(h->leg.key));
	if (chunks)
		put_chunks(h, &line);
	buf_putc(&line, '}');
	h->call = call_start(loop_base(&h->exchange->worker->sim->loop),
			     h->leg.decode.host, port, buf_slice(&line),
			     transfer_timeout_s(t) / speed, answered, h);
	buf_fini(&line);
}

static void on_init(void *arg, json_t *answer)
{
	struct handoff *h = arg;

	if (json_is_true(json_object_get(answer, "ok")))
		ask(h, h->leg.alloc_port, true, on_alloc);
	else
		give_up(h, answer);
}

void push_start(struct handoff *h)
{
	h->holds_answer = true;
	handoff_side(h)->stats.offered++;
	ask(h, h->leg.decode.port, false, on_init);
}
