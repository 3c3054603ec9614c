#include "tools/sim/receiver.h"

#include "common/base/mem.h"
#include "tools/sim/taker.h"
#include "tools/sim/worker.h"

#include <stdlib.h>

#define MAX_SENDERS 4096

struct arrival {
	struct list node;
	struct peer *peer;
	size_t n;
	uint64_t name[]; /* of the chunks */
};

static void arrival_free(struct arrival *a)
{
	list_remove(&a->node);
	mem_free(a);
}

static void on_init(void *arg, struct peer *p, json_t *question)
{
	struct receiver *r = arg;
	json_t *sender = json_object_get(question, "sender");
	struct slice name = {json_string_value(sender),
			     json_string_length(sender)};

	if (!taker_goes_together(r->transfer, p, question))
		return;
	if (name.n == 0 || r->senders.n >= MAX_SENDERS) {
		taker_refuse(p, COMPLAINT_MISSING, "who sends is not told");
		return;
	}
	map_set(&r->senders, name, r);
	peer_answer(p, SLICE("{\"ok\":true}"));
}

static struct arrival *read_chunks(json_t *chunks)
{
	size_t n = json_array_size(chunks);
	struct arrival *a = mem_zalloc(sizeof(*a) + n * sizeof(a->name[0]));
	const char *text;

	a->n = n;
	for (size_t i = 0; i < n; i++) {
		text = json_string_value(json_array_get(chunks, i));
		a->name[i] = strtoull(text ? text : "", NULL, 16);
	}
	return a;
}

static void on_alloc(void *arg, struct peer *p, json_t *question)
{
	struct receiver *r = arg;
	json_t *sender = json_object_get(question, "sender");
	struct slice name = {json_string_value(sender),
			     json_string_length(sender)};
	struct arrival *a;

	if (name.n == 0 || !map_find(&r->senders, name)) {
		taker_refuse(p, COMPLAINT_ADDRESS,
			     "the sender has made itself known elsewhere");
		return;
	}
	a = read_chunks(json_object_get(question, "chunks"));
	a->peer = p;
	list_push_back(&r->arrivals, &a->node);
	peer_answer(p, SLICE("{\"ok\":true}"));
}

static void on_init_left(void *arg, struct peer *p, bool has_copied)
{
	(void)arg;
	(void)p;
	(void)has_copied;
}

static void on_alloc_left(void *arg, struct peer *p, bool has_copied)
{
	struct receiver *r = arg;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &r->arrivals) {
		struct arrival *a = LIST_ENTRY(it, struct arrival, node);

		if (a->peer != p)
			continue;
		for (size_t i = 0; has_copied && i < a->n; i++)
			stock_put(&r->stock, a->name[i]);
		arrival_free(a);
	}
}

static const struct channel_sink init_sink = {on_init, on_init_left};
static const struct channel_sink alloc_sink = {on_alloc, on_alloc_left};

bool receiver_init(struct receiver *r, struct transfer *t, uint64_t init_port,
		   uint64_t alloc_port, struct error *err)
{
	struct event_base *base = loop_base(&t->worker->sim->loop);
	const char *host = t->worker->conf.host;

	*r = (struct receiver){
		.transfer = t,
		.init_port = init_port,
		.alloc_port = alloc_port,
	};
	list_init(&r->arrivals);
	map_init(&r->senders);
	stock_init(&r->stock);
	r->init = channel_create(base, host, &r->init_port, &init_sink, r, err);
	if (!r->init)
		return false;
	r->alloc = channel_create(base, host, &r->alloc_port, &alloc_sink, r,
				  err);
	return r->alloc != NULL;
}

void receiver_fini(struct receiver *r)
{
	struct list *it, *tmp;

	if (!r->transfer)
		return;
	channel_destroy(&r->init);
	channel_destroy(&r->alloc);
	LIST_EACH (it, tmp, &r->arrivals) {
		arrival_free(LIST_ENTRY(it, struct arrival, node));
	}
	map_fini(&r->senders);
	stock_fini(&r->stock);
	*r = (struct receiver){0};
}
