/* Recorded traffic: prompts as lists of block ids, with their times. A
 * larger fleet is given several copies at once, each with prompts of its
 * own and shifted in time. */
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/json/scan.h"
#include "tests/lab/load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_FILE_BYTES ((size_t)256 << 20)
#define MAX_IDS        4096
/* The fleet that a trace is taken to be for. */
#define TRACE_WORKERS 8
/* Sessions that rest for longer come back as if they had not. */
#define MAX_THINK_S 60.0
/* What the model can take; a session ends before a longer one. */
#define MAX_PROMPT 131072

struct line {
	double ms, input, output;
	uint64_t id[MAX_IDS];
	size_t n_ids;
};

static double number_of(struct slice raw)
{
	char text[64] = {0};

	if (raw.n >= sizeof(text))
		return 0;
	memcpy(text, raw.p, raw.n);
	return strtod(text, NULL);
}

static bool take_number(struct json_scan *s, double *out)
{
	struct json_value v;

	if (!json_value(s, &v))
		return false;
	if (v.type != JSON_TYPE_NUMBER)
		return json_fail(s, ERR_INVALID, "not a number");
	*out = number_of(v.raw);
	return true;
}

static void take_ids(struct json_scan *s, struct line *out)
{
	double id;

	out->n_ids = 0;
	if (!json_enter_array(s))
		return;
	while (json_element(s) && take_number(s, &id)) {
		if (out->n_ids == MAX_IDS) {
			json_fail(s, ERR_LIMIT, "too many block ids");
			return;
		}
		out->id[out->n_ids++] = (uint64_t)id;
	}
}

static bool parse_line(struct slice text, struct line *out)
{
	struct json_scan s;
	struct slice key;
	struct json_value skipped;

	json_begin(&s, text, 4);
	if (json_enter_object(&s))
		while (json_member(&s, &key)) {
			if (slice_equal(key, SLICE("\"timestamp\"")))
				take_number(&s, &out->ms);
			else if (slice_equal(key, SLICE("\"input_length\"")))
				take_number(&s, &out->input);
			else if (slice_equal(key, SLICE("\"output_length\"")))
				take_number(&s, &out->output);
			else if (slice_equal(key, SLICE("\"hash_ids\"")))
				take_ids(&s, out);
			else
				json_value(&s, &skipped);
		}
	return json_end(&s) == OK && out->input >= 1;
}

static bool read_trace(const char *file, struct buf *out)
{
	struct error err;

	if (file_read(file, MAX_FILE_BYTES, out, &err) == OK)
		return true;
	fprintf(stderr, "lab: %s\n", err.text);
	return false;
}

static void bad_line(const char *file, size_t number)
{
	fprintf(stderr, "lab: %s:%zu: not a line of a trace\n", file, number);
}

/* Whole blocks of the prompt only: what is in the answers is not told. */
static void add_line(struct load *l, const struct line *t, uint64_t salt,
		     double shift_s, uint32_t session)
{
	uint32_t size = (uint32_t)l->kind->block_size;
	struct load_chain c;
	int at;

	load_chain_begin(&c, l);
	for (size_t i = 0; i < t->n_ids && (i + 1) * size <= t->input; i++)
		load_chain_append(&c, t->id[i] * 0x10001 + salt, size);
	at = load_add(l, &c, session, (uint32_t)t->input,
		      t->output >= 1 ? (uint32_t)t->output : 1);
	load_chain_end(&c);
	if (at >= 0)
		l->request[at].at_s = t->ms / 1000 + shift_s;
}

static int by_time(const void *a, const void *b)
{
	double x = ((const struct load_request *)a)->at_s;
	double y = ((const struct load_request *)b)->at_s;

	return x < y ? -1 : x > y;
}

/* Times are told in whole seconds, or in threes: they are spread. */
static bool add_lines(struct load *l, const char *file, struct slice text,
		      uint64_t salt, struct rng *r)
{
	struct line *t = mem_zalloc(sizeof(*t));
	double shift_s = salt ? rng_unit(r) * 60 : 0;
	bool good = true;

	for (size_t number = 1; good && text.n > 0; number++) {
		good = parse_line(slice_split(&text, '\n'), t);
		if (good)
			add_line(l, t, salt, shift_s + rng_unit(r) * 3,
				 (uint32_t)l->n);
		else
			bad_line(file, number);
	}
	mem_free(t);
	return good;
}

