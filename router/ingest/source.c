#include "router/ingest/source.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/ingest/trust.h"

#include <string.h>

#define MAX_REPLAYS  16 /* at a time */
#define READ_AT_ONCE 256
/* New prompts make new blocks, and new blocks make events. */
#define SILENT_MS        60000
#define DISTRUST_MS      600000
#define UNDECODED_MS     30000
#define MAX_UNDECODED_MS 600000
#define MARK_BYTES       64

static struct metric_cell *block_cell(struct source *s, const char *kind)
{
	return metrics_cell(s->tools->metrics, METRICS_EVENT_BLOCKS,
			    s->worker->name, kind);
}

static struct metric_cell *plain_cell(struct source *s, enum metrics_row row)
{
	return metrics_cell(s->tools->metrics, row, s->worker->name);
}

static void find_cells(struct source *s)
{
	s->cell[SOURCE_BATCHES] = plain_cell(s, METRICS_EVENT_BATCHES);
	s->cell[SOURCE_GAPS] = plain_cell(s, METRICS_EVENT_GAPS);
	s->cell[SOURCE_REPLAYS] = plain_cell(s, METRICS_EVENT_REPLAYS);
	s->cell[SOURCE_ERRORS] = plain_cell(s, METRICS_EVENT_ERRORS);
	s->cell[SOURCE_LAG] = plain_cell(s, METRICS_EVENT_LAG);
	s->cell[SOURCE_STORED] = block_cell(s, "stored");
	s->cell[SOURCE_REMOVED] = block_cell(s, "removed");
	s->cell[SOURCE_ORPHANED] = block_cell(s, "orphaned");
	s->cell[SOURCE_SKIPPED] = block_cell(s, "skipped");
}

static void count_to(struct source *s, enum source_cell cell, uint64_t total)
{
	if (total > s->shown[cell])
		metric_add(s->cell[cell], (double)(total - s->shown[cell]));
	s->shown[cell] = total;
}

static void show_counts(struct source *s)
{
	const struct apply_counts *c = &s->apply.count;
	struct worker *w = s->worker;
	uint64_t errors = s->bad_frames + c->errors;

	count_to(s, SOURCE_BATCHES, c->batches);
	count_to(s, SOURCE_STORED, c->stored);
	count_to(s, SOURCE_REMOVED, c->removed);
	count_to(s, SOURCE_ORPHANED, c->orphaned);
	count_to(s, SOURCE_SKIPPED, c->skipped);
	count_to(s, SOURCE_GAPS, s->sequence.gaps);
	count_to(s, SOURCE_REPLAYS, s->sequence.replays);
	count_to(s, SOURCE_ERRORS, errors);
	atomic_store(&w->event_batches, c->batches);
	atomic_store(&w->event_gaps, s->sequence.gaps);
	atomic_store(&w->event_replays, s->sequence.replays);
	atomic_store(&w->event_errors, errors);
	if (s->sequence.has_next)
		atomic_store(&w->event_seq, s->sequence.next - 1);
}

static void show_trust(struct source *s, uint64_t now)
{
	struct trust t = trust_of(s, now);
	struct worker *w = s->worker;
	enum worker_trust was = atomic_load(&w->trust);
	const char *reason = atomic_load(&w->trust_reason);

	atomic_store(&w->doubt, t.doubt);
	atomic_store(&w->trust_reason, t.reason);
	atomic_store(&w->trust, t.level);
	if (was == t.level && reason == t.reason)
		return;
	log_write(t.level == WORKER_FALLBACK ? LOG_WARN : LOG_INFO,
		  "ingest: %s: %s: %s", w->name, worker_trust_name(t.level),
		  t.reason);
}

/* Tells two batches with one number apart. A batch begins with its time
 * stamp, and no two of a worker have the same. */
static uint64_t mark_of(struct slice payload)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ payload.n;
	size_t n = payload.n < MARK_BYTES ? payload.n : MARK_BYTES;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)payload.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void count_resync(struct source *s, const char *reason)
{
	atomic_fetch_add(&s->worker->event_resyncs, 1);
	metric_inc(metrics_cell(s->tools->metrics, METRICS_EVENT_RESYNCS,
				s->worker->name, reason));
}

