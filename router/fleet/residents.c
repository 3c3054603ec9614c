#include "router/fleet/residents.h"

#include "common/base/assert.h"
#include "router/fleet/resident_slots.h"

#include <string.h>

/* Of a worker's memory: the rest is what blocks that are begun, and our
 * estimates, may take. */
#define USABLE 0.98
/* The worker's word counts from this share of its memory on. */
#define NOTABLE        0.05
#define FOREIGN_MEMORY 0.5
#define GROWN_MEMORY   0.05 /* that each end moves the mean by, at least */
#define FIRST_ANSWER   200
#define ANSWER_MEMORY  0.01

/* --- sums ----------------------------------------------------------------- */

static uint64_t *sum_of(struct residents *r, const struct resident *s)
{
	return s->state == RESIDENT_LIVE ? &r->live[s->class]
					 : &r->idle[s->class];
}

static uint64_t grown_from(const struct residents *r, uint64_t own)
{
	return r->grown > (double)own ? (uint64_t)r->grown : own;
}

/* With its next turn, unless it has come to what they mostly come to. */
static uint64_t due_of(const struct residents *r, const struct resident *s)
{
	uint64_t due = s->own + s->growth;

	if (r->grown > 0 && due > r->grown)
		return grown_from(r, s->own);
	return due;
}

static void add(struct residents *r, struct resident *s)
{
	s->due = due_of(r, s);
	s->counted = grown_from(r, s->due);
	*sum_of(r, s) += s->counted;
	r->due += s->due;
	if (s->state == RESIDENT_LIVE) {
		r->live_due += s->due;
		r->n_live++;
	} else {
		r->n_idle++;
	}
}

static void subtract(struct residents *r, const struct resident *s)
{
	*sum_of(r, s) -= s->counted;
	r->due -= s->due;
	if (s->state == RESIDENT_LIVE) {
		r->live_due -= s->due;
		r->n_live--;
	} else {
		r->n_idle--;
	}
}

static uint64_t budget(const struct residents *r)
{
	return (uint64_t)(USABLE * (double)r->capacity);
}

/* What no session has for itself. */
static uint64_t common(const struct residents *r)
{
	return r->shared.tokens + r->foreign;
}

uint64_t residents_taken(const struct residents *r)
{
	uint64_t sum = common(r);

	for (size_t i = 0; i < RESIDENTS_CLASSES; i++)
		sum += r->live[i] + r->idle[i];
	return sum;
}

double residents_knee(const struct residents *r)
{
	double n = r->n_live + r->n_idle, each = r->grown;
	uint64_t room = budget(r);

	if (each <= 0 && n > 0)
		each = (double)r->due / n;
	if (each <= 0)
		return 0;
	return room > common(r) ? (double)(room - common(r)) / each : 0;
}

/* --- slots ---------------------------------------------------------------- */

static struct resident *find(struct residents *r, const struct residents_ask *a)
{
	return resident_find(r, RESIDENT_IDLE, a);
}

/* Nothing tells its turns apart from others', or it has one under way. */
static bool is_unfollowed(struct residents *r, const struct residents_ask *a)
{
	return (a->session == 0 && a->n == 0) ||
	       resident_find(r, RESIDENT_LIVE, a) != NULL;
}

static void learn_grown(struct residents *r, const struct resident *s)
{
	double part = 1.0 / ++r->n_ended;

	if (part < GROWN_MEMORY)
		part = GROWN_MEMORY;
	r->grown += part * ((double)s->own - r->grown);
}

/* It counts no more, but is remembered while its slot is not needed. */
static void retire(struct residents *r, struct resident *s)
{
	subtract(r, s);
	shared_prefix_release(&r->shared, s->shared);
	s->shared = SHARED_PREFIX_NONE;
	resident_set_state(r, s, RESIDENT_FREE);
}

void residents_expire(struct residents *r, uint64_t now_ms)
{
	uint64_t ms = stay_ms(&r->stay);

	while (!list_empty(&r->idle_slots)) {
		struct resident *s = LIST_ENTRY(r->idle_slots.next,
						struct resident, link);

		if (now_ms < s->ended_ms + ms)
			return;
		if (!s->was_refused)
			learn_grown(r, s);
		retire(r, s);
	}
}

/* --- what a request needs ------------------------------------------------- */

struct need {
	int prefix;       /* that it shares with others here */
	uint32_t blocks;  /* of it that will be shared; over the prefix's: a
			   * new one */
	uint64_t own;     /* tokens */
	uint64_t sharing; /* tokens more that are held for all */
};

static uint64_t all_tokens(const struct residents *r,
			   const struct residents_ask *a)
{
	uint64_t answer = (uint64_t)r->answer;

	if (a->output > 0 && a->output < answer)
		answer = a->output;
	return a->prompt + answer;
}

static uint64_t beyond(const struct residents *r, const struct residents_ask *a,
		       uint64_t blocks)
{
	uint64_t shared = blocks * a->block_size, all = all_tokens(r, a);

	return all > shared ? all - shared : 0;
}

