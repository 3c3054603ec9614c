#include "router/placement/placement.h"

#include <assert.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/placement/report.h"
#include "router/placement/survey.h"

#define LOOK_MS 1000
/* Copies that a worker may be giving, and getting, at a time. */
#define AT_A_TIME 8

static_assert(BOARD_PLACES >= MOVES_OPEN, "each that is open has a place");

struct placement {
	struct timer timer;
	struct metrics *metrics;
	struct index *exact;
	struct index_reader *read;
	struct fleet *fleet; /* NULL before the first */
	struct sighting_slots sightings;
	struct book book;
	struct moves moves;
	struct board board;
	/* By the worker's id, while it drains, see survey.h; else -1. */
	int only_there[INDEX_MAX_WORKERS];
};

/* --- what is told ----------------------------------------------------- */

static void count(const struct placement *p, const struct move *v)
{
	const char *reason = plan_reason_name(v->reason);

	metric_inc(metrics_cell(p->metrics, METRICS_PLACEMENT_MOVES, reason,
				move_state_name(v->state)));
	if (v->state == MOVE_DONE)
		metric_add(metrics_cell(p->metrics, METRICS_PLACEMENT_BLOCKS,
					reason),
			   v->blocks);
}

/* --- what has come of it ---------------------------------------------- */

static const struct worker *find_worker(const struct fleet_model *m,
					unsigned id)
{
	for (size_t i = 0; i < m->n_workers; i++)
		if (m->worker_id[i] == id)
			return m->worker[i];
	return NULL;
}

static enum move_state look_at(const struct placement *p, const struct move *v,
			       uint64_t now_ms)
{
	const struct fleet_model *m = &p->fleet->model[v->model];
	const struct worker *to = find_worker(m, v->to);

	if (to == NULL || find_worker(m, v->from) == NULL)
		return MOVE_EXPIRED;
	return moves_next(
		v, survey_is_there(p->read, to, v->tokens_key, v->engine_key),
		now_ms);
}

static bool was_taken(const struct placement *p, const struct move *v)
{
	return v->state == MOVE_PLANNED && v->place >= 0 &&
	       board_is_taken(&p->board, (unsigned)v->place);
}

/* What is planned no more leaves the board. */
static void change(struct placement *p, struct move *v, enum move_state to,
		   uint64_t now_ms)
{
	if (v->place >= 0)
		board_clear(&p->board, (unsigned)v->place);
	v->place = -1;
	moves_set(&p->moves, v, to, now_ms);
	count(p, v);
}

static void settle(struct placement *p, uint64_t now_ms)
{
	for (size_t i = 0; i < MOVES_KEPT; i++) {
		struct move *v = &p->moves.move[i];
		enum move_state next;

		if (!move_is_open(v))
			continue;
		if (was_taken(p, v))
			change(p, v, MOVE_SENT, now_ms);
		next = look_at(p, v, now_ms);
		if (next != v->state)
			change(p, v, next, now_ms);
	}
}

/* --- what is to be done ----------------------------------------------- */

static void read_sightings(struct placement *p, uint64_t now_ms)
{
	struct sighting seen[SIGHTING_SLOTS];
	double weight;
	unsigned n = sighting_take(&p->sightings, seen, &weight);

	for (unsigned i = 0; i < n; i++)
		book_saw(&p->book, &seen[i], weight, now_ms);
}

static struct move move_of(const struct fleet_model *m, const struct survey *s,
			   const struct plan_move *plan)
{
	const struct book_prefix *prefix = s->prefix[plan->prefix];
	const struct worker *from = m->worker[plan->from];
	const struct worker *to = m->worker[plan->to];
	struct move v = {
		.reason = plan->reason,
		.tokens_key = prefix->tokens_key,
		.engine_key = prefix->engine_key,
		.blocks = prefix->blocks,
		.tokens = (uint32_t)(prefix->blocks * fleet_block_size(m)),
		.model = prefix->model,
		.from = from->id,
		.to = to->id,
		.place = -1,
		.rate = plan->rate,
		.gain_ms = plan->gain_ms,
		.fetch_ms = plan->fetch_ms,
	};

	snprintf(v.from_name, sizeof(v.from_name), "%s", from->name);
	snprintf(v.to_name, sizeof(v.to_name), "%s", to->name);
	return v;
}

