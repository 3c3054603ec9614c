#include "router/top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char before[] =
	"# HELP warmpath_requests_total Requests.\n"
	"warmpath_requests_total{model=\"m\",code=\"200\",outcome=\"ok\"} 10\n"
	"warmpath_decisions_total{model=\"m\",worker=\"one\",reason=\"a\"} 5\n";
static const char after[] =
	"warmpath_requests_total{model=\"m\",code=\"200\",outcome=\"ok\"} 20\n"
	"warmpath_requests_total{model=\"m\",code=\"502\","
	"outcome=\"upstream_error\"} 4\n"
	"warmpath_requests_total{model=\"m\",code=\"400\","
	"outcome=\"client_error\"} 2\n"
	"warmpath_decisions_total{model=\"m\",worker=\"one\",reason=\"a\"} 9\n"
	"warmpath_decisions_total{model=\"m\",worker=\"one\",reason=\"b\"} 2\n"
	"warmpath_active_requests 3\n"
	"warmpath_time_to_first_byte_seconds_sum{model=\"m\"} 1\n"
	"warmpath_time_to_first_byte_seconds_count{model=\"m\"} 20\n"
	"warmpath_prompt_tokens_total{model=\"m\",source=\"worker\"} 1000\n"
	"warmpath_reported_cached_tokens_total{model=\"m\"} 250\n"
	"warmpath_predicted_cached_tokens_total{model=\"m\"} NaN\n"
	"warmpath_shadow_decisions_total{model=\"m\",result=\"same\"} 3\n"
	"warmpath_shadow_decisions_total{model=\"m\",result=\"other\"} 1\n";
static const char workers[] =
	"{\"workers\":[{\"name\":\"one\",\"model\":\"m\",\"gate\":\"admits\","
	"\"trust\":\"exact\",\"inflight\":7,\"kv_usage\":0.5}]}";

/* The screen, terminated; the caller's to end. */
static struct buf drawn(struct top t, const char *was, const char *is)
{
	struct top_counts a, b;
	struct buf out = {0};
	struct error err;

	top_counts_read(&a, slice_of(was), 100);
	top_counts_read(&b, slice_of(is), 102);
	t.was = *was != '\0' ? &a : NULL;
	t.is = &b;
	assert_int_equal(top_draw(&t, &out, &err), OK);
	top_counts_fini(&a);
	top_counts_fini(&b);
	buf_putc(&out, '\0');
	return out;
}

static void has(const struct buf *b, const char *text)
{
	if (strstr(b->p, text) == NULL)
		fail_msg("%s is not in\n%s", text, b->p);
}

static struct top plain(void)
{
	return (struct top){
		.url = "http://a:1",
		.workers = slice_of(workers),
		.decisions = SLICE("time\nfirst\nsecond\n"),
		.columns = 200,
	};
}

static void rates_are_of_what_has_come_since(void **unused)
{
	struct buf b = drawn(plain(), before, after);

	(void)unused;
	has(&b, "warmpath at http://a:1\n");
	has(&b, "requests 8.0/s  failed 2.0/s  active 3");
	has(&b, "first byte 50.0 ms");
	has(&b, "cached 25.0 %");
	has(&b, "shadow elsewhere 25.0 %");
	has(&b, "one ");
	has(&b, "   3.0         7");
	has(&b, "50.0%");
	has(&b, "first\nsecond\n");
	buf_fini(&b);
}

static void without_a_look_before_there_are_no_rates(void **unused)
{
	struct buf b = drawn(plain(), "", after);

	(void)unused;
	has(&b, "requests -  failed -  active 3");
	has(&b, "cached 25.0 %");
	buf_fini(&b);
}

static void a_counter_that_fell_has_no_rate(void **unused)
{
	struct buf b = drawn(plain(), after, before);

	(void)unused;
	has(&b, "requests -");
	buf_fini(&b);
}

static void a_screen_is_never_overrun(void **unused)
{
	struct top t = plain();
	struct buf b;
	size_t lines = 0;

	(void)unused;
	t.rows = 3;
	t.columns = 10;
	t.url = "http://\xc3\xa4\xc3\xa4";
	b = drawn(t, before, after);
	for (struct slice left = slice_of(b.p); left.n > 0; lines++)
		assert_true(slice_split(&left, '\n').n <= 10);
	assert_int_equal(lines, 3);
	has(&b, "warmpath a\n");
	buf_fini(&b);
}

static void what_a_terminal_would_obey_is_not_shown(void **unused)
{
	struct top t = plain();
	struct buf b;

	(void)unused;
	t.decisions = SLICE("\033[2Jboo\x7f\r\n");
	b = drawn(t, before, after);
	has(&b, "\n?[2Jboo??\n");
	buf_fini(&b);
}

static void what_no_gateway_tells_is_refused(void **unused)
{
	static const char *const bad[] = {"", "{", "[]", "{\"workers\":7}",
					  "404"};
	struct top_counts c;

	(void)unused;
	top_counts_read(&c, SLICE("nonsense\n{{{\n"), 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct top t = plain();
		struct buf out = {0};
		struct error err;

		t.is = &c;
		t.workers = slice_of(bad[i]);
		assert_int_equal(top_draw(&t, &out, &err), ERR_INVALID);
		assert_int_equal(buf_len(&out), 0);
		assert_non_null(strstr(err.text, "admin address"));
		buf_fini(&out);
	}
	top_counts_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_of_what_has_come_since),
		cmocka_unit_test(without_a_look_before_there_are_no_rates),
		cmocka_unit_test(a_counter_that_fell_has_no_rate),
		cmocka_unit_test(a_screen_is_never_overrun),
		cmocka_unit_test(what_a_terminal_would_obey_is_not_shown),
		cmocka_unit_test(what_no_gateway_tells_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
