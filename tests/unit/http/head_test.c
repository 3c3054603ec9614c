#include "common/http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct http_header headers[] = {
	{SLICE("Host"), SLICE("h")},
	{SLICE("Connection"), SLICE("close , X-Mine")},
	{SLICE("X-Mine"), SLICE("1")},
	{SLICE("connection"), SLICE("Other")},
	{SLICE("Accept"), SLICE("a")},
	{SLICE("Accept"), SLICE("b")},
};
static const struct http_head head = {
	.header = headers,
	.n_headers = ARRAY_LEN(headers),
};

static void the_first_of_a_name_is_found(void **state)
{
	(void)state;
	assert_ptr_equal(http_header_find(&head, SLICE("accept")), &headers[4]);
	assert_ptr_equal(http_header_find(&head, SLICE("HOST")), &headers[0]);
	assert_null(http_header_find(&head, SLICE("Hos")));
	assert_null(http_header_find(&head, SLICE("")));
}

static void tokens_are_found_in_all_lists(void **state)
{
	(void)state;
	struct slice name = SLICE("connection");
	assert_true(http_header_has_token(&head, name, SLICE("CLOSE")));
	assert_true(http_header_has_token(&head, name, SLICE("x-mine")));
	assert_true(http_header_has_token(&head, name, SLICE("other")));
	assert_false(http_header_has_token(&head, name, SLICE("clos")));
	assert_false(http_header_has_token(&head, name, SLICE("close ,")));
	assert_false(http_header_has_token(&head, SLICE("te"), SLICE("close")));
}

static void hop_by_hop_headers_are_known(void **state)
{
	(void)state;
	const struct slice hop[] = {
		SLICE("Connection"), SLICE("keep-alive"),
		SLICE("TE"),         SLICE("Transfer-Encoding"),
		SLICE("Upgrade"),    SLICE("Proxy-Authorization"),
		SLICE("X-Mine"),     SLICE("OTHER"),
	};
	const struct slice end[] = {
		SLICE("Host"),
		SLICE("Accept"),
		SLICE("X-Mine-2"),
		SLICE("Content-Type"),
	};
	for (size_t i = 0; i < ARRAY_LEN(hop); i++)
		assert_true(http_hop_by_hop(&head, hop[i]));
	for (size_t i = 0; i < ARRAY_LEN(end); i++)
		assert_false(http_hop_by_hop(&head, end[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_a_name_is_found),
		cmocka_unit_test(tokens_are_found_in_all_lists),
		cmocka_unit_test(hop_by_hop_headers_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
