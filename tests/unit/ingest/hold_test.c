#include "router/ingest/hold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

static void batches_come_out_as_they_went_in(void **unused)
{
	struct hold h;

	(void)unused;
	hold_init(&h);
	assert_null(hold_first(&h));
	assert_true(hold_push(&h, 1, 10, SLICE("one")));
	assert_true(hold_push(&h, 2, 20, SLICE("")));
	assert_int_equal(hold_first(&h)->seq, 1);
	assert_int_equal(hold_first(&h)->mark, 10);
	assert_true(slice_equal(hold_first(&h)->payload, SLICE("one")));
	hold_pop(&h);
	assert_int_equal(hold_first(&h)->seq, 2);
	hold_pop(&h);
	assert_null(hold_first(&h));
	assert_int_equal(h.n, 0);
	assert_int_equal(h.bytes, 0);
}

static void their_number_is_bounded(void **unused)
{
	struct hold h;

	(void)unused;
	hold_init(&h);
	for (size_t i = 0; i < HOLD_MAX_BATCHES; i++)
		assert_true(hold_push(&h, i, 0, SLICE("x")));
	assert_false(hold_push(&h, 0, 0, SLICE("x")));
	hold_pop(&h);
	assert_true(hold_push(&h, 0, 0, SLICE("x")));
	hold_clear(&h);
	assert_int_equal(h.n, 0);
}

static void their_bytes_are_bounded(void **unused)
{
	struct slice large = {calloc(1, HOLD_MAX_BYTES / 2),
			      HOLD_MAX_BYTES / 2};
	struct hold h;

	(void)unused;
	hold_init(&h);
	assert_true(hold_push(&h, 0, 0, large));
	assert_false(hold_push(&h, 1, 0, large));
	assert_true(hold_push(&h, 1, 0, SLICE("small")));
	hold_clear(&h);
	assert_int_equal(h.bytes, 0);
	assert_true(hold_push(&h, 0, 0, large));
	hold_clear(&h);
	large.n = HOLD_MAX_BYTES;
	assert_false(hold_push(&h, 0, 0, large));
	free((void *)(uintptr_t)large.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_come_out_as_they_went_in),
		cmocka_unit_test(their_number_is_bounded),
		cmocka_unit_test(their_bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
