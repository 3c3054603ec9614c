#include "router/proxy/retry.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/traced.h"

static bool was_tried(const struct request *r, unsigned id)
{
	for (size_t i = 0; i < r->n_tried; i++)
		if (r->draft->tried[i] == id)
			return true;
	return false;
}

static bool is_left(const struct request *r, const struct worker *w)
{
	return !was_tried(r, w->id) && candidacy_admits(w);
}

/* One that computes prompts, and one that goes on with them. */
static bool a_pair_is_there(const struct request *r)
{
	const struct fleet_model *m = r->model;
	bool gives = false, takes = false;

	for (size_t i = 0; m->pairs && i < m->n_workers; i++) {
		const struct worker *w = m->worker[i];

		if (!is_left(r, w))
			continue;
		gives |= connector_gives(w->role, w->connector);
		takes |= connector_takes(w->role, w->connector);
	}
	return gives && takes;
}

static bool another_is_there(const struct request *r)
{
	const struct fleet_model *m = r->model;

	for (size_t i = 0; i < m->n_workers; i++) {
		struct worker *w = m->worker[i];

		if (worker_serves_alone(w) && is_left(r, w))
			return true;
	}
	return a_pair_is_there(r);
}

void retry_note_try(struct request *r, const struct worker *w)
{
	if (r->n_tried < MAX_TRIES && !was_tried(r, w->id))
		r->draft->tried[r->n_tried++] = w->id;
}

bool retry_may_better(const struct request *r, unsigned status)
{
	enum conf_retry_5xx policy = r->fleet->conf->retries.on_5xx;

	switch (status) {
	case 429:
	case 503: return true;
	case 500: return policy == CONF_RETRY_5XX_ALL;
	case 502:
	case 504: return policy != CONF_RETRY_5XX_NONE;
	default: return false;
	}
}

static bool deny(struct request *r, const struct worker *w, const char *why)
{
	metric_inc(cells_get(&r->proxy->cells, METRICS_RETRIES_DENIED, why,
			     NULL, NULL));
	log_debug("request %s: %s: not tried elsewhere: %s", r->id, w->name,
		  why);
	return false;
}

static bool is_allowed(struct request *r, const struct worker *w)
{
	const struct conf_retries *rules = &r->fleet->conf->retries;
	struct proxy *p = r->proxy;

	if (!another_is_there(r))
		return false;
	if (r->n_tried >= rules->max_tries || r->n_tried >= MAX_TRIES)
		return deny(r, w, "max_tries");
	if (!budget_take(p->o.budget, &p->budget_part, rules, clock_ms()))
		return deny(r, w, "budget");
	return true;
}

bool retry_elsewhere(struct request *r, const struct worker *w,
		     const char *reason)
{
	if (!is_allowed(r, w))
		return false;
	log_info("request %s: %s: %s: trying another worker", r->id, w->name,
		 reason);
	metric_inc(cells_get(&r->proxy->cells, METRICS_RETRIES, reason, NULL,
			     NULL));
	traced_retry(r, reason);
	request_release(r);
	request_step(r, STEP_CHOOSE);
	return true;
}

unsigned retry_after_silence(const struct request *r)
{
	uint64_t open_s = r->fleet->conf->breaker.open_for_ms / 1000 + 1;
	unsigned s = r->model != NULL ? candidacy_retry_after(r) : 1;

	return s < open_s ? (unsigned)open_s : s;
}
