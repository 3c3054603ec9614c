#include "common/http/h2_preface.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct slice none = {NULL, 0};

static void it_is_known_however_it_is_cut(void **unused)
{
	struct slice all = H2_PREFACE_TEXT;

	(void)unused;
	for (size_t cut = 1; cut < all.n; cut++) {
		struct slice front = {all.p, cut};

		assert_int_equal(h2_preface_match(none, front),
				 H2_PREFACE_BEGUN);
		assert_int_equal(h2_preface_match(front, slice_from(all, cut)),
				 H2_PREFACE_WHOLE);
	}
	assert_int_equal(h2_preface_match(none, all), H2_PREFACE_WHOLE);
}

static void more_may_stand_behind_it(void **unused)
{
	(void)unused;
	assert_int_equal(h2_preface_match(none, SLICE("PRI * HTTP/2.0\r\n\r\n"
						      "SM\r\n\r\n\0\0\0\4")),
			 H2_PREFACE_WHOLE);
	assert_int_equal(h2_preface_match(SLICE("PRI * HTTP/2.0\r\n\r\nSM"),
					  SLICE("\r\n\r\nmore")),
			 H2_PREFACE_WHOLE);
}

static void requests_of_http_1_are_none(void **unused)
{
	(void)unused;
	assert_int_equal(h2_preface_match(none, SLICE("POST / HTTP/1.1\r\n")),
			 H2_PREFACE_NOT);
	assert_int_equal(h2_preface_match(none, SLICE("GET / HTTP/1.1\r\n")),
			 H2_PREFACE_NOT);
	assert_int_equal(h2_preface_match(SLICE("P"), SLICE("O")),
			 H2_PREFACE_NOT);
	assert_int_equal(h2_preface_match(SLICE("PR"), SLICE("OPFIND /")),
			 H2_PREFACE_NOT);
	assert_int_equal(
		h2_preface_match(none, SLICE("PRI * HTTP/2.0\r\n\r\nGET")),
		H2_PREFACE_NOT);
	assert_int_equal(h2_preface_match(none, SLICE("PRI * HTTP/1.1\r\n")),
			 H2_PREFACE_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_known_however_it_is_cut),
		cmocka_unit_test(more_may_stand_behind_it),
		cmocka_unit_test(requests_of_http_1_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
