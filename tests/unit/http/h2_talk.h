/* Both ends of an HTTP/2 connection in memory, for tests: frames are written
 * by hand, and what each end is told stands in a text. */
#ifndef TESTS_UNIT_HTTP_H2_TALK_H
#define TESTS_UNIT_HTTP_H2_TALK_H

#include "common/http/h2_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "common/base/mem.h"

enum talk_frame {
	T_DATA,
	T_HEADERS,
	T_PRIORITY,
	T_RST,
	T_SETTINGS,
	T_PUSH,
	T_PING,
	T_GOAWAY,
	T_WINDOW,
	T_CONTINUATION,
};
#define T_END_STREAM  1
#define T_ACK         1
#define T_END_HEADERS 4

static const struct h2_limits talk_limits = {
	.http = {.max_head_bytes = 2048,
		 .max_target_bytes = 256,
		 .max_headers = 20,
		 .max_body_bytes = 4096},
	.max_streams = 4,
	.window_bytes = 65536,
	.table_bytes = 4096,
};

struct talk {
	struct h2_session server;
	struct http_rooms rooms;
	nghttp2_hd_inflater *inflater;
	struct buf sent;               /* by the client, until it is fed */
	struct buf told;               /* to the server's owner, a line each */
	struct buf came;               /* to the client, a line each */
	struct h2_stream *stream[512]; /* by id / 2; NULL: not open */
	uint64_t now_ms;
	bool answer; /* each request at once: 200 and "ok" */
};

static inline struct h2_stream *talk_open(void *arg)
{
	(void)arg;
	return mem_zalloc(sizeof(struct h2_stream));
}

static inline void talk_answer(struct h2_stream *s, const char *body)
{
	struct slice piece = slice_of(body);

	h2_stream_answer(s, 200, SLICE("X-Own: 1\r\n\r\n"), piece.n == 0);
	if (piece.n == 0)
		return;
	h2_stream_send(s, &piece, 1);
	h2_stream_end(s);
}

static inline void talk_head(void *arg, struct h2_stream *s,
			     const struct http_head *h)
{
	struct talk *t = arg;

	t->stream[s->id / 2] = s;
	buf_printf(&t->told, "%d head %.*s %.*s\n", s->id,
		   SLICE_ARG(h->method_text), SLICE_ARG(h->target));
}

static inline void talk_body(void *arg, struct h2_stream *s, struct slice b)
{
	struct talk *t = arg;

	assert_true(b.n > 0);
	buf_printf(&t->told, "%d body %zu\n", s->id, b.n);
}

static inline void talk_end(void *arg, struct h2_stream *s)
{
	struct talk *t = arg;

	buf_printf(&t->told, "%d end\n", s->id);
	if (t->answer)
		talk_answer(s, "ok");
}

static inline void talk_refused(void *arg, struct h2_stream *s,
				const struct http_fault *f)
{
	struct talk *t = arg;

	t->stream[s->id / 2] = s;
	buf_printf(&t->told, "%d refused %u\n", s->id, f->status);
	if (t->answer)
		h2_stream_answer(s, f->status, SLICE("\r\n"), true);
}

static inline void talk_sent(void *arg, struct h2_stream *s)
{
	struct talk *t = arg;

	buf_printf(&t->told, "%d sent, %zu left\n", s->id, buf_len(&s->out));
}

static inline void talk_early(void *arg, struct h2_stream *s)
{
	(void)arg;
	h2_stream_stop(s);
}

static inline void talk_closed(void *arg, struct h2_stream *s)
{
	struct talk *t = arg;

	t->stream[s->id / 2] = NULL;
	/* Nobody here has forgotten it. */
	assert_true(!s->told || s->head.room != NULL);
	buf_printf(&t->told, "%d closed\n", s->id);
	h2_stream_fini(s);
	mem_free(s);
}

static inline void talk_noted(void *arg, enum h2_note note, const char *reason)
{
	struct talk *t = arg;

	if (note == H2_GOAWAY)
		buf_printf(&t->told, "goaway %s\n", reason);
}

static const struct h2_events talk_events = {
	talk_open, talk_head,  talk_body,   talk_end,   talk_refused,
	talk_sent, talk_early, talk_closed, talk_noted,
};

static inline void talk_init_with(struct talk *t, const struct h2_limits *l)
{
	memset(t, 0, sizeof(*t));
	t->now_ms = 1000;
	t->answer = true;
	http_rooms_init(&t->rooms);
	assert_int_equal(nghttp2_hd_inflate_new(&t->inflater), 0);
	h2_session_init(&t->server, l, &talk_events, t, &t->rooms);
	buf_append(&t->sent, H2_PREFACE_TEXT);
}

static inline void talk_fini(struct talk *t)
{
	h2_session_fini(&t->server);
	assert_int_equal(t->server.n_streams, 0);
	nghttp2_hd_inflate_del(t->inflater);
	http_rooms_fini(&t->rooms);
	buf_fini(&t->sent);
	buf_fini(&t->told);
	buf_fini(&t->came);
}

/* --- what the client sends ------------------------------------------- */