static void put_on_board(struct placement *p, struct move *v)
{
	double most = (double)p->fleet->conf->placement_max_ms;
	int place = 0;

	if (p->fleet->conf->placement != CONF_PLACEMENT_ON)
		return;
	while (!board_is_free(&p->board, (unsigned)place))
		place++;
	v->place = place;
	board_put(&p->board, (unsigned)place, v->tokens_key, v->blocks, v->to,
		  v->gain_ms < most ? v->gain_ms : most);
}

static void note_draining(struct placement *p, const struct fleet_model *m,
			  const struct survey *s)
{
	for (size_t i = 0; i < m->n_workers; i++) {
		const struct plan_worker *w = &s->query.worker[i];
		bool known = w->drains && w->fetches;

		p->only_there[m->worker_id[i]] =
			known ? (int)survey_only_there(s, i) : -1;
	}
}

static void note_nobody(struct placement *p)
{
	for (size_t i = 0; i < INDEX_MAX_WORKERS; i++)
		p->only_there[i] = -1;
}

static void plan_model(struct placement *p, size_t number, uint64_t now_ms)
{
	const struct survey_view view = {
		.model = &p->fleet->model[number],
		.number = (uint32_t)number,
		.book = &p->book,
		.moves = &p->moves,
		.index = p->exact,
		.read = p->read,
		.now_ms = now_ms,
	};
	struct plan_move plan[MOVES_OPEN];
	struct survey s;
	size_t n;

	survey_make(&view, &s);
	note_draining(p, view.model, &s);
	s.query.max_moves = MOVES_OPEN - p->moves.n_open;
	s.query.at_a_time = AT_A_TIME;
	n = plan_make(&s.query, plan);
	for (size_t i = 0; i < n; i++) {
		struct move fresh = move_of(view.model, &s, &plan[i]);
		struct move *v = moves_add(&p->moves, &fresh, now_ms);

		put_on_board(p, v);
		count(p, v);
	}
	survey_fini(&s);
}

void placement_look(struct placement *p, uint64_t now_ms)
{
	if (p->fleet->conf->placement == CONF_PLACEMENT_OFF)
		return;
	read_sightings(p, now_ms);
	settle(p, now_ms);
	for (size_t i = 0; i < p->fleet->n_models; i++)
		if (p->fleet->model[i].conf->policy->priced)
			plan_model(p, i, now_ms);
}

static void on_timer(void *arg)
{
	struct placement *p = arg;

	placement_look(p, clock_ms());
	timer_set(&p->timer, LOOK_MS);
}

/* --- its life --------------------------------------------------------- */

struct placement *placement_create(struct loop *loop, struct metrics *metrics,
				   struct index *exact)
{
	struct placement *p = mem_zalloc(sizeof(*p));

	p->metrics = metrics;
	p->exact = exact;
	p->read = index_reader_create(exact);
	note_nobody(p);
	timer_init(&p->timer, loop, on_timer, p);
	return p;
}

void placement_destroy(struct placement **p)
{
	struct placement *gone = *p;

	*p = NULL;
	if (gone == NULL)
		return;
	timer_fini(&gone->timer);
	index_reader_destroy(&gone->read);
	fleet_unref(&gone->fleet);
	mem_free(gone);
}

/* Models are known by their places, which may mean others now. */
static void forget(struct placement *p, uint64_t now_ms)
{
	for (size_t i = 0; i < MOVES_KEPT; i++)
		if (move_is_open(&p->moves.move[i]))
			change(p, &p->moves.move[i], MOVE_EXPIRED, now_ms);
	book_clear(&p->book);
	note_nobody(p);
}

void placement_set_fleet(struct placement *p, struct fleet *f)
{
	if (p->fleet != NULL && p->fleet->conf != f->conf)
		forget(p, clock_ms());
	fleet_ref(f);
	fleet_unref(&p->fleet);
	p->fleet = f;
	timer_set(&p->timer, LOOK_MS);
}

struct sighting_slots *placement_sightings(struct placement *p)
{
	return &p->sightings;
}

struct board *placement_board(struct placement *p)
{
	return &p->board;
}

void placement_report(const struct placement *p, bool text, struct buf *out)
{
	const struct placement_view view = {
		.fleet = p->fleet,
		.moves = &p->moves,
		.book = &p->book,
		.only_there = p->only_there,
		.now_ms = clock_ms(),
	};

	if (text)
		placement_table(&view, out);
	else
		placement_json(&view, out);
}
