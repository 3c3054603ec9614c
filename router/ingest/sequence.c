#include "router/ingest/sequence.h"

#include <string.h>

#define ANSWER_MS       5000 /* without a word, a replay is given up */
#define COOLDOWN_MS     500  /* between two asks; doubles with failures */
#define MAX_COOLDOWN_MS 30000
#define POSTPONE_MS     50
#define MAX_FAILS       3 /* then live batches go on without a replay */

static uint64_t cooldown(const struct sequence *s)
{
	uint64_t ms = COOLDOWN_MS;

	for (unsigned i = 0; i < s->fails && ms < MAX_COOLDOWN_MS; i++)
		ms *= 2;
	return ms < MAX_COOLDOWN_MS ? ms : MAX_COOLDOWN_MS;
}

/* Asks now, or as soon as the cooldown allows. */
static void ask(struct sequence *s, uint64_t now, struct sequence_step *step)
{
	if (now < s->ask_at_ms) {
		s->state = SEQUENCE_WAIT;
		return;
	}
	s->state = SEQUENCE_REPLAY;
	s->asked_from = s->has_next ? s->next - 1 : 0;
	if (!s->has_next)
		s->whole = true; /* until the answer says otherwise */
	s->answered = false;
	s->progress = false;
	s->deadline_ms = now + ANSWER_MS;
	s->ask_at_ms = now + cooldown(s);
	s->replays++;
	step->ask = true;
	step->from = s->asked_from;
}

static void forget(struct sequence *s, struct sequence_step *step)
{
	step->clear = true;
	s->whole = false;
	s->has_next = false;
	s->next = 0;
}

/* What is missing will not come: go on from the next live batch. */
static struct sequence_step give_up(struct sequence *s)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	s->losses += s->has_next || s->can_replay ? 1 : 0;
	forget(s, &step);
	s->fails = 0;
	s->state = SEQUENCE_LIVE;
	step.release = s->held;
	s->held = false;
	return step;
}

/* Another life of the engine: its cache began empty. */
static void start_anew(struct sequence *s, uint64_t now,
		       struct sequence_step *step)
{
	forget(s, step);
	s->restarts++;
	if (s->can_replay) {
		ask(s, now, step);
		return;
	}
	s->state = SEQUENCE_LIVE;
}

static void apply(struct sequence *s, uint64_t seq, uint64_t mark,
		  struct sequence_step *step)
{
	if (!s->has_next || seq != s->next)
		s->first_marked = seq;
	else if (seq - s->first_marked >= SEQUENCE_MARKS)
		s->first_marked = seq - SEQUENCE_MARKS + 1;
	s->mark[seq % SEQUENCE_MARKS] = mark;
	s->has_next = true;
	s->next = seq + 1;
	s->progress = true;
	step->batch = SEQUENCE_APPLY;
}

enum seen { SEEN_SAME, SEEN_OTHER, SEEN_LONG_AGO };

/* Whether batch `seq`, below `next`, is the one that was applied. */
static enum seen seen(const struct sequence *s, uint64_t seq, uint64_t mark)
{
	if (seq < s->first_marked)
		return SEEN_LONG_AGO;
	return s->mark[seq % SEQUENCE_MARKS] == mark ? SEEN_SAME : SEEN_OTHER;
}

static void gap(struct sequence *s, uint64_t seq, uint64_t mark, uint64_t now,
		struct sequence_step *step)
{
	s->gaps++;
	if (s->can_replay && s->fails < MAX_FAILS) {
		step->batch = SEQUENCE_HOLD;
		s->held = true;
		ask(s, now, step);
		return;
	}
	s->losses++;
	s->fails = 0;
	forget(s, step);
	apply(s, seq, mark, step);
}

/* In sequence or not, while nothing is being replayed. */
static struct sequence_step take(struct sequence *s, uint64_t seq,
				 uint64_t mark, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	if (!s->has_next && s->can_replay && s->whole && seq > 0)
		gap(s, seq, mark, now, &step);
	else if (!s->has_next || seq == s->next)
		apply(s, seq, mark, &step);
	else if (seq > s->next)
		gap(s, seq, mark, now, &step);
	return step;
}

/* The engine counts from the beginning again, and this is one of its. */
static struct sequence_step regressed(struct sequence *s, uint64_t seq,
				      uint64_t mark, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_HOLD};

	step.discard = s->held;
	s->held = s->can_replay;
	s->fails = 0;
	start_anew(s, now, &step);
	if (!s->can_replay)
		apply(s, seq, mark, &step);
	return step;
}

/* Overlap with a replay is harmless; anything else below `next`, or live
 * numbers that go backwards, is another life. */
static bool is_regression(const struct sequence *s, uint64_t seq, uint64_t mark)
{
	bool backwards = s->live_seen && seq <= s->last_live;

	if (backwards || !s->has_next || seq >= s->next)
		return backwards;
	switch (seen(s, seq, mark)) {
	case SEEN_SAME: return false;
	case SEEN_OTHER: return true;
	default: return !s->live_seen && s->state == SEQUENCE_LIVE;
	}
}

