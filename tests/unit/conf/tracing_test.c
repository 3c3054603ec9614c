#include "router/conf/tracing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REST                                                                   \
	"models:\n"                                                            \
	"  - name: m\n"                                                        \
	"    workers: [\"http://127.0.0.1:1\"]\n"

static void assert_place(const char *endpoint, const char *origin,
			 const char *target)
{
	struct tracing_place p = {0};
	struct buf out = {0};

	assert_int_equal(tracing_place_parse(endpoint, &p, NULL), OK);
	assert_true(slice_equal(p.origin, slice_of(origin)));
	tracing_target(&p, &out);
	assert_true(slice_equal(buf_slice(&out), slice_of(target)));
	buf_fini(&out);
}

static void assert_no_place(const char *endpoint)
{
	struct tracing_place p = {.path = SLICE("before")};
	struct error err = {0};

	assert_int_not_equal(tracing_place_parse(endpoint, &p, &err), OK);
	assert_true(err.text[0] != '\0');
	assert_true(slice_equal(p.path, SLICE("before")));
}

static void traces_are_told_below_an_endpoint(void **state)
{
	(void)state;
	assert_place("http://c:4318", "http://c:4318", "/v1/traces");
	assert_place("http://c:4318/", "http://c:4318", "/v1/traces");
	assert_place("https://c/otlp/", "https://c", "/otlp/v1/traces");
	assert_place("https://[::1]:1/a/b", "https://[::1]:1",
		     "/a/b/v1/traces");
}

static void an_endpoint_may_say_the_whole_path(void **state)
{
	(void)state;
	assert_place("http://c/v1/traces", "http://c", "/v1/traces");
	assert_place("http://c/x/v1/traces/", "http://c", "/x/v1/traces");
}

static void what_is_no_url_is_no_endpoint(void **state)
{
	static const char *const bad[] = {
		"",
		"c:4318",
		"grpc://c:4317",
		"http://",
		"http:///",
		"http://:1",
		"http://u@c",
		"http://c/a b",
		"http://c?a",
		"http://c/v1#a",
		"http://c\r\nX: y",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_no_place(bad[i]);
}

static void a_header_is_a_name_and_a_value(void **state)
{
	struct slice name = {NULL, 0}, value = {NULL, 0};

	(void)state;
	assert_int_equal(tracing_header_parse("Authorization: Bearer a:b",
					      &name, &value, NULL),
			 OK);
	assert_true(slice_equal(name, SLICE("Authorization")));
	assert_true(slice_equal(value, SLICE("Bearer a:b")));
}

static void what_would_be_another_header_is_none(void **state)
{
	static const char *const bad[] = {
		"",
		"name",
		"name:",
		": value",
		"a b: c",
		"a: b\r\nc: d",
		"Host: x",
		"content-length: 1",
		"TE: gzip",
		"connection: x",
		"transfer-encoding: chunked",
	};
	struct slice name, value;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_not_equal(
			tracing_header_parse(bad[i], &name, &value, &err), OK);
}

static struct conf *parsed(const char *yaml)
{
	struct conf_faults faults = {0};
	struct conf *c = conf_parse(slice_of(yaml), "f", &faults);

	if (c == NULL)
		print_error("%.*s\n", SLICE_ARG(buf_slice(&faults.text)));
	assert_non_null(c);
	buf_fini(&faults.text);
	return c;
}

static void assert_fault(const char *yaml, const char *wanted)
{
	struct conf_faults faults = {0};

	assert_null(conf_parse(slice_of(yaml), "f", &faults));
	buf_putc(&faults.text, '\0');
	assert_non_null(strstr(buf_slice(&faults.text).p, wanted));
	buf_fini(&faults.text);
}

static void nothing_is_traced_by_itself(void **state)
{
	struct conf *c = parsed(REST);

	(void)state;
	assert_null(c->tracing.endpoint);
	assert_string_equal(c->tracing.service_name, "warmpath");
	conf_unref(&c);
}

static void headers_are_shown_by_their_names_alone(void **state)
{
	struct conf *c = parsed("tracing:\n"
				"  endpoint: http://nowhere.invalid:4318\n"
				"  headers: [\"x-key: very-secret\"]\n" REST);
	struct buf out = {0};

	(void)state;
	conf_print(c, &out);
	buf_putc(&out, '\0');
	assert_null(strstr(buf_slice(&out).p, "very-secret"));
	assert_non_null(strstr(buf_slice(&out).p, "headers: [\"x-key: ***\"]"));
	buf_fini(&out);
	conf_unref(&c);
}

static void every_fault_names_its_key(void **state)
{
	(void)state;
	assert_fault("tracing: {endpoint: \"c:4318\"}\n" REST,
		     "tracing.endpoint: 'c:4318' is not a url");
	assert_fault("tracing: {sample: 1.5}\n" REST, "tracing.sample");
	assert_fault("tracing: {headers: [nonsense]}\n" REST,
		     "tracing.headers: write a header");
	assert_fault("tracing: {endpoint: \"http://c\", ca: /x}\n" REST,
		     "tracing.ca: needs a tracing.endpoint that begins");
	assert_fault("tracing: {endpoint: \"https://c\", ca: /no/file}\n" REST,
		     "tracing.ca: /no/file");
	assert_fault("tracing: {service_name: \"\"}\n" REST,
		     "tracing.service_name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traces_are_told_below_an_endpoint),
		cmocka_unit_test(an_endpoint_may_say_the_whole_path),
		cmocka_unit_test(what_is_no_url_is_no_endpoint),
		cmocka_unit_test(a_header_is_a_name_and_a_value),
		cmocka_unit_test(what_would_be_another_header_is_none),
		cmocka_unit_test(nothing_is_traced_by_itself),
		cmocka_unit_test(headers_are_shown_by_their_names_alone),
		cmocka_unit_test(every_fault_names_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
