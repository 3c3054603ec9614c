#include "tools/sim/farewell.h"

#include "common/base/mem.h"
#include "tools/sim/call.h"
#include "tools/sim/leg.h"
#include "tools/sim/worker.h"

#define TIMEOUT_S 30

struct farewell {
	struct list node;
	struct call *call;
};

static void farewell_free(struct farewell *f, bool is_heard)
{
	list_remove(&f->node);
	/* As if all had been copied. */
	call_end(&f->call, is_heard);
	mem_free(f);
}

static void on_answer(void *arg, json_t *answer)
{
	farewell_free(arg, json_object_get(answer, "tokens") != NULL);
}

static void send_to(struct transfer *t, const struct leg *leg, json_t *body)
{
	struct transfer_question q = {
		.key = slice_of(leg->key),
		.engine_id = leg->engine_id,
		.params = leg_params_print(leg_params(body)),
	};
	struct farewell *f = mem_zalloc(sizeof(*f));
	struct buf line;

	buf_init(&line);
	transfer_ask(t, &q, &line);
	f->call = call_start(loop_base(&t->worker->sim->loop),
			     leg->prefill.host, leg->prefill.port,
			     buf_slice(&line), TIMEOUT_S, on_answer, f);
	list_push_back(&t->farewells, &f->node);
	buf_fini(&line);
}

void farewell_send(struct transfer *t, struct slice body)
{
	struct leg_source source = {
		.connector = t->connector,
		.role = t->role,
		.version = t->version,
		.n_prompts = 1,
	};
	struct leg_fault fault;
	struct leg leg;

	if (t->connector != CONNECTOR_NIXL || t->version < 21 || body.n == 0)
		return;
	source.body = json_loadb(body.p, body.n, JSON_ALLOW_NUL, NULL);
	if (json_is_object(source.body) && leg_read(&source, &leg, &fault) &&
	    leg.side == LEG_DECODE)
		send_to(t, &leg, source.body);
	json_decref(source.body);
}

void farewells_end(struct transfer *t)
{
	while (!list_empty(&t->farewells))
		farewell_free(
			LIST_ENTRY(t->farewells.next, struct farewell, node),
			false);
}