static void clear(struct source *s)
{
	bool restarted = s->sequence.restarts != s->restarts_seen;

	if (restarted) {
		/* What was routed there is gone as well. */
		index_clear(s->tools->approx, s->worker->id, INDEX_GPU);
		index_clear(s->tools->approx, s->worker->id, INDEX_OTHER);
		s->store_trust = (struct store_trust){0};
		atomic_store(&s->worker->store_fails, false);
		count_resync(s, "restart");
	} else if (s->sequence.losses != s->losses_seen) {
		count_resync(s, "lost");
	}
	s->restarts_seen = s->sequence.restarts;
	s->losses_seen = s->sequence.losses;
	apply_clear(&s->apply, restarted);
}

static void note_undecoded(struct source *s, uint64_t now)
{
	if (s->undecoded_until == 0) {
		s->undecoded_until = now + s->undecoded_wait;
		s->undecoded_wait *= 2;
		if (s->undecoded_wait > MAX_UNDECODED_MS)
			s->undecoded_wait = MAX_UNDECODED_MS;
	}
	if (!s->told_undecoded)
		log_warn("ingest: %s: a batch of its events does not decode; "
			 "everything is replayed later",
			 s->worker->name);
	s->told_undecoded = true;
}

static void note_batch(struct source *s, const struct event_batch *b, bool live,
		       uint64_t now)
{
	struct worker *w = s->worker;
	double late = (double)clock_wall_us() / 1e6 - b->ts;

	s->unheard = 0;
	s->heard_at = now;
	atomic_store(&w->last_event_ms, now);
	if (live && late > -86400 && late < 86400) {
		atomic_store(&w->event_lag_us, (int64_t)(late * 1e6));
		metric_put(s->cell[SOURCE_LAG], late);
	}
	if (b->rank < 0 || w->rank < 0 || b->rank == w->rank || s->told_rank)
		return;
	s->told_rank = true;
	log_warn("ingest: %s: its events say rank %lld; check that events: "
		 "names the port of the first rank",
		 w->name, (long long)b->rank);
}

static void carry_out(struct source *s, struct sequence_step step, uint64_t seq,
		      uint64_t mark, struct slice payload, uint64_t now);

static void resync(struct source *s, const char *reason, uint64_t now)
{
	count_resync(s, reason);
	carry_out(s, sequence_resync(&s->sequence, now), 0, 0,
		  (struct slice){NULL, 0}, now);
}

static void apply_payload(struct source *s, struct slice payload, bool live,
			  uint64_t now)
{
	struct event_batch b;

	switch (apply_batch(&s->apply, payload, &b)) {
	case APPLY_BAD: note_undecoded(s, now); break;
	case APPLY_RESYNC:
		note_batch(s, &b, live, now);
		resync(s, "keys", now);
		break;
	case APPLY_DONE: note_batch(s, &b, live, now); break;
	}
}

/* Gives held batches back until one has to wait again. */
static void release(struct source *s, uint64_t now)
{
	struct held *it;

	while ((it = hold_first(&s->hold)) != NULL) {
		struct sequence_step step = sequence_held(&s->sequence, it->seq,
							  it->mark, now);
		bool stays = step.batch == SEQUENCE_HOLD;

		if (stays)
			step.batch = SEQUENCE_DROP;
		step.release = false;
		carry_out(s, step, it->seq, it->mark, it->payload, now);
		if (stays)
			return;
		/* Unless what it brought about has emptied the queue. */
		if (hold_first(&s->hold) == it)
			hold_pop(&s->hold);
	}
}

static void hold(struct source *s, uint64_t seq, uint64_t mark,
		 struct slice payload, uint64_t now)
{
	if (hold_push(&s->hold, seq, mark, payload))
		return;
	log_warn("ingest: %s: too many batches wait for a replay; going on "
		 "without it",
		 s->worker->name);
	carry_out(s, sequence_overflow(&s->sequence), 0, 0,
		  (struct slice){NULL, 0}, now);
}

/* Whether past events come when they are asked for. */
static void note_replay(struct source *s, bool answers)
{
	atomic_store(&s->worker->replays,
		     answers ? WORKER_REPLAYS : WORKER_SILENT);
}