static bool make_mooncake(struct load *l, const char *file, uint64_t seed)
{
	struct buf text;
	struct rng r;
	bool good;

	rng_seed(&r, seed);
	buf_init(&text);
	good = read_trace(file, &text);
	for (size_t i = 0; good && i * TRACE_WORKERS < l->n_workers; i++)
		good = add_lines(l, file, buf_slice(&text), i << 40, &r);
	buf_free(&text);
	if (good)
		qsort(l->request, l->n, sizeof(*l->request), by_time);
	return good;
}

/* --- sessions ------------------------------------------------------------ */

/* A session's requests: [t, think, input, output, keep, [start, count…]];
 * ids are of 64 tokens and the session's own, but for its head. */
#define ID_TOKENS 64

struct session {
	double tool, sys;
	uint64_t *id;
	size_t n_ids, size;
	uint64_t salt;
	uint32_t number;
	int last; /* request */
	double think_s;
};

static void session_keep(struct session *s, double keep)
{
	if (keep >= 0 && (size_t)keep < s->n_ids)
		s->n_ids = (size_t)keep;
}

static void session_push(struct session *s, uint64_t id)
{
	if (s->n_ids == s->size) {
		s->size = s->size ? s->size * 2 : 1024;
		s->id = mem_realloc(s->id, s->size * sizeof(*s->id));
	}
	s->id[s->n_ids++] = id;
}

static void take_ranges(struct json_scan *in, struct session *s)
{
	double start, count;

	if (!json_enter_array(in))
		return;
	while (json_element(in) && take_number(in, &start) &&
	       json_element(in) && take_number(in, &count))
		for (double i = 0; i < count && s->n_ids < 20000; i++)
			session_push(s, (uint64_t)(start + i));
}

/* Tools and system prompt are shared among sessions that have the same. */
static uint64_t name_of(const struct session *s, size_t i)
{
	double at = (double)(i + 1) * ID_TOKENS;

	if (at <= s->tool)
		return (uint64_t)s->tool << 20 | i;
	if (at <= s->tool + s->sys)
		return (uint64_t)s->sys << 40 | (uint64_t)s->tool << 20 | i;
	return s->salt + s->id[i] * 0x9e3779b97f4a7c15u;
}

static bool session_request(struct load *l, struct session *s, const double *v)
{
	struct load_chain c;
	int at;

	if (v[2] < 1 || v[2] + v[3] > MAX_PROMPT)
		return false;
	load_chain_begin(&c, l);
	for (size_t i = 0; i < s->n_ids && (double)(i + 1) * ID_TOKENS <= v[2];
	     i++)
		load_chain_append(&c, name_of(s, i), ID_TOKENS);
	at = load_add(l, &c, s->number, (uint32_t)v[2],
		      v[3] >= 1 ? (uint32_t)v[3] : 1);
	load_chain_end(&c);
	if (at < 0)
		return false;
	if (s->last >= 0)
		load_follow(l, s->last, at, s->think_s);
	s->last = at;
	return true;
}

static void take_requests(struct load *l, struct json_scan *in,
			  struct session *s, size_t max)
{
	size_t n = 0;
	bool go = true;

	if (!json_enter_array(in))
		return;
	while (json_element(in) && json_enter_array(in)) {
		double v[5] = {0};

		for (size_t i = 0; i < 5; i++)
			if (!json_element(in) || !take_number(in, &v[i]))
				return;
		if (!json_element(in))
			return;
		session_keep(s, v[4]);
		take_ranges(in, s);
		json_element(in);
		s->think_s = v[1] < 0 ? 5 : fmin(v[1], MAX_THINK_S);
		go = go && n++ < max && session_request(l, s, v);
	}
}

