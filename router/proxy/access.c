/* One line a request, at its end: never a prompt, a key or a header but the
 * client's own id, which api_request_id_ok() has seen. */
#include <string.h>

#include "common/base/clock.h"
#include "router/proxy/request.h"

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

static void put(struct buf *out, const char *name, struct slice value)
{
	buf_printf(out, ",\"%s\":", name);
	buf_json_string(out, value);
}

static void put_text(struct buf *out, const char *name, const char *value)
{
	if (value != NULL)
		put(out, name, slice_of(value));
}

static void put_number(struct buf *out, const char *name, int64_t value)
{
	if (value >= 0)
		buf_printf(out, ",\"%s\":%lld", name, (long long)value);
}

static void put_route(struct buf *out, const struct request *r,
		      const char *verdict)
{
	put_text(out, "model", r->model->conf->name);
	if (request_lora(r).n > 0)
		put(out, "lora", request_lora(r));
	put_text(out, "policy", r->model->conf->policy->name);
	put_text(out, "worker", r->worker ? r->worker->name : NULL);
	put_text(out, "reason", r->choice.reason);
	buf_printf(out, ",\"matched_blocks\":%u,\"prompt_blocks\":%u",
		   r->choice.held_blocks, r->choice.prompt_blocks);
	buf_printf(out, ",\"best_blocks\":%u", r->choice.best_blocks);
	buf_printf(out, ",\"exact\":%s", r->choice.exact ? "true" : "false");
	put_text(out, "prediction", verdict);
	put_text(out, "tokenized", r->prompt.how);
	if (r->prompt.sent)
		buf_puts(out, ",\"sent_ids\":true");
	buf_printf(out, ",\"tries\":%u", r->n_tried);
	buf_printf(out, ",\"decision_us\":%.0f",
		   (double)r->choice.took_ns / 1e3);
	buf_printf(out, ",\"queue_s\":%.3f", (double)r->queue_ms / 1e3);
}

static void put_usage(struct buf *out, const struct request *r,
		      const struct api_usage *u)
{
	int64_t prompt = u->prompt_tokens;

	if (prompt < 0 && r->prompt.known)
		prompt = (int64_t)r->prompt.n_tokens;
	put_number(out, "prompt_tokens", prompt);
	put_number(out, "cached_tokens", u->cached_tokens);
	put_number(out, "output_tokens", u->completion_tokens);
}

/* Those that we know by name are all that is ever routed. */
static struct slice method_of(const struct request *r)
{
	return r->draft != NULL ? r->draft->head->method_text
				: http_method_name(r->method);
}

static uint64_t bytes_in(const struct request *r)
{
	return r->draft != NULL ? buf_len(&r->draft->body) : r->body_bytes;
}

static void write_json(const struct request *r, const struct ending *e,
		       struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];

	buf_puts(out, "{\"ts\":\"");
	buf_puts(out, clock_text(clock_wall_us(), when));
	buf_putc(out, '"');
	put_text(out, "request_id", r->id);
	put_text(out, "client_request_id", r->client_id);
	put(out, "method", method_of(r));
	put_text(out, "path", r->endpoint ? r->endpoint->path : "unknown");
	put_number(out, "status", r->status);
	put_text(out, "outcome", outcome_name(r->outcome));
	put_text(out, "why", r->why);
	if (r->model != NULL)
		put_route(out, r, e->verdict);
	put_usage(out, r, &e->usage);
	buf_printf(out, ",\"ttfb_s\":%.6f", seconds(r->start_ns, r->first_ns));
	buf_printf(out, ",\"duration_s\":%.6f",
		   seconds(r->start_ns, e->end_ns));
	buf_printf(out, ",\"bytes_in\":%llu,\"bytes_out\":%llu",
		   (unsigned long long)bytes_in(r),
		   (unsigned long long)r->sent_bytes);
	put_text(out, "stream", r->streaming_sse ? "sse" : NULL);
	buf_putc(out, '}');
}

static void write_text(const struct request *r, const struct ending *e,
		       struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];

	buf_printf(out, "%s access %s %s %s %u %s",
		   clock_text(clock_wall_us(), when), r->id,
		   r->endpoint ? r->endpoint->path : "unknown",
		   r->model ? r->model->conf->name : "-", r->status,
		   outcome_name(r->outcome));
	if (r->model != NULL)
		buf_printf(out, " worker=%s policy=%s blocks=%u/%u tries=%u",
			   r->worker ? r->worker->name : "-",
			   r->model->conf->policy->name, r->choice.held_blocks,
			   r->choice.prompt_blocks, r->n_tried);
	if (e->usage.cached_tokens >= 0)
		buf_printf(out, " cached=%lld/%lld",
			   (long long)e->usage.cached_tokens,
			   (long long)e->usage.prompt_tokens);
	buf_printf(out, " ttfb=%.3fs total=%.3fs",
		   seconds(r->start_ns, r->first_ns),
		   seconds(r->start_ns, e->end_ns));
	if (r->client_id != NULL)
		buf_printf(out, " client_request_id=%s", r->client_id);
	if (r->why != NULL)
		buf_printf(out, " (%s)", r->why);
}

void access_write(const struct request *r, const struct ending *e)
{
	const struct conf *c = r->fleet->conf;
	struct buf line = {0};

	if (!c->access_log)
		return;
	buf_reserve(&line, 1024);
	if (c->log_format == LOG_JSON)
		write_json(r, e, &line);
	else
		write_text(r, e, &line);
	log_line(buf_slice(&line));
	buf_fini(&line);
}
