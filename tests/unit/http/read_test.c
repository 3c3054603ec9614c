#include "common/http/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct http_limits limits = {
	.max_head_bytes = 1000,
	.max_target_bytes = 10,
	.max_headers = 2,
};

static struct http_head head;
static struct http_seen seen;
static struct http_fault fault;
static struct http_header room[2];

static enum status read(enum http_side side, struct slice text)
{
	return http_head_read(side, text, &limits, room, 2, &head, &seen,
			      &fault);
}

static void spans_point_into_the_head(void **state)
{
	(void)state;
	struct slice text = SLICE("POST /a HTTP/1.0\r\nA:  b \r\nC:\r\n\r\n");
	assert_int_equal(read(HTTP_SERVER, text), OK);
	assert_ptr_equal(head.method_text.p, text.p);
	assert_int_equal(head.method, HTTP_METHOD_POST);
	assert_ptr_equal(head.target.p, text.p + 5);
	assert_int_equal(head.minor, 0);
	assert_int_equal(head.n_headers, 2);
	assert_true(slice_equal(head.header[0].value, SLICE("b")));
	assert_ptr_equal(head.header[0].value.p, text.p + 22);
	assert_int_equal(head.header[1].value.n, 0);
}

static void each_bound_has_its_status(void **state)
{
	(void)state;
	assert_int_equal(
		read(HTTP_SERVER, SLICE("GET /aaaaaaaaaa HTTP/1.1\r\n\r\n")),
		ERR_LIMIT);
	assert_int_equal(fault.status, 414);
	assert_int_equal(read(HTTP_SERVER, SLICE("GET / HTTP/1.1\r\nA:b\r\n"
						 "A:b\r\nA:b\r\n\r\n")),
			 ERR_LIMIT);
	assert_int_equal(fault.status, 431);
	assert_int_equal(read(HTTP_SERVER, SLICE("BREW / HTTP/1.1\r\n\r\n")),
			 ERR_UNSUPPORTED);
	assert_int_equal(fault.status, 501);
	assert_int_equal(read(HTTP_SERVER, SLICE("GET / HTTP/3.0\r\n\r\n")),
			 ERR_UNSUPPORTED);
	assert_int_equal(fault.status, 505);
}

static void a_failure_leaves_the_head_alone(void **state)
{
	(void)state;
	assert_int_equal(read(HTTP_CLIENT, SLICE("HTTP/1.1 204 A\r\n\r\n")),
			 OK);
	assert_int_equal(
		read(HTTP_CLIENT, SLICE("HTTP/1.1 200 B\r\n(: c\r\n\r\n")),
		ERR_INVALID);
	assert_int_equal(head.status, 204);
	assert_int_equal(fault.status, 502);
	assert_non_null(fault.why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_point_into_the_head),
		cmocka_unit_test(each_bound_has_its_status),
		cmocka_unit_test(a_failure_leaves_the_head_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
