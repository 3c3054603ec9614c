#include "router/tracing/otlp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                   \
	"{\"resourceSpans\":[{\"resource\":{\"attributes\":["                  \
	"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"gw\"}},"       \
	"{\"key\":\"service.version\",\"value\":{\"stringValue\":\"1.2\"}}]}," \
	"\"scopeSpans\":[{\"scope\":{\"name\":\"warmpath\"},\"spans\":["
#define TAIL "]}]}]}"
#define ID   "0a000000000000000000000000000000"

static const struct trace_context remote = {
	.trace_id = {10},
	.span_id = 0xb7ad6b7169203331,
	.flags = TRACE_SAMPLED,
};

static void assert_told(const struct trace *t, size_t n, const char *spans)
{
	struct buf out = {0}, wanted = {0};

	otlp_begin(&out, "gw", "1.2");
	for (size_t i = 0; i < n; i++)
		otlp_add(&out, t, i == 0);
	otlp_end(&out);
	buf_printf(&wanted, "%s%s%s", HEAD, spans, TAIL);
	buf_putc(&out, '\0');
	buf_putc(&wanted, '\0');
	assert_string_equal(buf_slice(&out).p, buf_slice(&wanted).p);
	buf_fini(&out);
	buf_fini(&wanted);
}

static struct trace *request(const struct trace_context *of)
{
	struct trace *t = trace_create(of);
	struct trace_span *s = trace_add(t, TRACE_SERVER, NULL, 1, 100);

	trace_name(t, s, SLICE("POST"), SLICE("/v1/x"));
	t->to_unix_ns = INT64_C(1700000000000000000);
	return t;
}

static void numbers_of_64_bits_are_strings_and_ids_are_digits(void **state)
{
	struct trace *t = request(&remote);

	(void)state;
	trace_put(t, &t->span[0], TRACE_INPUT_TOKENS,
		  INT64_C(9007199254740993));
	trace_end(t, 300);
	assert_told(t, 1,
		    "{\"traceId\":\"" ID "\",\"spanId\":\"0000000000000001\","
		    "\"parentSpanId\":\"b7ad6b7169203331\",\"flags\":769,"
		    "\"name\":\"POST /v1/x\",\"kind\":2,"
		    "\"startTimeUnixNano\":\"1700000000000000100\","
		    "\"endTimeUnixNano\":\"1700000000000000300\","
		    "\"attributes\":[{\"key\":\"gen_ai.usage.input_tokens\","
		    "\"value\":{\"intValue\":\"9007199254740993\"}}]}");
	trace_destroy(&t);
}

static void a_new_trace_s_first_span_has_no_parent(void **state)
{
	struct trace_context begun = remote;
	struct trace *t;

	(void)state;
	begun.span_id = 0;
	t = request(&begun);
	trace_end(t, 100);
	assert_told(t, 1,
		    "{\"traceId\":\"" ID "\",\"spanId\":\"0000000000000001\","
		    "\"flags\":257,\"name\":\"POST /v1/x\",\"kind\":2,"
		    "\"startTimeUnixNano\":\"1700000000000000100\","
		    "\"endTimeUnixNano\":\"1700000000000000100\","
		    "\"attributes\":[]}");
	trace_destroy(&t);
}

static void every_type_of_attribute_has_its_member(void **state)
{
	struct trace *t = request(&remote);
	struct trace_span *s = trace_add(t, TRACE_CLIENT, t->span, 2, 150);

	(void)state;
	trace_put(t, s, TRACE_STREAM, true);
	trace_put(t, s, TRACE_EXACT, false);
	trace_put(t, s, TRACE_FIRST_CHUNK, INT64_C(1250000000));
	trace_put_text(t, s, TRACE_MODEL, SLICE("a\"b\n\xff"));
	s->first_ns = 160;
	s->error = "it broke";
	trace_name(t, s, SLICE("chat"), SLICE("m"));
	trace_end(t, 200);
	t->span[0] = t->span[1]; /* looked at alone */
	for (size_t i = 0; i < t->n_facts; i++)
		t->fact[i].span = 0;
	t->n_spans = 1;
	assert_told(t, 1,
		    "{\"traceId\":\"" ID "\",\"spanId\":\"0000000000000002\","
		    "\"parentSpanId\":\"b7ad6b7169203331\",\"flags\":769,"
		    "\"name\":\"chat m\",\"kind\":3,"
		    "\"startTimeUnixNano\":\"1700000000000000150\","
		    "\"endTimeUnixNano\":\"1700000000000000200\","
		    "\"attributes\":["
		    "{\"key\":\"gen_ai.request.stream\","
		    "\"value\":{\"boolValue\":true}},"
		    "{\"key\":\"warmpath.held.exact\","
		    "\"value\":{\"boolValue\":false}},"
		    "{\"key\":\"gen_ai.response.time_to_first_chunk\","
		    "\"value\":{\"doubleValue\":1.250000000}},"
		    "{\"key\":\"gen_ai.request.model\","
		    "\"value\":{\"stringValue\":\"a\\\"b\\n\xef\xbf\xbd\"}}],"
		    "\"events\":[{\"timeUnixNano\":\"1700000000000000160\","
		    "\"name\":\"first byte\"}],"
		    "\"status\":{\"code\":2,\"message\":\"it broke\"}}");
	trace_destroy(&t);
}

