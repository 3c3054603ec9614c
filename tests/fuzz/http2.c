/* What comes behind the preface: whatever it is, each request that is told
 * has one end, what the session holds is bounded, and it says why it ends.
 * The first byte says how the rest is cut and how answers go. */
#include "common/base/mem.h"
#include "common/http/h2_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MAX_STREAMS 8

static const struct h2_limits limits = {
	.http = {.max_head_bytes = 4096,
		 .max_target_bytes = 512,
		 .max_headers = 32,
		 .max_header_bytes = 2048,
		 .max_body_bytes = 8192},
	.max_streams = MAX_STREAMS,
	.window_bytes = 65536,
	.table_bytes = 4096,
};

struct told {
	struct h2_stream stream;
	bool head, over;
	size_t body_bytes;
};

struct owner {
	struct h2_session session;
	size_t n_open;
	bool slow; /* answers later */
};

static struct told *told_of(struct h2_stream *s)
{
	return CONTAINER_OF(s, struct told, stream);
}

static struct h2_stream *on_open(void *arg)
{
	struct owner *o = arg;
	struct told *t = mem_zalloc(sizeof(*t));

	o->n_open++;
	ASSERT(o->n_open <= 2 * MAX_STREAMS);
	return &t->stream;
}

static void answer(struct h2_stream *s, unsigned status, bool cut)
{
	struct slice piece = SLICE("an answer");

	h2_stream_answer(s, status, SLICE("X-A: 1\r\nb: 2\r\n\r\n"), false);
	h2_stream_send(s, &piece, 1);
	if (cut)
		h2_stream_cut(s);
	else
		h2_stream_end(s);
}

static void on_head(void *arg, struct h2_stream *s, const struct http_head *h)
{
	struct told *t = told_of(s);

	(void)arg;
	ASSERT(!t->head && !t->over);
	t->head = true;
	ASSERT(h->method_text.n > 0 && h->path.n > 0 && h->host.n > 0);
	ASSERT(h->n_headers <= limits.http.max_headers);
	for (size_t i = 0; i < h->n_headers; i++)
		for (size_t k = 0; k < h->header[i].value.n; k++)
			ASSERT(h->header[i].value.p[k] != '\r' &&
			       h->header[i].value.p[k] != '\n');
	if (h->expect_continue)
		h2_stream_go_on(s);
}

static void on_body(void *arg, struct h2_stream *s, struct slice bytes)
{
	struct told *t = told_of(s);

	(void)arg;
	ASSERT(t->head && !t->over && bytes.n > 0);
	t->body_bytes += bytes.n;
	ASSERT(t->body_bytes <= limits.http.max_body_bytes);
}

static void on_end(void *arg, struct h2_stream *s)
{
	struct owner *o = arg;
	struct told *t = told_of(s);

	ASSERT(t->head && !t->over);
	ASSERT(s->length < 0 || t->body_bytes == (size_t)s->length);
	t->over = true;
	http_parser_forget_head(&s->head);
	if (!o->slow)
		answer(s, 200, s->id % 8 == 7);
}

static void on_refused(void *arg, struct h2_stream *s,
		       const struct http_fault *f)
{
	struct told *t = told_of(s);

	(void)arg;
	ASSERT(!t->over && f->status >= 400 && f->why != NULL);
	t->over = true;
	answer(s, f->status, false);
}

static void on_sent(void *arg, struct h2_stream *s)
{
	(void)arg;
	ASSERT(buf_len(&s->out) < 64);
}

static void on_early(void *arg, struct h2_stream *s)
{
	(void)arg;
	h2_stream_stop(s);
}

static void on_closed(void *arg, struct h2_stream *s)
{
	struct owner *o = arg;

	o->n_open--;
	h2_stream_fini(s);
	mem_free(told_of(s));
}

static void on_noted(void *arg, enum h2_note note, const char *reason)
{
	(void)arg;
	ASSERT(note != H2_GOAWAY || reason[0] != '\0');
}

static const struct h2_events events = {
	on_open, on_head,  on_body,   on_end,   on_refused,
	on_sent, on_early, on_closed, on_noted,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice left = {(const char *)bytes, n};
	struct owner o = {0};
	struct http_rooms rooms;
	struct buf out = {0};
	size_t step;
	uint64_t now_ms = 1000;

	if (n == 0)
		return 0;
	step = (size_t)(bytes[0] & 63) + 1;
	step *= (bytes[0] & 64) != 0 ? 64 : 1;
	o.slow = (bytes[0] & 128) != 0;
	left = slice_from(left, 1);
	http_rooms_init(&rooms);
	h2_session_init(&o.session, &limits, &events, &o, &rooms);
	h2_session_feed(&o.session, H2_PREFACE_TEXT, now_ms);
	while (left.n > 0 && !h2_session_is_over(&o.session)) {
		struct slice part = {left.p, left.n < step ? left.n : step};

		h2_session_feed(&o.session, part, now_ms++);
		left = slice_from(left, part.n);
		h2_session_pull(&o.session, &out, 256);
		buf_reset(&out, 65536);
	}
	h2_session_warn(&o.session, "drain");
	h2_session_leave(&o.session, "drain");
	h2_session_pull(&o.session, &out, 65536);
	h2_session_fini(&o.session);
	ASSERT(o.n_open == 0);
	http_rooms_fini(&rooms);
	buf_fini(&out);
	return 0;
}
