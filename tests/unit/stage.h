/* A loop for tests: turned until something is true, or until a guard says
 * that the test took too long. Needs cmocka's header before it. */
#ifndef TESTS_UNIT_STAGE_H
#define TESTS_UNIT_STAGE_H

#include "common/base/loop.h"

#define STAGE_PATIENCE_MS 20000

struct stage {
	struct loop loop;
	struct timer guard;
	bool late;
};

static inline void stage_late(void *arg)
{
	struct stage *s = arg;

	s->late = true;
}

static inline void stage_open(struct stage *s)
{
	*s = (struct stage){0};
	loop_init(&s->loop);
	timer_init(&s->guard, &s->loop, stage_late, s);
	timer_set(&s->guard, STAGE_PATIENCE_MS);
}

static inline void stage_close(struct stage *s)
{
	timer_fini(&s->guard);
	loop_fini(&s->loop);
}

/* Sleeps until something happens, and lets it happen. */
static inline void stage_turn(struct stage *s)
{
	assert_false(s->late);
	loop_turn(&s->loop, true);
}

/* A macro, as the condition is asked again after each turn. */
#define STAGE_UNTIL(s, cond)                                                   \
	do {                                                                   \
		while (!(cond))                                                \
			stage_turn(s);                                         \
	} while (0)

/* All that can happen without waiting has happened. */
static inline void stage_settle(struct stage *s)
{
	for (int i = 0; i < 32; i++)
		loop_turn(&s->loop, false);
}

#endif