/* The publisher dropped some of a replay on the way. */
static void hole(struct sequence *s, uint64_t seq, uint64_t mark, uint64_t now,
		 struct sequence_step *step)
{
	s->fails = s->progress ? 0 : s->fails + 1;
	if (s->fails < MAX_FAILS) {
		ask(s, now, step);
		return;
	}
	forget(s, step);
	s->losses++;
	s->fails = 0;
	apply(s, seq, mark, step);
}

void sequence_init(struct sequence *s, bool can_replay)
{
	memset(s, 0, sizeof(*s));
	s->can_replay = can_replay;
	s->state = SEQUENCE_DOWN;
	s->whole = can_replay;
}

struct sequence_step sequence_connected(struct sequence *s, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	if (s->state != SEQUENCE_DOWN)
		return step;
	s->live_seen = false;
	/* What passed while the connection was down cannot be known. */
	if (!s->can_replay)
		return give_up(s);
	/* What is held is in the replay too. */
	step.discard = s->held;
	s->held = false;
	ask(s, now, &step);
	return step;
}

void sequence_lost(struct sequence *s)
{
	s->state = SEQUENCE_DOWN;
}

struct sequence_step sequence_live(struct sequence *s, uint64_t seq,
				   uint64_t mark, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_HOLD};
	bool regression = is_regression(s, seq, mark);

	s->live_seen = true;
	s->last_live = seq;
	if (regression)
		return regressed(s, seq, mark, now);
	if (s->state == SEQUENCE_LIVE)
		return take(s, seq, mark, now);
	s->held = true;
	return step;
}

struct sequence_step sequence_held(struct sequence *s, uint64_t seq,
				   uint64_t mark, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_HOLD};

	if (s->state != SEQUENCE_LIVE) {
		s->held = true;
		return step;
	}
	if (s->has_next && seq < s->next && seen(s, seq, mark) == SEEN_OTHER)
		return regressed(s, seq, mark, now);
	return take(s, seq, mark, now);
}

struct sequence_step sequence_replayed(struct sequence *s, uint64_t seq,
				       uint64_t mark, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};
	bool first = !s->answered;

	if (s->state != SEQUENCE_REPLAY || seq < s->asked_from)
		return step;
	s->answered = true;
	s->deadline_ms = now + ANSWER_MS;
	if (first && seq > s->asked_from) {
		/* The publisher no longer has what was asked for. */
		forget(s, &step);
		s->losses++;
		apply(s, seq, mark, &step);
	} else if (!s->has_next || seq == s->next) {
		apply(s, seq, mark, &step);
	} else if (seq > s->next) {
		hole(s, seq, mark, now, &step);
	} else if (seen(s, seq, mark) == SEEN_OTHER) {
		start_anew(s, now, &step);
	}
	return step;
}

struct sequence_step sequence_end(struct sequence *s, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	if (s->state != SEQUENCE_REPLAY)
		return step;
	if (!s->answered && s->has_next) {
		/* Even the last batch applied is unknown there. */
		start_anew(s, now, &step);
		return step;
	}
	s->fails = s->progress || !s->held ? 0 : s->fails + 1;
	s->state = SEQUENCE_LIVE;
	step.release = s->held;
	s->held = false;
	return step;
}

bool sequence_is_overdue(const struct sequence *s, uint64_t now)
{
	return s->state == SEQUENCE_REPLAY && now >= s->deadline_ms;
}

struct sequence_step sequence_tick(struct sequence *s, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	if (s->state == SEQUENCE_WAIT && now >= s->ask_at_ms)
		ask(s, now, &step);
	if (!sequence_is_overdue(s, now))
		return step;
	s->fails = s->progress ? 1 : s->fails + 1;
	if (s->fails >= MAX_FAILS && s->held)
		return give_up(s);
	s->ask_at_ms = now + cooldown(s);
	s->state = SEQUENCE_WAIT;
	return step;
}

void sequence_postpone(struct sequence *s, uint64_t now)
{
	if (s->state != SEQUENCE_REPLAY)
		return;
	s->state = SEQUENCE_WAIT;
	s->ask_at_ms = now + POSTPONE_MS;
	s->replays--;
}

struct sequence_step sequence_overflow(struct sequence *s)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	if (s->state != SEQUENCE_DOWN)
		return give_up(s);
	step.discard = s->held;
	s->held = false;
	return step;
}

struct sequence_step sequence_resync(struct sequence *s, uint64_t now)
{
	struct sequence_step step = {.batch = SEQUENCE_DROP};

	forget(s, &step);
	step.discard = s->held;
	s->held = false;
	if (s->state == SEQUENCE_DOWN || !s->can_replay)
		return step;
	ask(s, now, &step);
	return step;
}
