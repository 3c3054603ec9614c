#include "router/fleet/breaker.h"

#include "common/base/assert.h"

#define JITTER 0.1
/* Doubled more often, any period has reached its most. */
#define MAX_DOUBLINGS 40

static const unsigned follows[BREAKER_STATES_N] = {
#define X(id, name, to) [BREAKER_##id] = (to),
	BREAKER_STATES(X)
#undef X
};

static void go_to(struct breaker *b, enum breaker_state to)
{
	ASSERT((follows[b->state] >> to & 1) != 0);
	b->state = to;
	b->in_a_row = b->passed = 0;
	b->window_failures = 0;
}

static double period_ms(const struct breaker *b,
			const struct conf_breaker *rules)
{
	uint32_t doublings = b->times < MAX_DOUBLINGS ? b->times
						      : MAX_DOUBLINGS;
	double ms = (double)rules->open_for_ms * (double)(1ull << doublings);
	double most = (double)rules->open_max_ms;

	return ms < most ? ms : most;
}

static bool open(struct breaker *b, const struct conf_breaker *rules,
		 const struct breaker_now *now)
{
	double ms;

	/* It has done well for as long as it could be open: a new trouble. */
	if (b->state == BREAKER_CLOSED &&
	    now->ms - b->closed_ms > rules->open_max_ms)
		b->times = 0;
	ms = period_ms(b, rules) * (1 - JITTER * now->jitter);
	b->until_ms = now->ms + (uint64_t)ms;
	b->times++;
	go_to(b, BREAKER_OPEN);
	return true;
}

static void count(struct breaker *b, const struct conf_breaker *rules,
		  const struct breaker_now *now)
{
	if (b->in_answer != now->answers)
		b->in_a_row = 0;
	b->in_a_row++;
	b->in_answer = now->answers;
	if (b->window_failures == 0 ||
	    now->ms - b->window_ms > rules->window_ms) {
		b->window_ms = now->ms;
		b->window_answers = now->answers;
		b->window_failures = 0;
	}
	b->window_failures++;
}

static bool is_too_much(const struct breaker *b,
			const struct conf_breaker *rules,
			const struct breaker_now *now)
{
	uint64_t all = now->answers - b->window_answers + b->window_failures;

	if (rules->failures > 0 && b->in_a_row >= rules->failures)
		return true;
	return rules->share > 0 && all >= rules->min_requests &&
	       (double)b->window_failures >= rules->share * (double)all;
}

bool breaker_failed(struct breaker *b, const struct conf_breaker *rules,
		    enum breaker_failure kind, const struct breaker_now *now)
{
	/* Those under way when it opened say nothing new. */
	if (b->state == BREAKER_OPEN)
		return false;
	b->last = kind;
	if (b->state == BREAKER_HALF_OPEN)
		return open(b, rules, now);
	count(b, rules, now);
	return is_too_much(b, rules, now) && open(b, rules, now);
}

bool breaker_passed(struct breaker *b, const struct conf_breaker *rules,
		    const struct breaker_now *now)
{
	bool news = b->state == BREAKER_OPEN;

	if (b->state == BREAKER_CLOSED)
		return false;
	if (news)
		go_to(b, BREAKER_HALF_OPEN);
	if (++b->passed < rules->half_open_requests)
		return news;
	go_to(b, BREAKER_CLOSED);
	b->closed_ms = now->ms;
	return true;
}

bool breaker_look(struct breaker *b, const struct breaker_now *now)
{
	return now->ms >= b->until_ms && breaker_renew(b);
}

bool breaker_renew(struct breaker *b)
{
	if (b->state != BREAKER_OPEN)
		return false;
	go_to(b, BREAKER_HALF_OPEN);
	return true;
}

const char *breaker_state_name(enum breaker_state s)
{
	static const char *const name[BREAKER_STATES_N] = {
#define X(id, text, to) [BREAKER_##id] = (text),
		BREAKER_STATES(X)
#undef X
	};

	ASSERT(s < BREAKER_STATES_N);
	return name[s];
}

static const struct {
	const char *name, *help;
} failures[BREAKER_FAILURE_KINDS] = {
#define X(id, text, words) [BREAKER_##id] = {(text), (words)},
	BREAKER_FAILURES(X)
#undef X
};

const char *breaker_failure_name(enum breaker_failure f)
{
	ASSERT(f < BREAKER_FAILURE_KINDS);
	return failures[f].name;
}

const char *breaker_failure_help(enum breaker_failure f)
{
	ASSERT(f < BREAKER_FAILURE_KINDS);
	return failures[f].help;
}
