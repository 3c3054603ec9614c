#include "common/http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
	struct http_header h;
	for (size_t i = 0; i < ARRAY_LEN(hop); i++) {
		h = http_header_make(hop[i], SLICE(""));
		assert_true(http_hop_by_hop(&head, &h));
	}
	for (size_t i = 0; i < ARRAY_LEN(end); i++) {
		h = http_header_make(end[i], SLICE(""));
		assert_false(http_hop_by_hop(&head, &h));
	}
}

static void every_name_has_its_own_number(void **state)
{
	(void)state;
	const struct {
		struct slice name;
		enum http_name id;
	} known[] = {
		{SLICE("Accept-Encoding"), HTTP_NAME_ACCEPT_ENCODING},
		{SLICE("authorization"), HTTP_NAME_AUTHORIZATION},
		{SLICE("Content-Encoding"), HTTP_NAME_CONTENT_ENCODING},
		{SLICE("CONTENT-LENGTH"), HTTP_NAME_CONTENT_LENGTH},
		{SLICE("Content-Type"), HTTP_NAME_CONTENT_TYPE},
		{SLICE("expect"), HTTP_NAME_EXPECT},
		{SLICE("Host"), HTTP_NAME_HOST},
		{SLICE("server"), HTTP_NAME_SERVER},
		{SLICE("X-Request-ID"), HTTP_NAME_X_REQUEST_ID},
		{SLICE("connection"), HTTP_NAME_CONNECTION},
		{SLICE("HTTP2-Settings"), HTTP_NAME_HTTP2_SETTINGS},
		{SLICE("keep-alive"), HTTP_NAME_KEEP_ALIVE},
		{SLICE("proxy-authenticate"), HTTP_NAME_PROXY_AUTHENTICATE},
		{SLICE("proxy-authorization"), HTTP_NAME_PROXY_AUTHORIZATION},
		{SLICE("proxy-connection"), HTTP_NAME_PROXY_CONNECTION},
		{SLICE("TE"), HTTP_NAME_TE},
		{SLICE("trailer"), HTTP_NAME_TRAILER},
		{SLICE("transfer-encoding"), HTTP_NAME_TRANSFER_ENCODING},
		{SLICE("uPGRADE"), HTTP_NAME_UPGRADE},
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		assert_int_equal(http_name_of(known[i].name), known[i].id);
	/* A letter more, less or another. */
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		char name[32];
		struct slice n = known[i].name;
		memcpy(name, n.p, n.n);
		name[n.n] = 's';
		assert_int_equal(http_name_of((struct slice){name, n.n + 1}),
				 0);
		assert_int_equal(http_name_of((struct slice){name, n.n - 1}),
				 0);
		name[n.n / 2] ^= 1;
		assert_int_equal(http_name_of((struct slice){name, n.n}), 0);
	}
	assert_int_equal(http_name_of(SLICE("")), HTTP_NAME_OTHER);
}

static void a_number_finds_the_first_of_its_name(void **state)
{
	(void)state;
	struct http_header h[] = {
		http_header_make(SLICE("X-Host"), SLICE("1")),
		http_header_make(SLICE("HOST"), SLICE("2")),
		http_header_make(SLICE("host"), SLICE("3")),
	};
	struct http_head some = {.header = h, .n_headers = 3};
	assert_ptr_equal(http_header_get(&some, HTTP_NAME_HOST), &h[1]);
	assert_null(http_header_get(&some, HTTP_NAME_EXPECT));
	some.n_headers = 1;
	assert_null(http_header_get(&some, HTTP_NAME_HOST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_a_name_is_found),
		cmocka_unit_test(tokens_are_found_in_all_lists),
		cmocka_unit_test(hop_by_hop_headers_are_known),
		cmocka_unit_test(every_name_has_its_own_number),
		cmocka_unit_test(a_number_finds_the_first_of_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
