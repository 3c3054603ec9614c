/* What it costs to take model and content out of a chat body, as ratios to
 * jansson doing the same in the same run.
 *
 * Both ways end with the same unescaped content, which is checked. Each
 * round times both, one directly after the other; a value is the median of
 * the rounds' ratios. One line each: name, value, unit, goal, moonshot,
 * note, with tabs between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/json/string.h"

#define ROUNDS    51
#define ROUND_NS  400000
#define MAX_DEPTH 64

struct row {
	const char *name;
	size_t bytes;
	bool escapes;
	const char *must, *moonshot, *note;
};

static void fill_plain(struct buf *b, size_t n)
{
	static const char *words[] = {"the ", "worker ", "that ", "holds ",
				      "a ",   "prefix ", "of ",   "it "};
	for (size_t i = 0; buf_len(b) < n; i++)
		buf_puts(b, words[(i * 7 + i / 5) % ARRAY_LEN(words)]);
}

/* Source code and talk: an escape every 15 bytes or so, some letters
 * outside ASCII. */
static void fill_escapes(struct buf *b, size_t n)
{
	static const char *parts[] = {
		"\\tif (state == \\\"ready\\\" && left > 0)\\n",
		"\\treturn size_add(count, 1, &total);\\n",
		"the caf\xc3\xa9 \\u2013 and much more, he said then\\n",
		"C:\\\\files\\\\readme.txt is what it prints\\n"};
	for (size_t i = 0; buf_len(b) < n; i++)
		buf_puts(b, parts[i % ARRAY_LEN(parts)]);
}

static void make_body(const struct row *r, struct buf *b)
{
	buf_puts(b, "{\"model\":\"org/model-8b\",\"stream\":true,"
		    "\"temperature\":0.7,\"messages\":[{\"role\":\"system\","
		    "\"content\":\"You help.\"},{\"role\":\"user\","
		    "\"content\":\"");
	if (r->escapes)
		fill_escapes(b, r->bytes);
	else
		fill_plain(b, r->bytes);
	buf_puts(b, "\"}],\"max_tokens\":100}");
}

static size_t content_bytes(struct json_scan *s, struct arena *a)
{
	size_t n = 0;
	if (!json_enter_array(s))
		return 0;
	while (json_element(s)) {
		struct json_value v;
		struct slice key, text;
		json_enter_object(s);
		while (json_member(s, &key) && json_value(s, &v))
			if (json_string_equal(key, SLICE("content")) &&
			    json_text(v.raw, a, &text) == OK)
				n += text.n;
	}
	return n;
}

static size_t our_way(struct slice body, struct arena *a)
{
	struct json_scan s;
	struct json_value v;
	struct slice key, model = {NULL, 0};
	size_t n = 0;
	json_begin(&s, body, MAX_DEPTH);
	json_enter_object(&s);
	while (json_member(&s, &key)) {
		if (json_string_equal(key, SLICE("messages"))) {
			n += content_bytes(&s, a);
			continue;
		}
		if (!json_value(&s, &v))
			break;
		if (json_string_equal(key, SLICE("model")) &&
		    json_text(v.raw, a, &model) != OK)
			abort();
	}
	if (json_end(&s) != OK)
		abort();
	return n + model.n;
}

static size_t their_way(struct slice body)
{
	json_t *j = json_loadb(body.p, body.n, 0, NULL);
	json_t *messages = json_object_get(j, "messages");
	size_t n = json_string_length(json_object_get(j, "model"));
	for (size_t i = 0; i < json_array_size(messages); i++)
		n += json_string_length(json_object_get(
			json_array_get(messages, i), "content"));
	json_decref(j);
	return n;
}

/* Nanoseconds of one call, over as many as fill the time. */
static double time_ours(struct slice body, struct arena *a, size_t want)
{
	uint64_t start = clock_ns(), now;
	size_t calls = 0;
	do {
		if (our_way(body, a) != want)
			abort();
		arena_reset(a);
		calls++;
		now = clock_ns();
	} while (now - start < ROUND_NS);
	return (double)(now - start) / (double)calls;
}

static double time_theirs(struct slice body, size_t want)
{
	uint64_t start = clock_ns(), now;
	size_t calls = 0;
	do {
		if (their_way(body) != want)
			abort();
		calls++;
		now = clock_ns();
	} while (now - start < ROUND_NS);
	return (double)(now - start) / (double)calls;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *value)
{
	qsort(value, ROUNDS, sizeof(*value), by_value);
	return value[ROUNDS / 2];
}

static void bench(const struct row *r)
{
	struct arena a;
	struct buf body;
	double ratio[ROUNDS], ns[ROUNDS];
	arena_init(&a);
	buf_init(&body);
	make_body(r, &body);
	struct slice text = buf_slice(&body);
	size_t want = their_way(text);
	for (int i = 0; i < ROUNDS; i++) {
		double theirs = time_theirs(text, want);
		ns[i] = time_ours(text, &a, want);
		ratio[i] = ns[i] / theirs;
	}
	printf("%s\t%.4f\tratio\t%s\t%s\t%s; %.0f ns\n", r->name, median(ratio),
	       r->must, r->moonshot, r->note, median(ns));
	buf_fini(&body);
	arena_fini(&a);
}

int main(void)
{
	static const struct row rows[] = {
		{"json-1k-plain", 1000, false, "0.06", "0.03",
		 "model and content / jansson, 1 KB"},
		{"json-100k-plain", 100000, false, "0.06", "0.01",
		 "model and content / jansson, 100 KB, nothing escaped"},
		{"json-100k-escapes", 100000, true, "0.06", "0.03",
		 "model and content / jansson, 100 KB, many escapes"},
		{"json-1m-plain", 1000000, false, "0.06", "0.01",
		 "model and content / jansson, 1 MB, nothing escaped"},
		{"json-1m-escapes", 1000000, true, "0.06", "0.03",
		 "model and content / jansson, 1 MB, many escapes"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		bench(&rows[i]);
	return 0;
}
