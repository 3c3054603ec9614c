/* One line a request, at its end: never a prompt, a key or a header but the
 * client's own id, which api_request_id_ok() has seen. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/digits.h"
#include "router/proxy/fetch.h"
#include "router/proxy/traced.h"

#define US 1000u /* in ns */
#define MS 1000000u
/* What most lines have room in. */
#define LINE_BYTES 2048

/* Rounded: `unit_ns` are one. */
static uint64_t span(uint64_t from_ns, uint64_t to_ns, uint64_t unit_ns)
{
	return to_ns > from_ns ? (to_ns - from_ns + unit_ns / 2) / unit_ns : 0;
}

/* As it stands in the line, put together before it is run. */
#define NAME(name) SLICE(",\"" name "\":")

/* Behind a name, where `n` bytes fit. */
static char *begin(struct buf *out, struct slice name, size_t n)
{
	char *to = buf_reserve(out, name.n + n);

	memcpy(to, name.p, name.n);
	return to + name.n;
}

static void put(struct buf *out, struct slice name, struct slice value)
{
	buf_append(out, name);
	buf_json_string(out, value);
}

/* A word of ours: nothing in it needs an escape. */
static void put_word(struct buf *out, struct slice name, const char *value)
{
	size_t n;
	char *to;

	if (value == NULL)
		return;
	n = strlen(value);
	to = begin(out, name, n + 2);
	to[0] = to[n + 1] = '"';
	memcpy(to + 1, value, n);
	buf_commit(out, name.n + n + 2);
}

static void put_text(struct buf *out, struct slice name, const char *value)
{
	if (value != NULL)
		put(out, name, slice_of(value));
}

static void put_number(struct buf *out, struct slice name, int64_t value)
{
	char *to;

	if (value < 0)
		return;
	to = begin(out, name, DIGITS_MAX);
	buf_commit(out, name.n + digits_write(to, (uint64_t)value));
}

static void put_fixed(struct buf *out, struct slice name, uint64_t value,
		      unsigned decimals)
{
	buf_append(out, name);
	buf_fixed(out, value, decimals);
}

static void put_trace(struct buf *out, const struct request *r)
{
	char text[2 * TRACE_ID_BYTES];
	struct slice id = traced_id(r, text);

	if (id.n > 0)
		put(out, NAME("trace_id"), id);
}

static void put_handed(struct buf *out, const struct request *r)
{
	const struct handed *h = r->handed;

	if (h == NULL)
		return;
	put_text(out, NAME("prefill_worker"), h->prefill->name);
	put_word(out, NAME("connector"),
		 connector_get(h->prefill->connector)->name);
	put_word(out, NAME("hand_over"), handed_outcome(r));
	put_fixed(out, NAME("prefill_s"), h->prefill_ms, 3);
}

static void put_route(struct buf *out, const struct request *r,
		      const char *verdict)
{
	put_text(out, NAME("model"), r->model->conf->name);
	if (request_lora(r).n > 0)
		put(out, NAME("lora"), request_lora(r));
	put_word(out, NAME("policy"), r->model->conf->policy->name);
	put_text(out, NAME("worker"), r->worker ? r->worker->name : NULL);
	put_word(out, NAME("reason"), r->choice.reason);
	put_handed(out, r);
	if (r->choice.gate != GATE_ADMITS)
		put_word(out, NAME("gate"),
			 gate_name((enum gate)r->choice.gate));
	put_number(out, NAME("matched_blocks"), r->choice.held_blocks);
	put_number(out, NAME("prompt_blocks"), r->choice.prompt_blocks);
	put_number(out, NAME("best_blocks"), r->choice.best_blocks);
	if (fetch_source_name(r) != NULL) {
		put_text(out, NAME("source"), fetch_source_name(r));
		put_number(out, NAME("fetch_blocks"), r->choice.fetch_blocks);
	}
	if (r->load != NULL) {
		put_text(out, NAME("source"), store_load_name(r));
		put_number(out, NAME("load_blocks"), r->load->n);
	}
	buf_append(out, NAME("exact"));
	buf_append(out, r->choice.exact ? SLICE("true") : SLICE("false"));
	put_word(out, NAME("prediction"), verdict);
	put_word(out, NAME("tokenized"), r->prompt.how);
	if (r->prompt.sent)
		buf_append(out, SLICE(",\"sent_ids\":true"));
	put_number(out, NAME("tries"), r->n_tried);
	put_number(out, NAME("decision_us"),
		   (int64_t)span(0, r->choice.took_ns, US));
	put_fixed(out, NAME("queue_s"), r->queue_ms, 3);
}

