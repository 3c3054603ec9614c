#include "router/fleet/parity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct parity p;

static int begin(void **state)
{
	(void)state;
	parity_init(&p);
	return 0;
}

static int end(void **state)
{
	(void)state;
	parity_fini(&p);
	return 0;
}

static void set_all(enum parity_state s)
{
	for (int i = 0; i < PARITY_CHECKS; i++)
		(void)parity_set(&p, (enum parity_check)i, s, NULL, NULL);
}

static void nothing_is_known_at_first(void **state)
{
	enum parity_check c;

	(void)state;
	assert_int_equal(parity_state_of(&p), PARITY_UNKNOWN);
	assert_null(parity_reason(&p, &c));
}

static void it_holds_once_all_that_matters_does(void **state)
{
	(void)state;
	set_all(PARITY_HOLDS);
	assert_int_equal(parity_state_of(&p), PARITY_HOLDS);
	/* Prompts are matched all the same. */
	(void)parity_set(&p, PARITY_USAGE, PARITY_DIFFERS, "x", NULL);
	assert_int_equal(parity_state_of(&p), PARITY_HOLDS);
	(void)parity_set(&p, PARITY_HASH, PARITY_UNKNOWN, NULL, NULL);
	assert_int_equal(parity_state_of(&p), PARITY_UNKNOWN);
}

static void one_difference_outweighs_all_that_is_unknown(void **state)
{
	enum parity_check c;

	(void)state;
	(void)parity_set(&p, PARITY_TEMPLATE, PARITY_DIFFERS, "why", "how");
	assert_int_equal(parity_state_of(&p), PARITY_DIFFERS);
	assert_string_equal(parity_reason(&p, &c)->says, "why");
	assert_int_equal(c, PARITY_TEMPLATE);
}

static void only_what_changes_is_news(void **state)
{
	(void)state;
	assert_false(parity_set(&p, PARITY_HASH, PARITY_UNKNOWN, NULL, NULL));
	assert_true(parity_set(&p, PARITY_HASH, PARITY_UNKNOWN, "a", NULL));
	assert_false(parity_set(&p, PARITY_HASH, PARITY_UNKNOWN, "a", NULL));
	assert_true(parity_set(&p, PARITY_HASH, PARITY_DIFFERS, "a", NULL));
	assert_true(parity_set(&p, PARITY_HASH, PARITY_DIFFERS, "b", NULL));
	/* Another way to mend it is kept, but not worth a line. */
	assert_false(parity_set(&p, PARITY_HASH, PARITY_DIFFERS, "b", "m"));
	assert_string_equal(p.finding[PARITY_HASH].mend, "m");
	assert_true(parity_set(&p, PARITY_HASH, PARITY_HOLDS, NULL, NULL));
	assert_null(p.finding[PARITY_HASH].mend);
}

static void a_text_may_be_its_own_successor(void **state)
{
	(void)state;
	(void)parity_set(&p, PARITY_HASH, PARITY_DIFFERS, "says", "mend");
	(void)parity_set(&p, PARITY_HASH, PARITY_HOLDS,
			 p.finding[PARITY_HASH].says, NULL);
	assert_string_equal(p.finding[PARITY_HASH].says, "says");
}

static void most_of_the_workers_decide_whose_ids_count(void **state)
{
	static const struct {
		uint64_t print[5], majority;
	} row[] = {
		{{1, 1, 7, 7, 7}, 7},
		{{1, 1, 1, 7, 7}, PARITY_OURS},
		{{7, 7, 8, 8, 1}, 7},
		{{7, 8, 9, 10, 11}, 7},
		/* What is not known counts for us, and so does a tie. */
		{{0, 0, 0, 7, 7}, PARITY_OURS},
		{{0, 1, 7, 7, 8}, PARITY_OURS},
		{{0, 0, 0, 0, 0}, PARITY_OURS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_int_equal(parity_majority(row[i].print, 5),
				 row[i].majority);
	assert_int_equal(parity_majority(NULL, 0), PARITY_OURS);
}

static void who_is_not_known_is_believed(void **state)
{
	(void)state;
	assert_true(parity_agrees(PARITY_OURS, PARITY_NO_PRINT));
	assert_true(parity_agrees(PARITY_NO_PRINT, 7));
	assert_true(parity_agrees(7, 7));
	assert_false(parity_agrees(PARITY_OURS, 7));
	assert_false(parity_agrees(7, PARITY_OURS));
	assert_false(parity_agrees(7, 8));
}

static void names_are_labels(void **state)
{
	(void)state;
	for (int i = 0; i < PARITY_CHECKS; i++) {
		const char *name = parity_check_name((enum parity_check)i);

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"),
				 strlen(name));
		assert_true(strlen(parity_check_help((enum parity_check)i)) >
			    0);
	}
	assert_string_equal(parity_state_name(PARITY_DIFFERS), "differs");
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(nothing_is_known_at_first),
		T(it_holds_once_all_that_matters_does),
		T(one_difference_outweighs_all_that_is_unknown),
		T(only_what_changes_is_news),
		T(a_text_may_be_its_own_successor),
		T(most_of_the_workers_decide_whose_ids_count),
		T(who_is_not_known_is_believed),
		T(names_are_labels),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
