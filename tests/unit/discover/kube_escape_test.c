#include "router/discover/kube_escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void escapes(struct slice text, const char *wanted)
{
	struct buf out = {0};

	kube_escape(text, &out);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, wanted);
	buf_fini(&out);
}

static void names_stay_as_they_are(void **unused)
{
	(void)unused;
	escapes(SLICE("vllm-0.a_b~9"), "vllm-0.a_b~9");
	escapes(SLICE(""), "");
}

static void what_would_part_a_url_is_escaped(void **unused)
{
	(void)unused;
	escapes(SLICE("kubernetes.io/name=a,b"),
		"kubernetes.io%2Fname%3Da%2Cb");
	escapes(SLICE("a&b?c#d e%"), "a%26b%3Fc%23d%20e%25");
}

static void no_byte_breaks_out_of_a_line(void **unused)
{
	(void)unused;
	escapes(SLICE("\r\n\0\x7f\xc3\xa4"), "%0D%0A%00%7F%C3%A4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_as_they_are),
		cmocka_unit_test(what_would_part_a_url_is_escaped),
		cmocka_unit_test(no_byte_breaks_out_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