static void a_child_has_its_own_facts_and_a_parent_that_is_ours(void **state)
{
	struct trace *t = request(&remote);
	struct trace_span *s = trace_add(t, TRACE_INTERNAL, t->span, 2, 150);
	struct buf out = {0};

	(void)state;
	trace_put_text(t, s, TRACE_WORKER, SLICE("w"));
	trace_put(t, &t->span[0], TRACE_STATUS, 200);
	trace_end(t, 200);
	otlp_begin(&out, "gw", "1.2");
	otlp_add(&out, t, true);
	otlp_end(&out);
	buf_putc(&out, '\0');
	assert_non_null(strstr(buf_slice(&out).p,
			       "\"spanId\":\"0000000000000002\","
			       "\"parentSpanId\":\"0000000000000001\","
			       "\"flags\":257,\"name\":\"\",\"kind\":1"));
	assert_non_null(strstr(buf_slice(&out).p,
			       "\"attributes\":[{\"key\":\"warmpath.worker\","
			       "\"value\":{\"stringValue\":\"w\"}}]}"));
	buf_fini(&out);
	trace_destroy(&t);
}

static void a_message_without_traces_is_whole(void **state)
{
	(void)state;
	assert_told(NULL, 0, "");
}

static void assert_rejected(const char *answer, size_t wanted)
{
	assert_int_equal(otlp_rejected(slice_of(answer), 10), wanted);
}

static void an_answer_says_how_many_were_not_taken(void **state)
{
	(void)state;
	assert_rejected("{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}", 3);
	assert_rejected("{\"partialSuccess\":{\"errorMessage\":\"x\","
			"\"rejectedSpans\":10}}",
			10);
	assert_rejected("{\"partialSuccess\":{}}", 0);
	assert_rejected("{}", 0);
}

static void an_answer_that_makes_no_sense_says_nothing(void **state)
{
	(void)state;
	assert_rejected("", 0);
	assert_rejected("<html>", 0);
	assert_rejected("[]", 0);
	assert_rejected("{\"partialSuccess\":3}", 0);
	assert_rejected("{\"partialSuccess\":{\"rejectedSpans\":-1}}", 0);
	assert_rejected("{\"partialSuccess\":{\"rejectedSpans\":\"\"}}", 0);
	assert_rejected("{\"partialSuccess\":{\"rejectedSpans\":11}}", 0);
	assert_rejected("{\"partialSuccess\":{\"rejectedSpans\":\"3", 0);
}

static void no_two_attributes_have_one_name(void **state)
{
	static const char *const name[] = {
#define X(id, type, text) text,
		TRACE_ATTRIBUTES(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name[i], name[j]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			numbers_of_64_bits_are_strings_and_ids_are_digits),
		cmocka_unit_test(a_new_trace_s_first_span_has_no_parent),
		cmocka_unit_test(every_type_of_attribute_has_its_member),
		cmocka_unit_test(
			a_child_has_its_own_facts_and_a_parent_that_is_ours),
		cmocka_unit_test(a_message_without_traces_is_whole),
		cmocka_unit_test(an_answer_says_how_many_were_not_taken),
		cmocka_unit_test(an_answer_that_makes_no_sense_says_nothing),
		cmocka_unit_test(no_two_attributes_have_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
