#include "common/http/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void feed(struct sse *s, struct slice text)
{
	char *copy = malloc(text.n ? text.n : 1);
	memcpy(copy, text.p, text.n);
	sse_feed(s, (struct slice){copy, text.n});
	free(copy);
}

/* What the watcher knows after some bytes, as text. */
static void tell(const struct sse *s, struct buf *out)
{
	buf_printf(out, "%d events%s%s, close %zu", (int)s->events,
		   s->done ? ", done" : "", s->failed ? ", failed" : "",
		   strlen(sse_close_text(s)));
	buf_puts(out, ", first ");
	sse_first_usage(s, out);
	buf_puts(out, ", last ");
	sse_usage(s, out);
}

static void cut_at(struct slice text, size_t cut, struct buf *out)
{
	struct sse s;
	sse_init(&s, 4096);
	if (cut == 0) {
		for (size_t i = 0; i < text.n; i++)
			feed(&s, (struct slice){text.p + i, 1});
	} else {
		feed(&s, (struct slice){text.p, cut});
		feed(&s, slice_from(text, cut));
	}
	tell(&s, out);
	sse_fini(&s);
}

/* The same knowledge, however the bytes are cut. */
static void want(struct slice text, const char *knowledge)
{
	for (size_t cut = 0; cut <= text.n; cut++) {
		struct buf b;
		buf_init(&b);
		cut_at(text, cut, &b);
		if (!slice_equal(buf_slice(&b), slice_of(knowledge)))
			fail_msg("%.*s\ncut at %zu gave %.*s\nnot %s",
				 SLICE_ARG(text), cut, SLICE_ARG(buf_slice(&b)),
				 knowledge);
		buf_fini(&b);
	}
}

static void events_are_counted(void **state)
{
	(void)state;
	want(SLICE("data: a\n\n"), "1 events, close 0, first , last ");
	want(SLICE("data: a\n\ndata: b\n\n"),
	     "2 events, close 0, first , last ");
	want(SLICE("event: x\ndata: a\ndata: b\n\n"),
	     "1 events, close 0, first , last ");
	want(SLICE("data:a\n\ndata\n\n"), "2 events, close 0, first , last ");
}

static void what_has_no_data_is_not_counted(void **state)
{
	(void)state;
	want(SLICE(""), "0 events, close 0, first , last ");
	want(SLICE("\n\n\n"), "0 events, close 0, first , last ");
	want(SLICE(": ping\n\n"), "0 events, close 0, first , last ");
	want(SLICE("event: x\n\n"), "0 events, close 0, first , last ");
	want(SLICE("database: x\n\n"), "0 events, close 0, first , last ");
	want(SLICE("data: a"), "0 events, close 2, first , last ");
}

static void every_line_end_is_known(void **state)
{
	(void)state;
	want(SLICE("data: a\r\n\r\ndata: b\r\n\r\n"),
	     "2 events, close 0, first , last ");
	want(SLICE("data: a\r\rdata: b\r\r"),
	     "2 events, close 0, first , last ");
	want(SLICE("data: a\n\r\ndata: b\r\n\n"),
	     "2 events, close 0, first , last ");
	want(SLICE("data: [DONE]\r\n\r\n"),
	     "0 events, done, close 0, first , last ");
}

static void the_cut_is_known(void **state)
{
	(void)state;
	want(SLICE("data: a\n\nda"), "1 events, close 2, first , last ");
	want(SLICE("data: a\n\ndata: b\n"), "1 events, close 1, first , last ");
	want(SLICE("data: a\r\n"), "0 events, close 1, first , last ");
	want(SLICE("data: a\r"), "0 events, close 2, first , last ");
}

