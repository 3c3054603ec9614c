#include "router/probe/bootstrap.h"

#include "common/base/log.h"
#include "common/json/scan.h"

#include <stdio.h>

enum status bootstrap_read(struct slice json, int rank, struct slice *out)
{
	struct json_value entry, id;
	char key[16];
	enum status st;

	snprintf(key, sizeof(key), "%d", rank < 0 ? 0 : rank);
	st = json_find(json, key, &entry);
	if (st == OK)
		st = json_find(entry.raw, "engine_id", &id);
	if (st != OK)
		return st;
	/* Engines' ids need no escapes. */
	if (id.type != JSON_TYPE_STRING || slice_find(id.raw, '\\') < id.raw.n)
		return ERR_INVALID;
	*out = (struct slice){id.raw.p + 1, id.raw.n - 2};
	return OK;
}

static void learn(struct worker *w, struct slice body)
{
	bool was_known = engine_name_is_known(&w->engine);
	struct slice id;

	if (bootstrap_read(body, w->rank, &id) != OK ||
	    engine_name_set(&w->engine, id) != OK)
		log_debug("probe: %s: its bootstrap server does not tell its "
			  "engine_id",
			  w->name);
	else if (!was_known)
		log_info("probe: %s: engine_id %.*s", w->name, SLICE_ARG(id));
}

static void on_answer(void *arg, enum check_result r, struct slice body)
{
	struct bootstrap *b = arg;

	for (size_t i = 0; r == CHECK_OK && i < b->n; i++)
		learn(b->worker[i], body);
	timer_set(&b->timer, b->interval_ms);
}

static void due(void *arg)
{
	struct bootstrap *b = arg;
	const struct worker *w = b->worker[0];
	const struct check_place place = {
		.addr = &w->transfer.addr,
		.host = w->transfer.host,
	};

	if (!check_is_open(&b->check))
		check_start_at(&b->check, &place, "/query", b->timeout_ms);
}

void bootstrap_init(struct bootstrap *b, struct loop *l)
{
	*b = (struct bootstrap){0};
	check_init(&b->check, l, on_answer, b);
	timer_init(&b->timer, l, due, b);
}

void bootstrap_fini(struct bootstrap *b)
{
	check_fini(&b->check);
	timer_fini(&b->timer);
}

void bootstrap_set(struct bootstrap *b, struct worker **worker, size_t n,
		   const struct conf_probe *conf)
{
	b->worker = worker;
	b->n = n;
	b->interval_ms = conf->health_interval_ms;
	b->timeout_ms = conf->health_timeout_ms;
	if (worker[0]->transfer.addr.n == 0)
		timer_clear(&b->timer);
	else if (b->timer.due_ms == 0 && !check_is_open(&b->check))
		timer_set(&b->timer, 0);
}
