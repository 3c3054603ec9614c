#include "router/discover/kube_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void prints_in(const char *zone, const char *metadata,
		      const char *wanted)
{
	json_t *j = json_loads(metadata, JSON_DECODE_ANY, NULL);
	struct buf out = {0};

	assert_non_null(j);
	kube_keys_print(j, "10.0.0.1", zone, &out);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, wanted);
	buf_fini(&out);
	json_decref(j);
}

static void prints(const char *metadata, const char *wanted)
{
	prints_in(NULL, metadata, wanted);
}

static void annotations_and_labels_become_keys(void **unused)
{
	(void)unused;
	prints("{\"labels\":{\"warmpath.io/role\":\"decode\",\"app\":\"x\"},"
	       "\"annotations\":{\"warmpath.io/events-port\":\"5557\"}}",
	       ",\"role\":\"decode\",\"events\":\"tcp://10.0.0.1:5557\"");
}

static void keys_of_a_section_stand_in_it(void **unused)
{
	(void)unused;
	prints("{\"labels\":{\"warmpath.io/transfer-port\":\"5600\"},"
	       "\"annotations\":{\"warmpath.io/transfer-engine-id\":\"e\","
	       "\"warmpath.io/role\":\"prefill\"}}",
	       ",\"role\":\"prefill\",\"transfer\":{\"port\":\"5600\","
	       "\"engine_id\":\"e\"}");
}

static void an_annotation_comes_before_a_label(void **unused)
{
	(void)unused;
	prints("{\"labels\":{\"warmpath.io/role\":\"decode\"},"
	       "\"annotations\":{\"warmpath.io/role\":\"prefill\"}}",
	       ",\"role\":\"prefill\"");
}

static void events_come_from_the_pods_own_address_alone(void **unused)
{
	(void)unused;
	prints("{\"annotations\":{\"warmpath.io/events-port\":"
	       "\"1@elsewhere:5557\"}}",
	       ",\"events\":\"tcp://10.0.0.1:not-a-port\"");
	prints("{\"annotations\":{\"warmpath.io/peer-port\":\"elsewhere:7\"}}",
	       ",\"peer\":\"10.0.0.1:not-a-port\"");
}

#define IN_A "{\"labels\":{\"topology.kubernetes.io/zone\":\"a\""

static void where_it_stands_is_told_by_the_cluster(void **unused)
{
	(void)unused;
	prints(IN_A "}}", ",\"zone\":\"a\"");
	prints_in("b", "{}", ",\"zone\":\"b\"");
	prints_in("b", IN_A "}}", ",\"zone\":\"b\"");
}

static void what_is_written_for_us_comes_before_that(void **unused)
{
	(void)unused;
	prints_in("b", IN_A ",\"warmpath.io/zone\":\"c\"}}", ",\"zone\":\"c\"");
	prints(IN_A ",\"warmpath.io/rack\":\"r\"}}",
	       ",\"zone\":\"a\",\"rack\":\"r\"");
}

static void a_zone_that_is_none_is_not_told(void **unused)
{
	static const char digits[] = "0123456789012345678901234567890123456789"
				     "012345678901234567890123";

	(void)unused;
	prints_in("", "{}", "");
	prints_in(digits, "{}", "");
	prints("{\"labels\":{\"topology.kubernetes.io/zone\":7}}", "");
	prints("{\"labels\":{\"topology.kubernetes.io/zone\":\"\"}}", "");
}

static void nothing_breaks_out_of_its_quotes(void **unused)
{
	(void)unused;
	prints("{\"annotations\":{\"warmpath.io/topic\":"
	       "\"a\\\",\\\"url\\\":\\\"b\"}}",
	       ",\"topic\":\"a\\\",\\\"url\\\":\\\"b\"");
}

static void what_is_no_text_says_nothing(void **unused)
{
	(void)unused;
	prints("{\"annotations\":{\"warmpath.io/role\":7},\"labels\":[]}", "");
	prints("7", "");
	prints("{}", "");
	kube_keys_print(NULL, "h", NULL, NULL);
}

static void the_scheme_is_http_unless_it_says_https(void **unused)
{
	json_t *j = json_loads("{\"labels\":{\"warmpath.io/scheme\":"
			       "\"https\"}}",
			       0, NULL);

	(void)unused;
	assert_string_equal(kube_keys_scheme(j), "https");
	json_decref(j);
	j = json_loads("{\"labels\":{\"warmpath.io/scheme\":\"ftp\"}}", 0,
		       NULL);
	assert_string_equal(kube_keys_scheme(j), "http");
	json_decref(j);
	assert_string_equal(kube_keys_scheme(NULL), "http");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(annotations_and_labels_become_keys),
		cmocka_unit_test(keys_of_a_section_stand_in_it),
		cmocka_unit_test(an_annotation_comes_before_a_label),
		cmocka_unit_test(where_it_stands_is_told_by_the_cluster),
		cmocka_unit_test(what_is_written_for_us_comes_before_that),
		cmocka_unit_test(a_zone_that_is_none_is_not_told),
		cmocka_unit_test(events_come_from_the_pods_own_address_alone),
		cmocka_unit_test(nothing_breaks_out_of_its_quotes),
		cmocka_unit_test(what_is_no_text_says_nothing),
		cmocka_unit_test(the_scheme_is_http_unless_it_says_https),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
