#include "router/placement/sighting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct sighting_slots slots;
static struct sighting out[SIGHTING_SLOTS];

static int begin(void **unused)
{
	(void)unused;
	slots = (struct sighting_slots){0};
	return 0;
}

static void what_was_put_is_taken_once(void **unused)
{
	double weight;

	(void)unused;
	assert_true(sighting_put(&slots, &(struct sighting){.blocks = 7}));
	assert_int_equal(sighting_take(&slots, out, &weight), 1);
	assert_int_equal(out[0].blocks, 7);
	assert_true(weight == 1);
	assert_int_equal(sighting_take(&slots, out, &weight), 0);
	assert_true(weight == 1);
}

static void the_rest_stands_for_what_is_lost(void **unused)
{
	double weight;

	(void)unused;
	for (unsigned i = 0; i < SIGHTING_SLOTS; i++)
		assert_true(sighting_put(&slots, &(struct sighting){0}));
	for (unsigned i = 0; i < SIGHTING_SLOTS; i++)
		assert_false(sighting_put(&slots, &(struct sighting){0}));
	assert_int_equal(sighting_take(&slots, out, &weight), SIGHTING_SLOTS);
	assert_true(weight == 2);
	/* That was then. */
	assert_true(sighting_put(&slots, &(struct sighting){0}));
	assert_int_equal(sighting_take(&slots, out, &weight), 1);
	assert_true(weight == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_put_is_taken_once, begin),
		cmocka_unit_test_setup(the_rest_stands_for_what_is_lost, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