static void put_usage(struct buf *out, const struct request *r,
		      const struct api_usage *u)
{
	int64_t prompt = u->prompt_tokens;

	if (prompt < 0 && r->prompt.known)
		prompt = (int64_t)r->prompt.n_tokens;
	put_number(out, NAME("prompt_tokens"), prompt);
	put_number(out, NAME("cached_tokens"), u->cached_tokens);
	put_number(out, NAME("output_tokens"), u->completion_tokens);
}

/* Those that we know by name are all that is ever routed. */
static struct slice method_of(const struct request *r)
{
	return r->draft != NULL ? r->draft->head->method_text
				: http_method_name(r->method);
}

static void write_json(const struct request *r, const struct ending *e,
		       struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];

	buf_puts(out, "{\"ts\":\"");
	buf_puts(out, clock_text(clock_wall_us_at(e->end_ns), when));
	buf_putc(out, '"');
	put_word(out, NAME("request_id"), r->id);
	put_text(out, NAME("client_request_id"), r->client_id);
	put_trace(out, r);
	put_text(out, NAME("tenant"), admit_name(r));
	put(out, NAME("method"), method_of(r));
	put_word(out, NAME("path"),
		 r->endpoint ? r->endpoint->path : "unknown");
	put_number(out, NAME("status"), r->status);
	put_word(out, NAME("outcome"), outcome_name(r->outcome));
	put_text(out, NAME("why"), r->why);
	if (r->model != NULL)
		put_route(out, r, e->verdict);
	put_usage(out, r, &e->usage);
	put_fixed(out, NAME("ttfb_s"), span(r->start_ns, r->first_ns, US), 6);
	put_fixed(out, NAME("duration_s"), span(r->start_ns, e->end_ns, US), 6);
	put_number(out, NAME("bytes_in"), (int64_t)request_body_bytes(r));
	put_number(out, NAME("bytes_out"), (int64_t)r->sent_bytes);
	put_word(out, NAME("stream"), r->streaming_sse ? "sse" : NULL);
	put_word(out, NAME("protocol"), r->over_http2 ? "h2" : NULL);
	buf_putc(out, '}');
}

static void say(struct buf *out, const char *before, const char *text)
{
	buf_puts(out, before);
	buf_puts(out, text);
}

/* Negative: not told. */
static void say_number(struct buf *out, const char *before, int64_t value)
{
	buf_puts(out, before);
	if (value >= 0)
		buf_u64(out, (uint64_t)value);
	else
		buf_putc(out, '-');
}

static void say_seconds(struct buf *out, const char *before, uint64_t from_ns,
			uint64_t to_ns)
{
	buf_puts(out, before);
	buf_fixed(out, span(from_ns, to_ns, MS), 3);
	buf_putc(out, 's');
}

static void say_route(struct buf *out, const struct request *r)
{
	say(out, " worker=", r->worker ? r->worker->name : "-");
	if (r->handed != NULL)
		say(out, " prefill=", r->handed->prefill->name);
	say(out, " policy=", r->model->conf->policy->name);
	say_number(out, " blocks=", r->choice.held_blocks);
	say_number(out, "/", r->choice.prompt_blocks);
	if (fetch_source_name(r) != NULL)
		say(out, " source=", fetch_source_name(r));
	if (r->load != NULL)
		say(out, " source=", store_load_name(r));
	say_number(out, " tries=", r->n_tried);
}

static void write_text(const struct request *r, const struct ending *e,
		       struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];

	buf_puts(out, clock_text(clock_wall_us_at(e->end_ns), when));
	say(out, " access ", r->id);
	say(out, " ", r->endpoint ? r->endpoint->path : "unknown");
	say(out, " ", r->model ? r->model->conf->name : "-");
	say_number(out, " ", r->status);
	say(out, " ", outcome_name(r->outcome));
	if (admit_name(r) != NULL)
		say(out, " tenant=", admit_name(r));
	if (r->model != NULL)
		say_route(out, r);
	if (e->usage.cached_tokens >= 0) {
		say_number(out, " cached=", e->usage.cached_tokens);
		say_number(out, "/", e->usage.prompt_tokens);
	}
	say_seconds(out, " ttfb=", r->start_ns, r->first_ns);
	say_seconds(out, " total=", r->start_ns, e->end_ns);
	if (r->client_id != NULL)
		say(out, " client_request_id=", r->client_id);
	if (r->why != NULL) {
		say(out, " (", r->why);
		buf_putc(out, ')');
	}
}

void access_write(const struct request *r, const struct ending *e)
{
	const struct conf *c = r->fleet->conf;
	char room[LINE_BYTES];
	struct buf line;

	if (!c->access_log)
		return;
	buf_init_in(&line, room, sizeof(room));
	if (c->log_format == LOG_JSON)
		write_json(r, e, &line);
	else
		write_text(r, e, &line);
	log_line(buf_slice(&line));
	buf_fini(&line);
}
