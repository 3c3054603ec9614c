#include "router/discover/dns_lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/discover/dns_says.h"

#define NAME "vllm.test."

/* What it says of addresses. */
static struct dns_said said;

static void start(struct dns_says *s, const char *flags, unsigned char answers,
		  struct slice records)
{
	said = (struct dns_said){DNS_A, answers, records};
	dns_says_start(s, flags, &said, 1);
}

static enum status look_up(struct dns_says *s, struct dns_answer *a,
			   struct error *err)
{
	*a = (struct dns_answer){0};
	*err = (struct error){0};
	return dns_lookup(NAME, DNS_A, &s->at, 1, a, err);
}

static void an_address_is_looked_up(void **unused)
{
	struct dns_says s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, DNS_FINE, 1, SLICE("\xc0\x0c\0\1\0\1\0\0\0\7\0\4\x0a\0\0\1"));
	assert_int_equal(look_up(&s, &a, &err), OK);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.ttl_s, 7);
	assert_memory_equal(a.record[0].address, "\x0a\0\0\1", 4);
	dns_answer_clear(&a);
	dns_says_stop(&s);
}

static void a_name_without_records_is_an_answer(void **unused)
{
	struct dns_says s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, DNS_FINE, 0, SLICE(""));
	assert_int_equal(look_up(&s, &a, &err), OK);
	assert_int_equal(a.n, 0);
	dns_says_stop(&s);
}

static void a_name_that_is_not_there_is_not_found(void **unused)
{
	struct dns_says s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, DNS_NO_NAME, 0, SLICE(""));
	assert_int_equal(look_up(&s, &a, &err), ERR_NOT_FOUND);
	assert_string_equal(err.text, "there is no name " NAME);
	dns_says_stop(&s);
}

static void a_server_that_cannot_is_a_failure(void **unused)
{
	struct dns_says s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, DNS_CANNOT, 0, SLICE(""));
	assert_int_equal(look_up(&s, &a, &err), ERR_IO);
	dns_says_stop(&s);
}

static void a_malformed_answer_is_a_failure(void **unused)
{
	struct dns_says s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, DNS_FINE, 1,
	      SLICE("\xc0\x0c\0\1\0\1\0\0\0\7\0\x40\x0a\0\0\1"));
	assert_int_equal(look_up(&s, &a, &err), ERR_IO);
	assert_null(a.record);
	assert_non_null(strstr(err.text, "malformed"));
	dns_says_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_looked_up),
		cmocka_unit_test(a_name_without_records_is_an_answer),
		cmocka_unit_test(a_name_that_is_not_there_is_not_found),
		cmocka_unit_test(a_server_that_cannot_is_a_failure),
		cmocka_unit_test(a_malformed_answer_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