static void the_end_marker_is_seen(void **state)
{
	(void)state;
	want(SLICE("data: a\n\ndata: [DONE]\n\n"),
	     "1 events, done, close 0, first , last ");
	want(SLICE("data:[DONE]\n\n"),
	     "0 events, done, close 0, first , last ");
	want(SLICE("data: [DONE] \n\n"), "1 events, close 0, first , last ");
	want(SLICE("data: [DONE]\n"), "0 events, close 1, first , last ");
	want(SLICE("data: {\"a\":\"data: [DONE]\"}\n\n"),
	     "1 events, close 0, first , last ");
}

static void errors_are_seen(void **state)
{
	(void)state;
	want(SLICE("data: {\"error\": {}}\n\n"),
	     "1 events, failed, close 0, first , last ");
	want(SLICE("data: {\"a\":{\"error\": {}}}\n\n"),
	     "1 events, close 0, first , last ");
}

static void the_last_usage_is_kept(void **state)
{
	(void)state;
	want(SLICE("data: {\"usage\":null}\n\n"
		   "data: {\"choices\":[],\"usage\":{\"n\":1}}\n\n"
		   "data: [DONE]\n\n"),
	     "2 events, done, close 0, "
	     "first {\"choices\":[],\"usage\":{\"n\":1}}, "
	     "last {\"choices\":[],\"usage\":{\"n\":1}}");
	want(SLICE("event: a\ndata: {\"usage\" : {\"i\":3}}\n\n"
		   "data: {\"x\":1}\n\n"
		   "event: b\r\ndata: {\"usage\":{\"o\":4}}\r\n\r\n"
		   "data: {\"y\":1}\n\n"),
	     "4 events, close 0, first {\"usage\" : {\"i\":3}}, "
	     "last {\"usage\":{\"o\":4}}");
}

static void what_only_looks_like_usage_is_not_kept(void **state)
{
	(void)state;
	want(SLICE("data: {\"c\":\"\\\"usage\\\":{}\"}\n\n"),
	     "1 events, close 0, first , last ");
	want(SLICE("data: [\"usage\"]\n\n"),
	     "1 events, close 0, first , last ");
	want(SLICE("data: {\"usage\":7}\n\n"),
	     "1 events, close 0, first , last ");
	want(SLICE(": \"usage\":{}\n\n"), "0 events, close 0, first , last ");
	want(SLICE("data: {\"usage\":{}}\n"),
	     "0 events, close 1, first , last ");
}

static void a_long_event_passes_unread(void **state)
{
	(void)state;
	struct sse s;
	char *text = malloc(10000);
	sse_init(&s, 4096);
	memset(text, 'x', 10000);
	feed(&s, SLICE("data: \"usage\":{"));
	feed(&s, (struct slice){text, 10000});
	assert_true(buf_len(&s.kept->part) <= 4096);
	feed(&s, SLICE("\n\n"));
	assert_int_equal(s.events, 1);
	assert_int_equal(buf_len(&s.kept->last_usage), 0);
	feed(&s, SLICE("data: {\"usage\":{}}\n\n"));
	assert_int_equal(s.events, 2);
	assert_true(buf_len(&s.kept->last_usage) > 0);
	sse_fini(&s);
	free(text);
}

/* Streams are many, and most of them are of events that come whole. */
static void a_stream_keeps_memory_only_while_it_must(void **state)
{
	(void)state;
	struct sse s;
	sse_init(&s, 4096);
	for (int i = 0; i < 10; i++)
		feed(&s, SLICE("data: {\"usage\":null}\n\n"));
	assert_null(s.kept);
	feed(&s, SLICE("data: {\"usage\""));
	assert_non_null(s.kept->part.p);
	feed(&s, SLICE(":null}\n\n"));
	assert_null(s.kept->part.p);
	sse_fini(&s);
	sse_fini(&s);
}

static void data_lines_are_joined(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	assert_true(sse_event_data(
		SLICE("event: x\ndata: a\ndata:b\r\ndata:  c\rdata"), &b));
	assert_true(slice_equal(buf_slice(&b), SLICE("a\nb\n c\n")));
	assert_false(sse_event_data(SLICE(": data: a\nid: 7\n"), &b));
	buf_fini(&b);
}

