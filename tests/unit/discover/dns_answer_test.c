#include "router/discover/dns_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

#define HEAD(flags, n) "\x12\x34" flags "\0\1\0" n "\0\0\0\0"
#define GOOD           "\x85\x80"
/* The question: vllm.test, IN. */
#define ASKED(type) "\4vllm\4test\0\0" type "\0\1"
/* A record of the name that was asked for. */
#define RECORD(type, ttl, bytes) "\xc0\x0c\0" type "\0\1\0\0\0" ttl "\0" bytes

static enum status reads(struct slice message, enum dns_type type,
			 struct dns_answer *a)
{
	*a = (struct dns_answer){0};
	return dns_answer_read(message, type, a);
}

static void refuses(struct slice message, enum dns_type type)
{
	struct dns_answer a;

	assert_int_equal(reads(message, type, &a), ERR_INVALID);
	assert_null(a.record);
}

static void addresses_have_the_least_time_to_live(void **unused)
{
	struct dns_answer a;

	(void)unused;
	assert_int_equal(
		reads(SLICE(HEAD(GOOD, "\2") ASKED("\1") RECORD(
			      "\1", "\x3c",
			      "\4") "\x0a\0\0\1" RECORD("\1", "\x1e",
							"\4") "\x0a\0\0\2"),
		      DNS_A, &a),
		OK);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.ttl_s, 30);
	assert_memory_equal(a.record[1].address, "\x0a\0\0\2", 4);
	dns_answer_clear(&a);
}

static void other_types_are_passed_over_but_for_their_time(void **unused)
{
	struct dns_answer a;

	(void)unused;
	assert_int_equal(
		reads(SLICE(HEAD(GOOD, "\2") ASKED("\x1c") RECORD(
			      "\5", "\5",
			      "\4") "\1b\xc0\x11" RECORD("\x1c", "\x1e",
							 "\x10") "0123456789abc"
								 "def"),
		      DNS_AAAA, &a),
		OK);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.ttl_s, 5);
	assert_memory_equal(a.record[0].address, "0123456789abcdef", 16);
	dns_answer_clear(&a);
}

static void a_service_has_a_port_and_a_target(void **unused)
{
	struct dns_answer a;

	(void)unused;
	assert_int_equal(
		reads(SLICE(HEAD(GOOD, "\1") ASKED("\x21") RECORD(
			      "\x21", "\0", "\x0a") "\0\7\0\0\x1f\x40\1b"
						    "\xc0\x11"),
		      DNS_SRV, &a),
		OK);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.record[0].priority, 7);
	assert_int_equal(a.record[0].port, 8000);
	assert_string_equal(a.record[0].target, "b.test");
	dns_answer_clear(&a);
}

static void no_record_is_an_answer(void **unused)
{
	struct dns_answer a;

	(void)unused;
	assert_int_equal(reads(SLICE(HEAD(GOOD, "\0") ASKED("\1")), DNS_A, &a),
			 OK);
	assert_int_equal(a.n, 0);
	assert_int_equal(a.ttl_s, 0);
}

static void what_is_no_answer_is_refused(void **unused)
{
	(void)unused;
	refuses(SLICE(""), DNS_A);
	refuses(SLICE(HEAD("\x05\x80", "\0") ASKED("\1")), DNS_A);
	refuses(SLICE(HEAD("\x87\x80", "\0") ASKED("\1")), DNS_A);
	refuses(SLICE("HTTP/1.1 200 OK\r\n\r\n"), DNS_A);
}

static void a_cut_at_any_byte_is_refused(void **unused)
{
	static const char whole[] = HEAD(GOOD, "\1") ASKED("\x21")
		RECORD("\x21", "\0", "\x0a") "\0\7\0\0\x1f\x40\1b\xc0\x11";

	(void)unused;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		refuses((struct slice){whole, n}, DNS_SRV);
}

static void a_record_of_another_length_is_refused(void **unused)
{
	(void)unused;
	refuses(SLICE(HEAD(GOOD, "\1") ASKED("\1")
			      RECORD("\1", "\0", "\3") "\x0a\0\0"),
		DNS_A);
	refuses(SLICE(HEAD(GOOD, "\1") ASKED("\x1c")
			      RECORD("\x1c", "\0", "\4") "\x0a\0\0\1"),
		DNS_AAAA);
	refuses(SLICE(HEAD(GOOD, "\1") ASKED("\x21")
			      RECORD("\x21", "\0", "\6") "\0\7\0\0\x1f\x40"),
		DNS_SRV);
}

static void a_name_that_leads_to_itself_is_refused(void **unused)
{
	(void)unused;
	refuses(SLICE(HEAD(GOOD, "\1") ASKED("\x21") RECORD(
			"\x21", "\0", "\x08") "\0\7\0\0\x1f\x40\xc0\x2d"),
		DNS_SRV);
}

static void more_than_are_allowed_are_refused(void **unused)
{
	struct buf message = {0};
	struct dns_answer a;

	(void)unused;
	buf_append(&message, SLICE("\x12\x34\x85\x80\0\1\4\1\0\0\0\0"));
	buf_append(&message, SLICE(ASKED("\1")));
	for (int i = 0; i < 1025; i++)
		buf_append(&message,
			   SLICE(RECORD("\1", "\0", "\4") "\x0a\0\0\1"));
	assert_int_equal(reads(buf_slice(&message), DNS_A, &a), ERR_LIMIT);
	assert_null(a.record);
	buf_fini(&message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_the_least_time_to_live),
		cmocka_unit_test(
			other_types_are_passed_over_but_for_their_time),
		cmocka_unit_test(a_service_has_a_port_and_a_target),
		cmocka_unit_test(no_record_is_an_answer),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(a_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_record_of_another_length_is_refused),
		cmocka_unit_test(a_name_that_leads_to_itself_is_refused),
		cmocka_unit_test(more_than_are_allowed_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
