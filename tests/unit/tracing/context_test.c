#include "router/tracing/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ID   "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static struct trace_context parsed(const char *text)
{
	struct trace_context c = {0};

	assert_int_equal(trace_context_parse(slice_of(text), &c), OK);
	return c;
}

static void assert_refused(const char *text)
{
	const struct trace_context before = {.span_id = 7, .flags = 9};
	struct trace_context c = before;

	assert_int_equal(trace_context_parse(slice_of(text), &c), ERR_INVALID);
	assert_memory_equal(&c, &before, sizeof(c));
}

static void assert_written(const struct trace_context *c, const char *wanted)
{
	char text[TRACE_CONTEXT_CHARS];
	struct slice s = trace_context_write(c, text);

	assert_int_equal(s.n, strlen(wanted));
	assert_memory_equal(s.p, wanted, s.n);
}

static void its_fields_are_read(void **state)
{
	struct trace_context c = parsed("00-" ID "-" SPAN "-01");

	(void)state;
	assert_int_equal(c.trace_id[0], 0x0a);
	assert_int_equal(c.trace_id[15], 0x9c);
	assert_true(c.span_id == UINT64_C(0xb7ad6b7169203331));
	assert_int_equal(c.flags, TRACE_SAMPLED);
	assert_int_equal(parsed("00-" ID "-" SPAN "-00").flags, 0);
}

static void what_was_read_is_written_again(void **state)
{
	struct trace_context c = parsed("00-" ID "-" SPAN "-03");

	(void)state;
	assert_written(&c, "00-" ID "-" SPAN "-03");
	c.span_id = 1;
	assert_written(&c, "00-" ID "-0000000000000001-03");
}

static void a_later_version_may_have_more_fields(void **state)
{
	struct trace_context c = parsed("01-" ID "-" SPAN "-01");

	(void)state;
	assert_written(&c, "00-" ID "-" SPAN "-01");
	c = parsed("cc-" ID "-" SPAN "-01-what-the-future-brings");
	assert_int_equal(c.flags, TRACE_SAMPLED);
	parsed("01-" ID "-" SPAN "-01-");
}

static void flags_that_nobody_knows_are_not_passed_on(void **state)
{
	struct trace_context c = parsed("00-" ID "-" SPAN "-fd");

	(void)state;
	assert_written(&c, "00-" ID "-" SPAN "-01");
}

static void version_00_has_no_more_fields(void **state)
{
	(void)state;
	assert_refused("00-" ID "-" SPAN "-01-more");
	assert_refused("00-" ID "-" SPAN "-01-");
	assert_refused("00-" ID "-" SPAN "-01.");
	assert_refused("01-" ID "-" SPAN "-01.");
	assert_refused("01-" ID "-" SPAN "-012");
}

static void version_ff_is_none(void **state)
{
	(void)state;
	assert_refused("ff-" ID "-" SPAN "-01");
	assert_refused("FF-" ID "-" SPAN "-01");
	assert_refused("0x-" ID "-" SPAN "-01");
}

static void ids_of_zeros_are_none(void **state)
{
	(void)state;
	assert_refused("00-00000000000000000000000000000000-" SPAN "-01");
	assert_refused("00-" ID "-0000000000000000-01");
}

static void what_is_cut_is_none(void **state)
{
	static const char whole[] = "00-" ID "-" SPAN "-01";
	struct trace_context c;

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_int_equal(
			trace_context_parse((struct slice){whole, n}, &c),
			ERR_INVALID);
	assert_int_equal(trace_context_parse((struct slice){NULL, 0}, &c),
			 ERR_INVALID);
}

static void other_letters_are_none(void **state)
{
	(void)state;
	assert_refused("00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01");
	assert_refused("00-" ID "-B7AD6B7169203331-01");
	assert_refused("00-0af7651916cd43dd8448eb211c80319g-" SPAN "-01");
	assert_refused("00-" ID "-" SPAN "-0x");
	assert_refused("00_" ID "-" SPAN "-01");
	assert_refused("00-" ID "_" SPAN "-01");
	assert_refused("00-" ID "-" SPAN "_01");
	assert_refused(" 00-" ID "-" SPAN "-0");
}

static void digits_have_all_their_places(void **state)
{
	uint8_t id[TRACE_ID_BYTES] = {0};
	char text[2 * TRACE_ID_BYTES];

	(void)state;
	id[15] = 0x0f;
	assert_memory_equal(trace_id_hex(id, text).p,
			    "0000000000000000000000000000000f", 32);
	assert_memory_equal(span_id_hex(0xab, text).p, "00000000000000ab", 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_fields_are_read),
		cmocka_unit_test(what_was_read_is_written_again),
		cmocka_unit_test(a_later_version_may_have_more_fields),
		cmocka_unit_test(flags_that_nobody_knows_are_not_passed_on),
		cmocka_unit_test(version_00_has_no_more_fields),
		cmocka_unit_test(version_ff_is_none),
		cmocka_unit_test(ids_of_zeros_are_none),
		cmocka_unit_test(what_is_cut_is_none),
		cmocka_unit_test(other_letters_are_none),
		cmocka_unit_test(digits_have_all_their_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