static void hang_up(struct source *s)
{
	if (s->subscriber.dealer != NULL)
		s->tools->replays--;
	subscriber_hang_up(&s->subscriber);
}

/* A replay comes as fast as its publisher can send, and a fleet's all at
 * once would fill the memory. */
static void ask(struct source *s, uint64_t from, uint64_t now)
{
	hang_up(s);
	if (s->tools->replays >= MAX_REPLAYS) {
		sequence_postpone(&s->sequence, now);
		return;
	}
	/* If it cannot be sent, the answer's time-out asks again. */
	if (subscriber_ask(&s->subscriber, from) == OK)
		s->tools->replays++;
	else
		log_warn("ingest: %s: %s: cannot ask for a replay",
			 s->worker->name, s->worker->replay);
}

static void carry_out(struct source *s, struct sequence_step step, uint64_t seq,
		      uint64_t mark, struct slice payload, uint64_t now)
{
	bool live = s->sequence.state == SEQUENCE_LIVE;

	if (step.discard)
		hold_clear(&s->hold);
	if (step.clear)
		clear(s);
	if (step.ask)
		ask(s, step.from, now);
	else if (s->sequence.state != SEQUENCE_REPLAY)
		hang_up(s);
	if (step.batch == SEQUENCE_HOLD)
		hold(s, seq, mark, payload, now);
	else if (step.batch == SEQUENCE_APPLY)
		apply_payload(s, payload, live, now);
	if (step.release)
		release(s, now);
}

static void take_message(struct source *s, const struct subscriber_message *m,
			 uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};
	struct sequence *q = &s->sequence;
	uint64_t mark = 0;

	switch (m->kind) {
	case SUBSCRIBER_NOTHING: return;
	case SUBSCRIBER_BAD: s->bad_frames++; return;
	case SUBSCRIBER_LOST:
		s->down_since = now;
		hang_up(s);
		sequence_lost(q);
		return;
	case SUBSCRIBER_CONNECTED:
		s->down_since = 0;
		s->heard_at = now;
		step = sequence_connected(q, now);
		break;
	case SUBSCRIBER_LIVE:
		mark = mark_of(m->payload);
		step = sequence_live(q, m->seq, mark, now);
		break;
	case SUBSCRIBER_REPLAYED:
		note_replay(s, true);
		mark = mark_of(m->payload);
		step = sequence_replayed(q, m->seq, mark, now);
		break;
	case SUBSCRIBER_END:
		note_replay(s, true);
		hang_up(s);
		step = sequence_end(q, now);
		break;
	}
	carry_out(s, step, m->seq, mark, m->payload, now);
}

struct source *source_create(struct source_tools *tools, struct worker *w,
			     const struct fleet_model *model, uint64_t now)
{
	struct source *s = mem_zalloc(sizeof(*s));
	struct error err = {0};

	s->tools = tools;
	s->worker = worker_ref(w);
	s->undecoded_wait = UNDECODED_MS;
	s->down_since = now;
	find_cells(s);
	hold_init(&s->hold);
	verify_init(&s->verify);
	sequence_init(&s->sequence, w->replay != NULL);
	apply_init(&s->apply, &tools->apply, w, model);
	if (w->events != NULL) {
		s->open = subscriber_open(&s->subscriber, tools->zmq, w->events,
					  w->replay, w->topic, &err) == OK;
		if (!s->open)
			log_error("ingest: %s: events: %s", w->name, err.text);
	}
	show_trust(s, now);
	return s;
}

void source_destroy(struct source **s)
{
	struct source *gone = *s;
	unsigned id;

	*s = NULL;
	if (gone == NULL)
		return;
	id = gone->worker->id;
	if (gone->open) {
		hang_up(gone);
		subscriber_close(&gone->subscriber);
	}
	hold_clear(&gone->hold);
	apply_clear(&gone->apply, false);
	index_clear(gone->tools->approx, id, INDEX_GPU);
	index_clear(gone->tools->approx, id, INDEX_OTHER);
	worker_unref(&gone->worker);
	mem_free(gone);
}