/* What the cache holds of the prompt of one who is new here is others'. */
static struct need need_of(const struct residents *r,
			   const struct residents_ask *a)
{
	size_t held = a->held_blocks < a->n ? a->held_blocks : a->n;
	struct need n = {
		.prefix = shared_prefix_find(&r->shared, a->key, a->n)};

	n.blocks = shared_prefix_blocks(&r->shared, n.prefix);
	if (held >= (size_t)n.blocks + SHARED_PREFIX_LEAST) {
		n.sharing = (held - n.blocks) * a->block_size;
		n.blocks = (uint32_t)held;
	}
	n.own = beyond(r, a, n.blocks);
	return n;
}

static uint64_t own_of(const struct residents *r, const struct resident *s,
		       const struct residents_ask *a)
{
	return beyond(r, a, shared_prefix_blocks(&r->shared, s->shared));
}

/* --- whether it fits ------------------------------------------------------ */

static bool outranks(const struct resident *a, const struct resident *b)
{
	if (a->class != b->class)
		return a->class > b->class;
	return a->since_ms < b->since_ms ||
	       (a->since_ms == b->since_ms && a < b);
}

static uint64_t before(struct list *slots, const struct resident *s)
{
	struct list *it, *tmp;
	uint64_t sum = 0;

	LIST_EACH (it, tmp, slots) {
		const struct resident *x = LIST_ENTRY(it, struct resident,
						      link);

		if (x != s && outranks(x, s))
			sum += x->due;
	}
	return sum;
}

/* It stays let in, though it does not run. */
static void keep(struct residents *r, struct resident *s, uint64_t now_ms)
{
	s->ended_ms = now_ms;
	resident_set_state(r, s, RESIDENT_IDLE);
}

/* One that was let in goes on, unless those before it have outgrown the
 * memory by now. Until those behind it have ended their turns, it waits. */
static bool may_go_on(struct residents *r, struct resident *s,
		      const struct residents_ask *a)
{
	uint64_t all = common(r) + own_of(r, s, a), idle, live;

	if (all + r->due - s->due <= budget(r))
		return true;
	idle = before(&r->idle_slots, s);
	live = before(&r->live_slots, s);
	if (idle + live > 0 && all + idle + live > budget(r)) {
		s->was_refused = true;
		return false;
	}
	if (r->n_live == 0 || all + idle + r->live_due <= budget(r))
		return true;
	keep(r, s, a->now_ms);
	return false;
}

/* Of lower classes only those count that run: the others give way. */
static uint64_t taken_for(const struct residents *r, enum residents_class class)
{
	uint64_t sum = common(r);

	for (unsigned i = 0; i < RESIDENTS_CLASSES; i++)
		sum += r->live[i] + (i >= class ? r->idle[i] : 0);
	return sum;
}

static bool may_come(struct residents *r, const struct residents_ask *a)
{
	struct need n = need_of(r, a);
	uint64_t own = is_unfollowed(r, a) ? n.own : grown_from(r, n.own);

	if (r->n_live == 0 && (r->n_idle == 0 || n.own + n.sharing > budget(r)))
		return true;
	return taken_for(r, a->class) + own + n.sharing <= budget(r);
}

bool residents_fit(struct residents *r, const struct residents_ask *a)
{
	struct resident *s;

	if (r->capacity == 0)
		return true;
	residents_expire(r, a->now_ms);
	if (residents_taken(r) + grown_from(r, all_tokens(r, a)) <= budget(r))
		return true;
	s = find(r, a);
	return s != NULL ? may_go_on(r, s, a) : may_come(r, a);
}

uint64_t residents_spare(const struct residents *r)
{
	uint64_t taken = residents_taken(r), all = budget(r);
	uint64_t answer = (uint64_t)r->answer;
	uint64_t left = all > taken ? all - taken : 0;

	if (left < grown_from(r, answer))
		return 0;
	return left - answer;
}

bool residents_knows(struct residents *r, const struct residents_ask *a)
{
	residents_expire(r, a->now_ms);
	return find(r, a) != NULL;
}

/* --- coming and going ----------------------------------------------------- */

/* Those that computed the prefix when nobody shared it counted it as their
 * own. */
static void hand_over(struct residents *r, struct list *slots, int prefix,
		      uint64_t first, size_t block_size)
{
	uint64_t tokens = (uint64_t)r->shared.entry[prefix].blocks * block_size;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, slots) {
		struct resident *s = LIST_ENTRY(it, struct resident, link);

		if (s->shared >= 0 || s->first != first || s->own < tokens)
			continue;
		subtract(r, s);
		s->shared = prefix;
		shared_prefix_hold(&r->shared, prefix);
		s->own -= tokens;
		add(r, s);
	}
}

static int share(struct residents *r, const struct residents_ask *a,
		 const struct need *n)
{
	uint64_t first;
	int i;

	if (n->sharing == 0) {
		shared_prefix_hold(&r->shared, n->prefix);
		return n->prefix;
	}
	i = shared_prefix_add(&r->shared, a->key, n->blocks, a->block_size,
			      n->prefix);
	if (i < 0)
		return i;
	first = a->key[SHARED_PREFIX_LEAST - 1];
	hand_over(r, &r->live_slots, i, first, a->block_size);
	hand_over(r, &r->idle_slots, i, first, a->block_size);
	return i;
}