static inline void talk_frame(struct talk *t, enum talk_frame type, int flags,
			      int id, struct slice payload)
{
	const char head[] = {(char)(payload.n >> 16),
			     (char)(payload.n >> 8),
			     (char)payload.n,
			     (char)type,
			     (char)flags,
			     0,
			     0,
			     (char)(id >> 8),
			     (char)id};

	buf_append(&t->sent, (struct slice){head, sizeof(head)});
	buf_append(&t->sent, payload);
}

/* "name value" each, as literals that no table keeps. */
static inline void talk_block(struct buf *b, const char *const *field)
{
	for (; *field != NULL; field++) {
		struct slice value = slice_of(*field);
		struct slice name = slice_split(&value, ' ');

		assert_true(name.n < 127 && value.n < 127);
		buf_putc(b, 0);
		buf_putc(b, (char)name.n);
		buf_append(b, name);
		buf_putc(b, (char)value.n);
		buf_append(b, value);
	}
}

static inline void talk_fields(struct talk *t, int id, int flags,
			       const char *const *field)
{
	struct buf block = {0};

	talk_block(&block, field);
	talk_frame(t, T_HEADERS, flags | T_END_HEADERS, id, buf_slice(&block));
	buf_fini(&block);
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define GET_HEAD                                                               \
	":method GET", ":scheme http", ":path /v1/models", ":authority a"
#define POST_HEAD ":method POST", ":scheme http", ":path /x", ":authority a"

static inline void talk_get(struct talk *t, int id)
{
	talk_fields(t, id, T_END_STREAM, FIELDS(GET_HEAD));
}

/* --- what it hears --------------------------------------------------- */

static inline void talk_hear_fields(struct talk *t, struct slice block)
{
	nghttp2_nv nv;
	int flags = 0;

	while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
		ssize_t n = nghttp2_hd_inflate_hd2(t->inflater, &nv, &flags,
						   (const uint8_t *)block.p,
						   block.n, 1);

		assert_true(n >= 0);
		block = slice_from(block, (size_t)n);
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			buf_printf(&t->came, " %.*s=%.*s", (int)nv.namelen,
				   nv.name, (int)nv.valuelen, nv.value);
	}
	nghttp2_hd_inflate_end_headers(t->inflater);
}

static inline void talk_hear(struct talk *t, int type, int flags, int id,
			     struct slice payload)
{
	static const char *const name[] = {"DATA", "HEADERS",  "PRIORITY",
					   "RST",  "SETTINGS", "PUSH",
					   "PING", "GOAWAY",   "WINDOW"};

	if (type == T_SETTINGS || type == T_WINDOW)
		return;
	buf_printf(&t->came, "%d %s", id, name[type]);
	if (type == T_HEADERS)
		talk_hear_fields(t, payload);
	if (type == T_DATA)
		buf_printf(&t->came, " %zu", payload.n);
	if (type == T_RST)
		buf_printf(&t->came, " %d", payload.p[3]);
	if (type == T_GOAWAY)
		buf_printf(&t->came, " last %d code %d",
			   payload.p[0] == 127 ? 127 : payload.p[3],
			   payload.p[7]);
	if ((type == T_DATA || type == T_HEADERS) && (flags & T_END_STREAM))
		buf_puts(&t->came, " end");
	buf_putc(&t->came, '\n');
}

static inline void talk_hear_all(struct talk *t, struct slice s)
{
	while (s.n > 0) {
		const unsigned char *p = (const unsigned char *)s.p;
		size_t n = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];

		assert_true(s.n >= 9 + n);
		talk_hear(t, p[3], p[4], p[7] << 8 | p[8],
			  (struct slice){s.p + 9, n});
		s = slice_from(s, 9 + n);
	}
}

/* Lets both ends have what the other has sent. */
static inline void talk_turn(struct talk *t, size_t step)
{
	struct slice s = buf_slice(&t->sent);
	struct buf out = {0};

	while (s.n > 0) {
		struct slice part = {s.p, s.n < step ? s.n : step};

		h2_session_feed(&t->server, part, t->now_ms);
		s = slice_from(s, part.n);
	}
	buf_reset(&t->sent, 0);
	h2_session_pull(&t->server, &out, 1 << 20);
	talk_hear_all(t, buf_slice(&out));
	buf_fini(&out);
}

static inline void talk(struct talk *t)
{
	talk_turn(t, SIZE_MAX);
}

static inline void texts_are(struct talk *t, const char *told, const char *came)
{
	buf_putc(&t->told, '\0');
	buf_putc(&t->came, '\0');
	assert_string_equal(buf_slice(&t->told).p, told);
	assert_string_equal(buf_slice(&t->came).p, came);
	buf_reset(&t->told, 0);
	buf_reset(&t->came, 0);
}

static inline void talk_begin(struct talk *t)
{
	talk_init_with(t, &talk_limits);
	talk_frame(t, T_SETTINGS, 0, 0, SLICE(""));
	talk_frame(t, T_SETTINGS, T_ACK, 0, SLICE(""));
	talk(t);
	texts_are(t, "", "");
}

#endif
