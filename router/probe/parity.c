#include "router/probe/parity.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Just joined: its neighbours in the fleet join now as well. */
#define JOIN_MS 50

/* --- what is found -------------------------------------------------- */

static void tell(struct worker *w, enum parity_check check,
		 enum parity_state state, const char *says, const char *mend)
{
	enum parity_state was = w->parity.finding[check].state;
	const char *name = parity_check_name(check);

	if (!parity_set(&w->parity, check, state, says, mend))
		return;
	if (state == PARITY_DIFFERS)
		log_warn("parity: %s: %s: %s%s%s", w->name, name,
			 says ? says : "differs", mend ? "; " : "",
			 mend ? mend : "");
	else if (was == PARITY_DIFFERS)
		log_info("parity: %s: %s: %s%s%s", w->name, name,
			 state == PARITY_HOLDS ? "holds again" : "unknown",
			 says ? ": " : "", says ? says : "");
}

static void tell_all(struct parity_checker *c, enum parity_check check,
		     enum parity_state state, const char *says,
		     const char *mend)
{
	for (size_t i = 0; i < c->n; i++)
		tell(c->worker[i], check, state, says, mend);
}

static struct parity_verdict judge(const struct parity_checker *c,
				   enum parity_check check, struct buf *room)
{
	const char *dir = c->model->conf->tokenizer;

	if (check != PARITY_TEMPLATE || c->model->chat_fault == NULL)
		return parity_tally_judge(&c->run.tally, check, dir ? dir : "",
					  room);
	buf_printf(room, "not rendered here, workers are asked: %s",
		   c->model->chat_fault);
	*buf_reserve(room, 1) = '\0';
	return (struct parity_verdict){PARITY_HOLDS, buf_slice(room).p, NULL};
}

static void tell_ids(struct parity_checker *c)
{
	for (int k = PARITY_TOKENIZER; k <= PARITY_TEMPLATE; k++) {
		enum parity_check check = (enum parity_check)k;
		struct buf room = {0};
		struct parity_verdict v = judge(c, check, &room);

		tell_all(c, check, v.state, v.says, v.mend);
		buf_fini(&room);
	}
}

static void tell_model(struct parity_checker *c)
{
	const struct parity_facts *f = &c->run.facts;
	const char *name = c->model->conf->name;
	char says[700], mend[700];

	if (!f->models) {
		tell_all(c, PARITY_MODEL, PARITY_UNKNOWN,
			 "/v1/models is not understood", NULL);
		return;
	}
	if (!f->has_model) {
		snprintf(says, sizeof(says), "/v1/models has no %s", name);
		snprintf(mend, sizeof(mend),
			 "start vLLM with --served-model-name %s", name);
		tell_all(c, PARITY_MODEL, PARITY_DIFFERS, says, mend);
		return;
	}
	snprintf(says, sizeof(says), "up to %zu tokens", f->max_model_len);
	tell_all(c, PARITY_MODEL, PARITY_HOLDS,
		 f->max_model_len > 0 ? says : NULL, NULL);
}

static void tell_loras(struct parity_checker *c)
{
	const struct parity_facts *f = &c->run.facts;
	char says[320], mend[400];

	if (c->model->conf->n_loras == 0 || (f->models && !f->missing[0])) {
		tell_all(c, PARITY_LORAS, PARITY_HOLDS, NULL, NULL);
		return;
	}
	if (!f->models) {
		tell_all(c, PARITY_LORAS, PARITY_UNKNOWN,
			 "/v1/models is not understood", NULL);
		return;
	}
	snprintf(says, sizeof(says), "it does not know %s", f->missing);
	snprintf(mend, sizeof(mend),
		 "start vLLM with --enable-lora and --lora-modules NAME=PATH "
		 "for each of %s",
		 f->missing);
	tell_all(c, PARITY_LORAS, PARITY_DIFFERS, says, mend);
}

static void watch_one(struct parity_checker *c, struct worker *w,
		      enum parity_check check)
{
	const struct parity_view view = {
		.worker = w,
		.model = c->model->conf,
		.told = &c->told,
		.block_size = fleet_block_size(c->model),
	};
	struct parity_found f;

	parity_watch(&view, check, &f);
	tell(w, check, f.state, buf_slice(&f.says).p, buf_slice(&f.mend).p);
	buf_fini(&f.says);
	buf_fini(&f.mend);
}

static void watch_all(struct parity_checker *c)
{
	static const enum parity_check check[] = {
		PARITY_CACHING, PARITY_BLOCK_SIZE, PARITY_HASH,
		PARITY_EVENTS,  PARITY_REPLAY,     PARITY_USAGE,
	};

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(check); k++)
			watch_one(c, c->worker[i], check[k]);
}

/* --- what follows from it ------------------------------------------- */

static uint64_t whose(const struct fleet_model *m, enum parity_path path,
		      uint64_t *print)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_workers; i++) {
		struct worker *w = m->worker[i];

		if (atomic_load(&w->health) == WORKER_DOWN)
			continue;
		print[n++] = path == PARITY_PATH_CHAT
				     ? atomic_load(&w->chat_print)
				     : atomic_load(&w->text_print);
	}
	return parity_majority(print, n);
}

static void change(_Atomic uint64_t *to, uint64_t ids, const char *model,
		   const char *what, const char *instead)
{
	uint64_t was = atomic_load(to);

	if (was == ids)
		return;
	atomic_store(to, ids);
	if (ids != PARITY_OURS)
		log_warn("parity: %s: %s: most workers make other ids: %s",
			 model, what, instead);
	else if (was != PARITY_NO_PRINT)
		log_info("parity: %s: %s: tokenized here again", model, what);
}

