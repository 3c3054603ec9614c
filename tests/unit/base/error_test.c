#include "common/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_sentence_is_kept_with_its_status(void **unused)
{
	struct error e;

	(void)unused;
	assert_int_equal(error_set(&e, ERR_LIMIT, "%s:%d: too much", "f", 3),
			 ERR_LIMIT);
	assert_int_equal(e.status, ERR_LIMIT);
	assert_string_equal(e.text, "f:3: too much");
}

static void nobody_has_to_listen(void **unused)
{
	(void)unused;
	assert_int_equal(error_set(NULL, ERR_IO, "%s", "unheard"), ERR_IO);
}

static void a_long_sentence_is_cut_and_terminated(void **unused)
{
	struct error e;

	(void)unused;
	memset(&e, 0x55, sizeof(e));
	error_set(&e, ERR_INVALID, "%0*d", 5000, 1);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void every_status_has_its_own_name(void **unused)
{
	(void)unused;
	for (int a = OK; a <= ERR_TIMEOUT; a++) {
		assert_string_not_equal(status_name(a), "unknown");
		for (int b = OK; b < a; b++)
			assert_string_not_equal(status_name(a), status_name(b));
	}
	assert_string_equal(status_name(ERR_TIMEOUT + 1), "unknown");
	assert_string_equal(status_name((enum status) - 1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sentence_is_kept_with_its_status),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(a_long_sentence_is_cut_and_terminated),
		cmocka_unit_test(every_status_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
