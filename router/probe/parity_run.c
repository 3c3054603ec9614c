#include "router/probe/parity_run.h"

#include "common/base/assert.h"
#include "router/api/token_ids.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_IDS (1u << 16)
#define RENDER  "/v1/chat/completions/render"

enum { STEP_MODELS, STEP_VERSION, STEP_CASES };

static const struct parity_case *case_of(const struct parity_run *r)
{
	return &parity_case[r->step - STEP_CASES];
}

static void end(struct parity_run *r, bool whole)
{
	r->model = NULL;
	r->done(r->arg, whole);
}

/* --- what is asked -------------------------------------------------- */

/* False: there is nothing to compare it with. */
static bool ids_of_ours(struct parity_run *r)
{
	const struct fleet_model *m = r->model;
	time_t clock = time(NULL);
	struct error err;
	struct tm now;

	if (m->tokenizer == NULL)
		return false;
	r->ours.n = 0;
	localtime_r(&clock, &now);
	return parity_case_ids(case_of(r), m->tokenizer, m->chat, &now,
			       &r->arena, &r->ours, &err) == OK;
}

static void post(struct parity_run *r, const char *path)
{
	check_post(&r->check, r->worker, path, buf_slice(&r->body),
		   r->timeout_ms);
}

static void ask(struct parity_run *r)
{
	if (r->step == STEP_MODELS) {
		check_start(&r->check, r->worker, "/v1/models", r->timeout_ms);
		return;
	}
	if (r->step == STEP_VERSION) {
		check_start(&r->check, r->worker, "/version", r->timeout_ms);
		return;
	}
	r->judging = false;
	arena_reset(&r->arena);
	while (r->step < STEP_CASES + parity_case_n && !ids_of_ours(r))
		r->step++;
	if (r->step == STEP_CASES + parity_case_n) {
		end(r, true);
		return;
	}
	buf_reset(&r->body, 65536);
	parity_case_body(case_of(r), r->model->conf->name, &r->body);
	post(r, case_of(r)->rendered ? RENDER : "/tokenize");
}

static void go_on(struct parity_run *r)
{
	r->step++;
	ask(r);
}

/* --- what is answered ----------------------------------------------- */

static struct parity_ids ours(const struct parity_run *r)
{
	return (struct parity_ids){r->ours.id, r->ours.n};
}

static bool same_ids(struct parity_ids a, struct parity_ids b)
{
	return a.n == b.n && memcmp(a.id, b.id, a.n * sizeof(*a.id)) == 0;
}

static void add(struct parity_run *r, struct parity_ids theirs)
{
	parity_tally_add(&r->tally, case_of(r), r->model->tokenizer, ours(r),
			 theirs);
	go_on(r);
}

static void miss(struct parity_run *r, const char *what)
{
	char why[96];

	if (r->check.status != 0 && r->check.status != 200)
		snprintf(why, sizeof(why), "%s answers %u", what,
			 r->check.status);
	else
		snprintf(why, sizeof(why), "%s answers no list of ids", what);
	parity_tally_miss(&r->tally, case_of(r), why);
	go_on(r);
}

static bool read_ids(struct parity_run *r, struct slice body, const char *name,
		     struct parity_ids *out)
{
	uint32_t *id;

	if (api_token_ids_read(body, name, MAX_IDS, &r->arena, &id, &out->n) !=
	    OK)
		return false;
	out->id = id;
	return true;
}

/* What a worker renders for the engine counts for more than what it tells a
 * client that asks for tokens; not all of them have it. */
static void judged(struct parity_run *r, enum check_result result,
		   struct slice body)
{
	struct parity_ids rendered;

	if (result == CHECK_OK && read_ids(r, body, "token_ids", &rendered))
		add(r, rendered);
	else
		add(r, r->theirs);
}

static void tokenized(struct parity_run *r, enum check_result result,
		      struct slice body)
{
	if (result != CHECK_OK || !read_ids(r, body, "tokens", &r->theirs)) {
		miss(r, "/tokenize");
		return;
	}
	if (case_of(r)->kind != PARITY_CHAT || same_ids(ours(r), r->theirs)) {
		add(r, r->theirs);
		return;
	}
	r->judging = true;
	post(r, RENDER);
}

/* Older workers do not render for others: then there is nothing to see. */
static void rendered(struct parity_run *r, enum check_result result,
		     struct slice body)
{
	struct parity_ids theirs;

	if (result == CHECK_OK && read_ids(r, body, "token_ids", &theirs))
		add(r, theirs);
	else
		go_on(r);
}

static void on_answer(void *arg, enum check_result result, struct slice body)
{
	struct parity_run *r = arg;

	if (result == CHECK_REFUSED || result == CHECK_TLS ||
	    result == CHECK_TIMEOUT) {
		end(r, false);
		return;
	}
	if (r->step >= STEP_CASES && r->judging) {
		judged(r, result, body);
		return;
	}
	if (r->step >= STEP_CASES && case_of(r)->rendered) {
		rendered(r, result, body);
		return;
	}
	if (r->step >= STEP_CASES) {
		tokenized(r, result, body);
		return;
	}
	/* What is not told stays unknown. */
	if (result == CHECK_OK && r->step == STEP_MODELS)
		(void)!parity_facts_models(body, r->model->conf, &r->facts);
	if (result == CHECK_OK && r->step == STEP_VERSION)
		(void)!parity_facts_version(body, &r->facts);
	go_on(r);
}

/* -------------------------------------------------------------------- */

void parity_run_init(struct parity_run *r, struct loop *l,
		     void (*done)(void *arg, bool whole), void *arg)
{
	memset(r, 0, sizeof(*r));
	check_init(&r->check, l, on_answer, r);
	arena_init(&r->arena);
	token_list_init(&r->ours);
	parity_tally_init(&r->tally);
	r->done = done;
	r->arg = arg;
}

void parity_run_fini(struct parity_run *r)
{
	check_fini(&r->check);
	parity_tally_fini(&r->tally);
	token_list_fini(&r->ours);
	buf_fini(&r->body);
	arena_fini(&r->arena);
}

void parity_run_stop(struct parity_run *r)
{
	struct parity_run was = *r;

	parity_run_fini(r);
	parity_run_init(r, was.check.loop, was.done, was.arg);
}

void parity_run_start(struct parity_run *r, const struct fleet_model *m,
		      const struct worker *w, uint64_t timeout_ms)
{
	ASSERT(!parity_run_is_open(r));
	parity_tally_fini(&r->tally);
	parity_tally_init(&r->tally);
	memset(&r->facts, 0, sizeof(r->facts));
	r->model = m;
	r->worker = w;
	r->timeout_ms = timeout_ms;
	r->step = STEP_MODELS;
	ask(r);
}

bool parity_run_is_open(const struct parity_run *r)
{
	return r->model != NULL;
}