/* By whose ids the model's prompts are matched from now on. */
static void settle(struct fleet_model *m)
{
	uint64_t *print = mem_array(m->n_workers + 1, sizeof(*print));

	change(&m->chat_ids, whose(m, PARITY_PATH_CHAT, print), m->conf->name,
	       "chats", "they are put to a worker's /tokenize");
	change(&m->text_ids, whose(m, PARITY_PATH_TEXT, print), m->conf->name,
	       "texts", "they are matched in pieces of text");
	mem_free(print);
}

static void show_prints(struct parity_checker *c, uint64_t text, uint64_t chat)
{
	for (size_t i = 0; i < c->n; i++) {
		atomic_store(&c->worker[i]->text_print, text);
		atomic_store(&c->worker[i]->chat_print, chat);
		atomic_store(&c->worker[i]->release, c->run.facts.release);
		snprintf(c->worker[i]->parity.version,
			 sizeof(c->worker[i]->parity.version), "%s",
			 c->run.facts.version);
	}
}

/* --- in time -------------------------------------------------------- */

static bool is_settled(const struct parity_checker *c)
{
	const struct parity *p = &c->worker[0]->parity;

	for (int k = PARITY_TOKENIZER; k <= PARITY_TEMPLATE; k++)
		if (p->finding[k].state != PARITY_HOLDS)
			return false;
	return true;
}

static void plan_in(struct parity_checker *c, uint64_t ms)
{
	timer_set(&c->timer, ms - ms / 10 + rng_below(c->rng, ms / 5 + 1));
}

/* Between rounds while not all is as it should be. */
static uint64_t short_interval(const struct parity_checker *c)
{
	return c->conf->probe.parity_interval_ms / 10 + 1;
}

static void plan(struct parity_checker *c, bool settled)
{
	uint64_t ms = c->conf->probe.parity_interval_ms;

	if (ms > 0 && c->joined)
		plan_in(c, settled ? ms : short_interval(c));
}

static uint64_t miscounts(const struct parity_checker *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += atomic_load(&c->worker[i]->miscounts);
	return n;
}

/* Answers have counted other tokens than we did since the last round. */
static void heed_answers(struct parity_checker *c)
{
	uint64_t now = miscounts(c);

	if (now == c->miscounts || parity_run_is_open(&c->run))
		return;
	c->miscounts = now;
	if (c->timer.due_ms > clock_coarse_ms() + short_interval(c))
		plan_in(c, short_interval(c));
}

static void on_round(void *arg, bool whole)
{
	struct parity_checker *c = arg;

	c->rounds++;
	if (whole) {
		tell_model(c);
		tell_loras(c);
		tell_ids(c);
		show_prints(
			c, parity_tally_print(&c->run.tally, PARITY_PATH_TEXT),
			parity_tally_print(&c->run.tally, PARITY_PATH_CHAT));
		settle(c->model);
	}
	plan(c, whole && is_settled(c));
}

static void on_due(void *arg)
{
	struct parity_checker *c = arg;

	c->miscounts = miscounts(c);
	if (!parity_run_is_open(&c->run))
		parity_run_start(&c->run, c->model, c->worker[0],
				 c->conf->timeouts.tokenize);
}

void parity_checker_init(struct parity_checker *c, struct loop *l,
			 struct rng *rng)
{
	memset(c, 0, sizeof(*c));
	c->rng = rng;
	parity_run_init(&c->run, l, on_round, c);
	timer_init(&c->timer, l, on_due, c);
}

void parity_checker_fini(struct parity_checker *c)
{
	parity_run_fini(&c->run);
	timer_fini(&c->timer);
}

static void begin(struct parity_checker *c)
{
	if (c->conf->probe.parity_interval_ms == 0)
		return;
	timer_set(&c->timer, rng_below(c->rng, JOIN_MS));
}

void parity_checker_pause(struct parity_checker *c)
{
	if (parity_run_is_open(&c->run))
		parity_run_stop(&c->run);
	c->model = NULL;
	c->worker = NULL;
	c->n = 0;
}

void parity_checker_set(struct parity_checker *c, struct worker **worker,
			size_t n, struct fleet_model *model,
			const struct conf *conf)
{
	bool other = model->chat_stamp != c->stamp;

	parity_checker_pause(c);
	c->worker = worker;
	c->n = n;
	c->model = model;
	c->conf = conf;
	c->stamp = model->chat_stamp;
	/* What is ours is another thing now. */
	if (other)
		show_prints(c, PARITY_NO_PRINT, PARITY_NO_PRINT);
	settle(model);
	if (c->joined)
		begin(c);
}

void parity_checker_joined(struct parity_checker *c)
{
	c->joined = true;
	for (size_t i = 0; i < c->n; i++)
		atomic_store(&c->worker[i]->usage, WORKER_NO_ANSWER);
	settle(c->model);
	begin(c);
}

void parity_checker_left(struct parity_checker *c)
{
	c->joined = false;
	timer_clear(&c->timer);
	if (parity_run_is_open(&c->run))
		parity_run_stop(&c->run);
	settle(c->model);
}

void parity_checker_watch(struct parity_checker *c)
{
	if (c->model == NULL)
		return;
	watch_all(c);
	heed_answers(c);
}

void parity_checker_told(struct parity_checker *c, const struct load *l)
{
	struct parity_told *t = &c->told;

	t->caching_known = l->prefix_caching.n > 0;
	t->caching = !slice_equal(l->prefix_caching, SLICE("False"));
	snprintf(t->algorithm, sizeof(t->algorithm), "%.*s",
		 SLICE_ARG(l->algorithm));
	parity_checker_watch(c);
}
