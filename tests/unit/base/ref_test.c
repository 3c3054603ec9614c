#include "common/base/ref.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/thread.h"
#include "tests/unit/abort.h"

static void the_last_to_drop_is_told(void **unused)
{
	struct ref r;

	(void)unused;
	ref_init(&r);
	ref_hold(&r);
	ref_hold(&r);
	assert_false(ref_drop(&r));
	assert_false(ref_drop(&r));
	assert_true(ref_drop(&r));
}

struct shared {
	struct ref ref;
	int written; /* without a lock: the count must order it */
	atomic_uint frees;
};

static void drop_many(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < 10000; i++) {
		ref_hold(&s->ref);
		if (ref_drop(&s->ref))
			atomic_fetch_add(&s->frees, 1);
	}
	if (ref_drop(&s->ref)) {
		s->written++;
		atomic_fetch_add(&s->frees, 1);
	}
}

static void exactly_one_of_many_threads_frees(void **unused)
{
	struct shared s = {.written = 0};
	struct thread t[4];

	(void)unused;
	ref_init(&s.ref);
	for (int i = 0; i < 3; i++)
		ref_hold(&s.ref);
	for (int i = 0; i < 4; i++)
		thread_start(&t[i], "dropper", drop_many, &s);
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	assert_int_equal(s.frees, 1);
	assert_int_equal(s.written, 1);
}

static void hold(void *arg)
{
	ref_hold(arg);
}

static void drop(void *arg)
{
	ref_drop(arg);
}

static void what_nobody_holds_cannot_be_held_or_dropped(void **unused)
{
	struct ref r;

	(void)unused;
	ref_init(&r);
	assert_true(ref_drop(&r));
	assert_true(aborts(drop, &r));
	ref_init(&r);
	assert_true(ref_drop(&r));
	assert_true(aborts(hold, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_to_drop_is_told),
		cmocka_unit_test(exactly_one_of_many_threads_frees),
		cmocka_unit_test(what_nobody_holds_cannot_be_held_or_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