/* --- why an answer ended -------------------------------------------------- */

#define CHOICE(text, more)                                                     \
	"data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}," more      \
	"}]}\n\n"
#define GOES_ON CHOICE("a", "\"finish_reason\":null")
#define LAST(reason)                                                           \
	CHOICE("b", "\"finish_reason\":" reason ",\"stop_reason\":null")

static void finishes(struct slice text, size_t cut, const char *word)
{
	struct sse s;

	sse_init(&s, 4096);
	sse_note_finish(&s);
	feed(&s, (struct slice){text.p, cut});
	feed(&s, slice_from(text, cut));
	if (strcmp(sse_finish(&s), word) != 0)
		fail_msg("%.*s\ncut at %zu gave %s, not %s", SLICE_ARG(text),
			 cut, sse_finish(&s), word);
	sse_fini(&s);
}

static void tells_finish(const char *text, const char *word)
{
	for (size_t cut = 0; cut <= strlen(text); cut++)
		finishes(slice_of(text), cut, word);
}

static void why_an_answer_ended_is_noted(void **state)
{
	(void)state;
	tells_finish(GOES_ON GOES_ON LAST("\"stop\""), "stop");
	tells_finish(GOES_ON LAST("\"length\"") "data: [DONE]\n\n", "length");
	tells_finish(LAST("\"tool_calls\"") GOES_ON, "tool_calls");
	tells_finish(LAST("\"stop\"") LAST("\"content_filter\""),
		     "content_filter");
	tells_finish(CHOICE("a", "\"finish_reason\" : null")
			     CHOICE("a", "\"finish_reason\" : \"stop\""),
		     "stop");
	tells_finish("event: x\r\ndata: {\"finish_reason\":null}\r\n\r\n"
		     "data: {\"finish_reason\":\"stop\"}\r\n\r\n",
		     "stop");
}

static void what_only_looks_like_an_end_is_not_noted(void **state)
{
	(void)state;
	tells_finish(GOES_ON GOES_ON, "");
	tells_finish(CHOICE("\\\"finish_reason\\\":\\\"stop\\\"",
			    "\"finish_reason\":null"),
		     "");
	tells_finish(LAST("7") LAST("{}") LAST("\"a very long reason\""), "");
	tells_finish("data: {\"finish_reason\"}\n\n", "");
	tells_finish("data: {\"finish_reason\":\n\n", "");
	tells_finish("data: {\"finish_reason\":\"stop\n\n", "");
	tells_finish("data: \"finish_reason\":nul\n\n", "");
	tells_finish(": {\"finish_reason\":\"stop\"}\n\n", "");
	tells_finish("data: {\"finish_reason\":\"stop\"}", "");
}

static void nothing_is_noted_unless_it_is_asked_for(void **state)
{
	struct sse s;

	(void)state;
	sse_init(&s, 4096);
	feed(&s, SLICE(GOES_ON LAST("\"stop\"")));
	assert_string_equal(sse_finish(&s), "");
	sse_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_counted),
		cmocka_unit_test(what_has_no_data_is_not_counted),
		cmocka_unit_test(every_line_end_is_known),
		cmocka_unit_test(the_cut_is_known),
		cmocka_unit_test(the_end_marker_is_seen),
		cmocka_unit_test(errors_are_seen),
		cmocka_unit_test(the_last_usage_is_kept),
		cmocka_unit_test(what_only_looks_like_usage_is_not_kept),
		cmocka_unit_test(a_long_event_passes_unread),
		cmocka_unit_test(a_stream_keeps_memory_only_while_it_must),
		cmocka_unit_test(data_lines_are_joined),
		cmocka_unit_test(why_an_answer_ended_is_noted),
		cmocka_unit_test(what_only_looks_like_an_end_is_not_noted),
		cmocka_unit_test(nothing_is_noted_unless_it_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
