#include "router/proxy/decided.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/proxy/request.h"
#include "router/proxy/shadow.h"

/* Of what is only written down: found in no ring. */
#define NO_TICKET UINT32_MAX

void decided_init(struct proxy *p)
{
	size_t bytes = p->o.remembers ? p->fleet->conf->explain_keep_bytes : 0;

	p->decided.ring = decision_ring_create(bytes);
	p->decided.fleet = NULL;
}

void decided_forget_names(struct proxy *p)
{
	struct decided *d = &p->decided;

	for (size_t i = 0; d->fleet != NULL && i < d->fleet->n_models; i++)
		decision_roster_unref(&d->roster[i]);
	mem_free(d->roster);
	d->roster = NULL;
	d->fleet = NULL;
}

void decided_fini(struct proxy *p)
{
	decided_forget_names(p);
	decision_ring_destroy(&p->decided.ring);
}

/* Counted for the caller. A request that began with an older fleet has
 * names of its own. */
static struct decision_roster *roster_of(const struct request *r)
{
	struct decided *d = &r->proxy->decided;
	size_t i = (size_t)(r->model - r->fleet->model);

	if (r->fleet != r->proxy->fleet)
		return decision_roster_create(r->model);
	if (d->roster == NULL) {
		d->fleet = r->fleet;
		d->roster = mem_zalloc(r->fleet->n_models *
				       sizeof(struct decision_roster *));
	}
	if (d->roster[i] == NULL)
		d->roster[i] = decision_roster_create(r->model);
	return decision_roster_ref(d->roster[i]);
}

const struct pair_decision *decided_pair(const struct request *r)
{
	const struct draft *d = r->draft;
	bool would = d->explained != NULL && d->pair.reason != NULL &&
		     d->pair.decode >= 0;

	return d->legs != NULL || would ? &d->pair : NULL;
}

static struct decision_made made_of(const struct request *r,
				    const struct decision_shadow *shadow)
{
	const struct draft *d = r->draft;

	return (struct decision_made){
		.id = r->id,
		.client_id = r->client_id,
		.roster = roster_of(r),
		.policy = r->model->conf->policy,
		.query = &d->query,
		.term = d->term,
		.decision = d->decision,
		.pair = decided_pair(r),
		.side = d->side,
		.guessed_tokens = d->guessed_tokens,
		.tokenized = r->prompt.how,
		.wall_us = clock_wall_us_at(d->decided_ns),
		.took_ns = r->choice.took_ns,
		.try = (uint32_t)r->n_tried + 1,
		.shadow = *shadow,
	};
}

/* What it takes for the decision to be made again. */
static void add_all(const struct request *r, struct decision_made *m)
{
	const struct chain *keys = r->prompt.known ? &r->draft->tokens
						   : &r->draft->text;

	m->whole = true;
	m->key = keys->key;
	m->n_keys = keys->key != NULL ? keys->n : 0;
	m->key_salt = decision_log_salt(r->proxy->o.decision_log);
}

static struct decision_record *in_arena(struct request *r,
					const struct decision_made *m)
{
	struct decision_record *record = arena_alloc(&r->draft->arena,
						     decision_bytes(m));

	decision_fill(record, m);
	return record;
}

struct decision_record *decided_record(struct request *r)
{
	struct decision_shadow shadow;
	struct decision_record *record;
	struct decision_made m;

	shadow = shadow_decide(r);
	m = made_of(r, &shadow);
	record = in_arena(r, &m);

	decision_roster_unref(&m.roster);
	return record;
}

/* It is decided on once more: true if that tells nothing new, since it only
 * looked again whether there was room. */
static bool came_again(const struct request *r)
{
	struct decision_ring *ring = r->proxy->decided.ring;
	struct decision_record *before = decision_ring_get(ring, r->decision);

	if (before == NULL)
		return r->draft->decision.chosen < 0;
	if (before->chosen < 0 && r->draft->decision.chosen < 0)
		return true;
	before->outcome = (struct decision_outcome){
		.name = before->chosen < 0 ? "waited" : "tried elsewhere",
		.prompt_tokens = -1,
		.cached_tokens = -1,
		.output_tokens = -1,
		.duration_us = (r->draft->decided_ns - r->start_ns) / 1000,
	};
	return false;
}

static void write_down(struct request *r, const struct decision_made *m,
		       const struct decision_record *kept)
{
	struct decision_log *log = r->proxy->o.decision_log;
	struct decision_record *record;

	if (kept != NULL) {
		decision_log_put(log, kept);
		return;
	}
	record = in_arena(r, m);
	decision_log_put(log, record);
	decision_fini(record);
	if (r->decision == 0)
		r->decision = NO_TICKET;
}

static void remember(struct request *r, const struct decision_shadow *shadow)
{
	bool log = decision_log_is_on(r->proxy->o.decision_log);
	struct decision_made m = made_of(r, shadow);
	struct decision_record *kept;

	if (log)
		add_all(r, &m);
	kept = decision_ring_add(r->proxy->decided.ring, &m, &r->decision);
	if (log)
		write_down(r, &m, kept);
	decision_roster_unref(&m.roster);
}

void decided_note(struct request *r)
{
	const struct proxy *p = r->proxy;
	struct decision_shadow shadow;

	if (r->draft->explained != NULL)
		return;
	if (r->decision != 0 && came_again(r))
		return;
	shadow = shadow_decide(r);
	if (shadow.policy != NULL)
		shadow_count(r, &shadow);
	if (p->decided.ring != NULL || decision_log_is_on(p->o.decision_log))
		remember(r, &shadow);
}

static struct decision_outcome outcome_of(const struct request *r,
					  const struct ending *e)
{
	return (struct decision_outcome){
		.name = outcome_name(r->outcome),
		.why = r->why,
		.prediction = e->verdict,
		.status = r->status,
		.prompt_tokens = e->usage.prompt_tokens,
		.cached_tokens = e->usage.cached_tokens,
		.output_tokens = e->usage.completion_tokens,
		.first_us = r->first_ns > r->start_ns
				    ? (r->first_ns - r->start_ns) / 1000
				    : 0,
		.duration_us = e->end_ns > r->start_ns
				       ? (e->end_ns - r->start_ns) / 1000
				       : 0,
		.queue_ms = r->queue_ms,
	};
}

void decided_end(struct request *r, const struct ending *e)
{
	struct decision_log *log = r->proxy->o.decision_log;
	struct decision_outcome outcome;
	struct decision_record *record;

	if (r->decision == 0)
		return;
	outcome = outcome_of(r, e);
	record = decision_ring_get(r->proxy->decided.ring, r->decision);
	if (record != NULL)
		record->outcome = outcome;
	if (decision_log_is_on(log))
		decision_log_end(log, r->id, &outcome);
}
