#include "common/http/h2_session.h"

#include <nghttp2/nghttp2.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/http/h2_receive.h"
#include "common/http/h2_stream.h"

/* Of a header block as it comes, which an answer may still refuse. */
#define BLOCKS_OF_A_HEAD 4
/* All streams together have this many windows of one. */
#define WINDOWS 4
/* Frames that wait to be sent beside what streams ask for. */
#define MAX_FRAMES 512

static void *alloc(size_t n, void *arg)
{
	(void)arg;
	return mem_alloc(n);
}

static void *alloc_zeroed(size_t n, size_t size, void *arg)
{
	size_t bytes;

	(void)arg;
	ASSERT(size_mul(n, size, &bytes) == OK);
	return mem_zalloc(bytes);
}

static void *alloc_again(void *p, size_t n, void *arg)
{
	(void)arg;
	return mem_realloc(p, n);
}

static void give_back(void *p, void *arg)
{
	(void)arg;
	mem_free(p);
}

/* Out of memory aborts, so the library never hears of it. */
static nghttp2_mem heap = {
	.malloc = alloc,
	.calloc = alloc_zeroed,
	.realloc = alloc_again,
	.free = give_back,
};

static void create(struct h2_session *s)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
	ASSERT(nghttp2_option_new(&option) == 0);
	h2_receive_callbacks(callbacks);
	h2_stream_callbacks(callbacks);
	/* What it would refuse without an answer is refused here with one. */
	nghttp2_option_set_no_http_messaging(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	ASSERT(nghttp2_session_server_new3(&s->ng, callbacks, s, option,
					   &heap) == 0);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
}

static void submit_settings(struct h2_session *s)
{
	const struct h2_limits *l = s->limits;
	const nghttp2_settings_entry entry[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, l->max_streams},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, l->window_bytes},
		{NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, l->table_bytes},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
		 (uint32_t)l->http.max_head_bytes},
		{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
	};

	ASSERT(nghttp2_submit_settings(s->ng, NGHTTP2_FLAG_NONE, entry,
				       ARRAY_LEN(entry)) == 0);
	ASSERT(nghttp2_session_set_local_window_size(
		       s->ng, NGHTTP2_FLAG_NONE, 0,
		       (int32_t)(WINDOWS * l->window_bytes)) == 0);
}

void h2_session_init(struct h2_session *s, const struct h2_limits *limits,
		     const struct h2_events *events, void *arg,
		     struct http_rooms *rooms)
{
	*s = (struct h2_session){
		.limits = limits,
		.events = events,
		.arg = arg,
		.rooms = rooms,
		.preface_left = (uint32_t)H2_PREFACE_TEXT.n,
	};
	list_init(&s->streams);
	h2_guard_init(&s->guard,
		      BLOCKS_OF_A_HEAD * limits->http.max_head_bytes);
	create(s);
	submit_settings(s);
}

void h2_session_fini(struct h2_session *s)
{
	struct list *it, *tmp;

	if (s->ng == NULL)
		return;
	LIST_EACH (it, tmp, &s->streams)
		h2_stream_close(LIST_ENTRY(it, struct h2_stream, link));
	nghttp2_session_del(s->ng);
	s->ng = NULL;
	h2_head_fini(&s->head);
}

static void terminate(struct h2_session *s, const char *reason, uint32_t code)
{
	if (s->reason == NULL)
		s->reason = reason;
	s->leaving = s->broken = true;
	ASSERT(nghttp2_session_terminate_session(s->ng, code) == 0);
}

void h2_session_abuse(struct h2_session *s, enum h2_abuse a)
{
	static const uint32_t code[H2_ABUSE_N] = {
		[H2_FLOOD] = NGHTTP2_ENHANCE_YOUR_CALM,
		[H2_RESETS] = NGHTTP2_ENHANCE_YOUR_CALM,
		[H2_HEADER_BLOCK] = NGHTTP2_ENHANCE_YOUR_CALM,
		[H2_STREAM_ENDED] = NGHTTP2_STREAM_CLOSED,
		[H2_WRONG_STREAM] = NGHTTP2_PROTOCOL_ERROR,
	};

	if (a == H2_NO_ABUSE || s->broken)
		return;
	s->abused = true;
	terminate(s, h2_abuse_name(a), code[a]);
}

static enum h2_abuse guard(struct h2_session *s, struct slice bytes)
{
	size_t n = s->preface_left < bytes.n ? s->preface_left : bytes.n;

	s->preface_left -= (uint32_t)n;
	return h2_guard_feed(&s->guard, slice_from(bytes, n), s->now_ms);
}

void h2_session_feed(struct h2_session *s, struct slice bytes, uint64_t now_ms)
{
	ssize_t n;

	if (s->broken)
		return;
	s->now_ms = now_ms;
	h2_session_abuse(s, guard(s, bytes));
	if (s->broken)
		return;
	n = nghttp2_session_mem_recv(s->ng, (const uint8_t *)bytes.p, bytes.n);
	if (n < 0)
		terminate(s, NULL, NGHTTP2_PROTOCOL_ERROR);
	/* Frames that answer frames, of a peer that reads none of them. */
	else if (nghttp2_session_get_outbound_queue_size(s->ng) >
		 MAX_FRAMES + 2 * (size_t)s->limits->max_streams)
		h2_session_abuse(s, H2_FLOOD);
}

void h2_session_pull(struct h2_session *s, struct buf *out, size_t most)
{
	const uint8_t *p;
	ssize_t n = 1;

	s->sink = out;
	s->sink_bytes = most;
	while (n > 0 && buf_len(out) < most) {
		n = nghttp2_session_mem_send(s->ng, &p);
		if (n > 0)
			buf_append(out,
				   (struct slice){(const char *)p, (size_t)n});
	}
	s->sink = NULL;
	if (n < 0 && !s->broken)
		terminate(s, NULL, NGHTTP2_INTERNAL_ERROR);
}

bool h2_session_is_over(const struct h2_session *s)
{
	return !nghttp2_session_want_read(s->ng) &&
	       !nghttp2_session_want_write(s->ng);
}

bool h2_session_midway(const struct h2_session *s)
{
	return s->preface_left > 0 || h2_guard_midway(&s->guard);
}

/* The answer to a PING behind it tells that all has come that was on its way
 * when the client heard (RFC 9113 6.8). */
void h2_session_warn(struct h2_session *s, const char *reason)
{
	if (s->leaving || s->warned)
		return;
	s->warned = true;
	s->reason = reason;
	ASSERT(nghttp2_submit_shutdown_notice(s->ng) == 0);
}

void h2_session_leave(struct h2_session *s, const char *reason)
{
	int32_t last = nghttp2_session_get_last_proc_stream_id(s->ng);

	if (s->leaving)
		return;
	s->leaving = true;
	s->reason = reason;
	ASSERT(nghttp2_submit_goaway(s->ng, NGHTTP2_FLAG_NONE, last,
				     NGHTTP2_NO_ERROR, NULL, 0) == 0);
}

void h2_session_end(struct h2_session *s, const char *reason)
{
	if (!s->broken)
		terminate(s, reason, NGHTTP2_NO_ERROR);
}