void source_set_model(struct source *s, const struct fleet_model *model)
{
	apply_set_model(&s->apply, model);
}

bool source_read(struct source *s, uint64_t now)
{
	struct subscriber_message m = {.kind = SUBSCRIBER_NOTHING};

	if (!s->open)
		return false;
	for (size_t i = 0; i < READ_AT_ONCE; i++) {
		subscriber_next(&s->subscriber, &m);
		if (m.kind == SUBSCRIBER_NOTHING)
			break;
		take_message(s, &m, now);
	}
	show_counts(s);
	show_trust(s, now);
	return m.kind != SUBSCRIBER_NOTHING;
}

void source_tick(struct source *s, uint64_t now)
{
	struct slice none = {NULL, 0};

	if (!s->open)
		return;
	if (s->distrusted_until != 0 && now >= s->distrusted_until) {
		s->distrusted_until = 0;
		resync(s, "predictions", now);
	}
	if (s->undecoded_until != 0 && now >= s->undecoded_until) {
		s->undecoded_until = 0;
		resync(s, "undecoded", now);
	}
	if (store_trust_is_over(&s->store_trust, now))
		atomic_store(&s->worker->store_fails, false);
	if (sequence_is_overdue(&s->sequence, now))
		note_replay(s, false);
	carry_out(s, sequence_tick(&s->sequence, now), 0, 0, none, now);
	show_counts(s);
	show_trust(s, now);
}

size_t source_poll(const struct source *s, zmq_pollitem_t *item)
{
	return s->open ? subscriber_poll(&s->subscriber, item) : 0;
}

void source_expect(struct source *s, uint64_t now)
{
	if (s->down_since == 0 && now - s->heard_at >= SILENT_MS)
		s->unheard++;
}

/* Less was predicted than was there: only wrong if all was to be known. */
static bool may_miss_blocks(const struct source *s)
{
	struct index_stats index;
	struct alias_stats alias;

	index_stats(s->tools->apply.index, &index);
	alias_stats(s->tools->apply.alias, &alias);
	return !s->sequence.whole || index.evicted > 0 || alias.evicted > 0 ||
	       s->apply.count.orphaned > 0 || s->apply.count.skipped > 0;
}

void source_outcome(struct source *s, enum ingest_verdict verdict, bool absent,
		    uint64_t now)
{
	if (!s->open || s->distrusted_until != 0)
		return;
	if (verdict == INGEST_WRONG && !absent && may_miss_blocks(s))
		return;
	switch (verify_add(&s->verify, verdict, absent)) {
	case VERIFY_FINE: return;
	case VERIFY_RESYNC: resync(s, "predictions", now); break;
	case VERIFY_DISTRUST: s->distrusted_until = now + DISTRUST_MS; break;
	}
	show_trust(s, now);
}

/* What did not come it has computed, and has perhaps put there in its turn:
 * one after the other, as it names them. */
static size_t put_since(const struct source *s, const struct source_load *l)
{
	size_t n = atomic_load(&s->worker->store_puts) - l->puts;

	return n < l->n_missed ? n : l->n_missed;
}

void source_loaded(struct source *s, const struct source_load *l, uint64_t now)
{
	struct index *ix = s->tools->apply.index;
	struct worker *w = s->worker;
	size_t there;

	if (l->store == NULL)
		return;
	there = put_since(s, l);
	index_remove_run(ix, l->missed + there, l->n_missed - there,
			 l->store->id, INDEX_OTHER);
	switch (store_trust_add(&s->store_trust, &l->store->n_missed, l->came,
				now)) {
	case STORE_TRUST_FINE: break;
	case STORE_TRUST_LEAVE:
		atomic_store(&w->store_fails, true);
		log_warn("ingest: %s: nothing comes from the shared store %s "
			 "that others have put there; is its connector "
			 "attached, and PYTHONHASHSEED the same as theirs?",
			 w->name, l->store->name);
		break;
	case STORE_TRUST_EMPTY:
		index_clear(ix, l->store->id, INDEX_OTHER);
		log_warn("ingest: %s: what the shared store %s held is gone; "
			 "it is learned anew",
			 w->name, l->store->name);
		break;
	}
}
