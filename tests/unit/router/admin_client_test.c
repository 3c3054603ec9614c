#include "router/admin_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_address_that_is_none_is_refused(void **unused)
{
	static const char *const bad[] = {
		"",        "127.0.0.1:9090",      "ftp://a",
		"http://", "http://127.0.0.1:0x", "http://127.0.0.1:99999"};
	struct admin_client c;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct error err = {0};

		assert_int_not_equal(admin_client_init(&c, bad[i], NULL, &err),
				     OK);
		assert_true(err.text[0] != '\0');
	}
}

static void a_file_of_whom_to_trust_must_be_there(void **unused)
{
	struct admin_client c;
	struct error err = {0};

	(void)unused;
	assert_int_not_equal(admin_client_init(&c, "https://127.0.0.1:1",
					       "/no/such/file", &err),
			     OK);
	assert_non_null(strstr(err.text, "/no/such/file"));
}

/* Port 1 is nobody's. */
static void where_nobody_answers_that_is_said(void **unused)
{
	static const char *const url[] = {"http://127.0.0.1:1",
					  "https://127.0.0.1:1"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(url); i++) {
		struct admin_client c;
		struct error err = {0};
		struct buf answer = {0};
		unsigned status = 7;

		assert_int_equal(admin_client_init(&c, url[i], NULL, &err), OK);
		assert_int_equal(
			admin_client_ask(&c, "/", NULL, &status, &answer, &err),
			ERR_IO);
		assert_non_null(strstr(err.text, "no gateway answers at"));
		assert_non_null(strstr(err.text, url[i]));
		assert_int_equal(status, 7);
		assert_int_equal(buf_len(&answer), 0);
		admin_client_fini(&c);
		admin_client_fini(&c);
	}
}

static void what_stands_in_a_path_is_escaped(void **unused)
{
	struct buf out = {0};

	(void)unused;
	admin_client_escape(&out, "a/b?c&d=e f");
	buf_putc(&out, '\0');
	assert_string_equal(out.p, "a%2Fb%3Fc%26d%3De%20f");
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_that_is_none_is_refused),
		cmocka_unit_test(a_file_of_whom_to_trust_must_be_there),
		cmocka_unit_test(where_nobody_answers_that_is_said),
		cmocka_unit_test(what_stands_in_a_path_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