static bool parse_session(struct load *l, struct slice text, struct session *s,
			  size_t max)
{
	struct json_scan in;
	struct json_value skipped;
	struct slice key;

	json_begin(&in, text, 6);
	if (json_enter_object(&in))
		while (json_member(&in, &key)) {
			if (slice_equal(key, SLICE("\"tool\"")))
				take_number(&in, &s->tool);
			else if (slice_equal(key, SLICE("\"sys\"")))
				take_number(&in, &s->sys);
			else if (slice_equal(key, SLICE("\"r\"")))
				take_requests(l, &in, s, max);
			else
				json_value(&in, &skipped);
		}
	return json_end(&in) == OK;
}

/* Sessions begin one after the other at random; at most so many turns of
 * each, so that none outlasts the run. */
#define SESSION_TURNS   16
#define SESSION_EVERY_S 2.0
/* More of them than any fleet can hold at once. */
#define SESSION_COPIES 2

static bool add_sessions(struct load *l, const char *file, struct slice text,
			 uint64_t salt, struct rng *r)
{
	double every_s = SESSION_EVERY_S * SESSION_COPIES, at_s = 0;
	struct session s = {0};
	bool good = true;

	for (size_t number = 1; good && text.n > 0; number++) {
		size_t first = l->n;

		s.n_ids = 0;
		s.last = -1;
		s.salt = rng_next(r) ^ salt;
		s.number++;
		good = parse_session(l, slice_split(&text, '\n'), &s,
				     SESSION_TURNS);
		at_s += load_exponential(r, every_s);
		if (l->n > first)
			l->request[first].at_s = at_s;
		if (!good)
			bad_line(file, number);
	}
	mem_free(s.id);
	return good;
}

static bool make_coding(struct load *l, const char *file, uint64_t seed)
{
	struct buf text;
	struct rng r;
	bool good;

	rng_seed(&r, seed);
	buf_init(&text);
	good = read_trace(file, &text);
	for (size_t i = 0;
	     good && i * TRACE_WORKERS < SESSION_COPIES * l->n_workers; i++)
		good = add_sessions(l, file, buf_slice(&text), i << 50, &r);
	buf_free(&text);
	return good;
}

const struct load_kind load_mooncake_chat = {
	.name = "chat",
	.help = "recorded conversations, long ones among them; host tier",
	.profile = &profile_h100,
	.block_size = 512,
	.host_tokens = 1200000,
	.slo = {.9, 3, .12},
	.make = make_mooncake,
	.file = "mooncake_conversation_h1.jsonl",
};

const struct load_kind load_mooncake_chat_gpu = {
	.name = "chat-no-host",
	.help = "the same without a host tier",
	.profile = &profile_h100,
	.block_size = 512,
	.slo = {.9, 3, .12},
	.make = make_mooncake,
	.file = "mooncake_conversation_h1.jsonl",
};

const struct load_kind load_mooncake_synthetic = {
	.name = "synthetic",
	.help = "published synthetic mix of long prompts",
	.profile = &profile_h100,
	.block_size = 512,
	.slo = {.9, 3, .12},
	.make = make_mooncake,
	.file = "mooncake_synthetic.jsonl",
};

const struct load_kind load_tool_agent = {
	.name = "tool-agent",
	.help = "two shared prefixes and conversations",
	.profile = &profile_h100,
	.block_size = 512,
	.slo = {.9, 3, .12},
	.make = make_mooncake,
	.file = "synthetic_toolagent_like.jsonl",
};

const struct load_kind load_coding = {
	.name = "coding",
	.help = "recorded coding agents, about 100,000 tokens; host tier",
	.profile = &profile_h200,
	.block_size = 256,
	.host_tokens = 1000000,
	.slo = {.95, 6, .1},
	.agentic = true,
	.make = make_coding,
	.file = "weka_claude_code_A.jsonl",
};

const struct load_kind load_coding_gpu = {
	.name = "coding-no-host",
	.help = "the same without a host tier",
	.profile = &profile_h200,
	.block_size = 256,
	.slo = {.95, 6, .1},
	.agentic = true,
	.make = make_coding,
	.file = "weka_claude_code_A.jsonl",
};
