#include "router/decisions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/decision/made.h"

static struct made m;

/* Two tries of a request. */
static void find_two(struct decision_list *l)
{
	struct decision_ring *r = decision_ring_create(64 << 10);
	uint32_t ticket;

	made_begin(&m, "cost", 2);
	for (m.made.try = 1; m.made.try <= 2; m.made.try++)
		decision_ring_add(r, &m.made, &ticket);
	decision_list_find(l, r, &(struct decision_wanted){SLICE(""), 9});
	decision_ring_destroy(&r);
	made_end(&m);
}

static void tells(const struct admin_recall *q, int status,
		  const char *const *part)
{
	struct decision_list l = {0};
	struct buf out = {0};
	const char *at;

	if (status == 200)
		find_two(&l);
	assert_int_equal(decisions_tell(&l, q, &out), status);
	buf_putc(&out, '\0');
	at = out.p;
	for (; *part != NULL; part++) {
		at = strstr(at, *part);
		if (at == NULL)
			fail_msg("%s is not there, or not in this order, in %s",
				 *part, out.p);
	}
	buf_fini(&out);
	decision_list_fini(&l);
}

static void the_last_are_told_newest_first(void **unused)
{
	const struct admin_recall json = {.max = 50};
	const struct admin_recall text = {.max = 50, .text = true};

	(void)unused;
	tells(&json, 200,
	      (const char *[]){"{\"decisions\":[", "\"try\":2", "\"try\":1",
			       "]}", NULL});
	tells(&text, 200,
	      (const char *[]){"time", "held blocks", "\n", "  2  ", "  1  ",
			       NULL});
}

static void a_request_is_told_from_its_first_try_on(void **unused)
{
	const struct admin_recall text = {SLICE("mine"), 50, true};

	(void)unused;
	tells(&text, 200, (const char *[]){"try 1", "try 2", NULL});
}

static void an_id_that_nobody_knows_is_not_found(void **unused)
{
	const struct admin_recall q = {SLICE("mine"), 50, true};

	(void)unused;
	tells(&q, 404, (const char *[]){"{\"error\":", "explain.keep", NULL});
}

static void note(void *arg, int status, struct slice told)
{
	assert_true(told.n > 0);
	*(int *)arg = status;
}

static void without_a_lane_there_is_an_answer_too(void **unused)
{
	const struct admin_recall one = {SLICE("mine"), 50, false};
	const struct admin_recall last = {.max = 50};
	int status = 0;

	(void)unused;
	decisions_recall(NULL, 0, NULL, &one, note, &status);
	assert_int_equal(status, 404);
	decisions_recall(NULL, 0, NULL, &last, note, &status);
	assert_int_equal(status, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_are_told_newest_first),
		cmocka_unit_test(a_request_is_told_from_its_first_try_on),
		cmocka_unit_test(an_id_that_nobody_knows_is_not_found),
		cmocka_unit_test(without_a_lane_there_is_an_answer_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