/* One that has gone may have come back: how long it was away is known as
 * long as its slot is. */
static struct resident *find_gone(struct residents *r,
				  const struct residents_ask *a)
{
	struct resident *s = resident_find(r, RESIDENT_FREE, a);

	if (s != NULL)
		stay_saw(&r->stay, a->now_ms - s->ended_ms);
	return s;
}

static struct resident *settle(struct residents *r,
			       const struct residents_ask *a)
{
	struct need n = need_of(r, a);
	struct resident *s = find_gone(r, a);

	if (s == NULL && list_empty(&r->free_slots))
		return NULL;
	if (s == NULL)
		s = LIST_ENTRY(r->free_slots.next, struct resident, link);
	s->shared = share(r, a, &n);
	s->n_turns = 0;
	s->since_ms = a->now_ms;
	s->own = own_of(r, s, a);
	s->growth = 0;
	return s;
}

/* It does not count while it changes. */
static struct resident *come_back(struct residents *r, struct resident *s,
				  const struct residents_ask *a)
{
	uint64_t own;

	stay_saw(&r->stay, a->now_ms - s->ended_ms);
	subtract(r, s);
	own = own_of(r, s, a);
	s->growth = own > s->own ? own - s->own : 0;
	s->own = own;
	return s;
}

static uint32_t narrow(uint64_t tokens)
{
	return tokens < UINT32_MAX ? (uint32_t)tokens : UINT32_MAX;
}

static void hold_unfollowed(struct residents *r, const struct residents_ask *a,
			    struct residents_seat *out)
{
	out->tokens = narrow(beyond(r, a, need_of(r, a).blocks));
	r->live[a->class] += out->tokens;
	r->due += out->tokens;
	r->live_due += out->tokens;
	r->n_live++;
}

void residents_hold(struct residents *r, const struct residents_ask *a,
		    struct residents_seat *out)
{
	struct resident *s = find(r, a);

	ASSERT(a->class < RESIDENTS_CLASSES);
	*out = (struct residents_seat){.slot = -1,
				       .class = (uint8_t)a->class,
				       .taken = true,
				       .block_size = (uint32_t)a->block_size,
				       .prompt = narrow(a->prompt)};
	if (s != NULL)
		s = come_back(r, s, a);
	else if (!is_unfollowed(r, a))
		s = settle(r, a);
	if (s == NULL) {
		hold_unfollowed(r, a, out);
		return;
	}
	resident_note_turn(r, s, a);
	resident_set_state(r, s, RESIDENT_LIVE);
	add(r, s);
	out->slot = (int16_t)(s - r->slot);
}

static void release_unfollowed(struct residents *r,
			       const struct residents_seat *seat)
{
	r->live[seat->class] -= seat->tokens;
	r->due -= seat->tokens;
	r->live_due -= seat->tokens;
	r->n_live--;
}

static uint64_t own_after(const struct residents *r, const struct resident *s,
			  uint64_t context, uint64_t block_size)
{
	uint64_t shared = shared_prefix_blocks(&r->shared, s->shared) *
			  block_size;

	return context > shared ? context - shared : 0;
}

static void learn_answer(struct residents *r, uint64_t prompt, uint64_t context)
{
	if (context > prompt)
		r->answer += ANSWER_MEMORY *
			     ((double)(context - prompt) - r->answer);
}

void residents_release(struct residents *r, struct residents_seat *seat,
		       uint64_t context, uint64_t now_ms)
{
	struct resident *s;

	if (!seat->taken)
		return;
	seat->taken = false;
	learn_answer(r, seat->prompt, context);
	if (seat->slot < 0) {
		release_unfollowed(r, seat);
		return;
	}
	s = &r->slot[seat->slot];
	ASSERT(s->state == RESIDENT_LIVE);
	subtract(r, s);
	if (context > 0) {
		s->own = own_after(r, s, context, seat->block_size);
		s->n_turns++;
	}
	s->ended_ms = now_ms;
	resident_set_state(r, s, RESIDENT_IDLE);
	add(r, s);
	if (s->n_turns == 0)
		retire(r, s);
}

/* --- from outside --------------------------------------------------------- */

void residents_init(struct residents *r)
{
	memset(r, 0, sizeof(*r));
	r->answer = FIRST_ANSWER;
	stay_init(&r->stay);
	resident_slots_init(r);
}

void residents_set_capacity(struct residents *r, uint64_t tokens)
{
	r->capacity = tokens;
}

void residents_told(struct residents *r, double usage)
{
	double used = usage * (double)r->capacity, mine = 0, more;

	if (r->n_live > 0)
		mine = (double)(r->live_due + r->shared.tokens);
	more = used - mine;
	if (more < NOTABLE * (double)r->capacity)
		more = 0;
	r->foreign = (uint64_t)((double)r->foreign +
				FOREIGN_MEMORY * (more - (double)r->foreign));
}
