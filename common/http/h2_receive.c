#include "common/http/h2_receive.h"

#include "common/base/assert.h"
#include "common/http/h2_stream.h"

static struct h2_stream *stream_of(nghttp2_session *ng, int32_t id)
{
	return nghttp2_session_get_stream_user_data(ng, id);
}

/* Malformed requests are a stream's error besides (RFC 9113 8.1.1). */
static void refuse(struct h2_stream *s, const struct http_fault *f)
{
	if (s->deaf)
		return;
	s->deaf = true;
	if (f->status == 400)
		s->failure = NGHTTP2_PROTOCOL_ERROR;
	s->session->events->refused(s->session->arg, s, f);
}

static void refuse_as(struct h2_stream *s, unsigned status, const char *why)
{
	const struct http_fault f = {status, why};

	refuse(s, &f);
}

static void on_head(void *arg, const struct http_head *h)
{
	struct h2_stream *s = arg;

	s->told = true;
	s->length = h->content_length;
}

/* The body is no business of the parser's. */
static void on_body(void *arg, struct slice bytes)
{
	(void)arg;
	(void)bytes;
}

static void on_end(void *arg)
{
	(void)arg;
}

static const struct http_events head_events = {
	.head = on_head,
	.body = on_body,
	.end = on_end,
};

static void open_stream(struct h2_session *session, int32_t id)
{
	/* The client's wishes are not: streams take turns. */
	const nghttp2_extpri turns = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY,
				      .inc = 1};
	struct h2_stream *s = session->events->open(session->arg);

	s->session = session;
	s->id = id;
	s->length = -1;
	http_parser_init(&s->head, HTTP_SERVER, &session->limits->http,
			 &head_events, s);
	http_parser_share(&s->head, session->rooms);
	list_push_back(&session->streams, &s->link);
	session->n_streams++;
	nghttp2_session_set_stream_user_data(session->ng, id, s);
	nghttp2_session_change_extpri_stream_priority(session->ng, id, &turns,
						      1);
	h2_head_begin(&session->head, &session->limits->http);
}

static int on_begin_headers(nghttp2_session *ng, const nghttp2_frame *frame,
			    void *arg)
{
	struct h2_session *session = arg;

	if (frame->hd.type != NGHTTP2_HEADERS ||
	    frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	/* Our GOAWAY says that it was not looked at: it may be asked again. */
	if (session->leaving) {
		(void)nghttp2_submit_rst_stream(ng, NGHTTP2_FLAG_NONE,
						frame->hd.stream_id,
						NGHTTP2_REFUSED_STREAM);
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	open_stream(session, frame->hd.stream_id);
	return 0;
}

static int on_header(nghttp2_session *ng, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_n, const uint8_t *value,
		     size_t value_n, uint8_t flags, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *s = stream_of(ng, frame->hd.stream_id);
	struct slice n = {(const char *)name, name_n};
	struct slice v = {(const char *)value, value_n};

	(void)flags;
	if (s == NULL || s->deaf)
		return 0;
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		h2_head_add(&session->head, n, v);
	else if (!h2_trailer_ok(n, v))
		refuse_as(s, 400, "a trailer is malformed");
	return 0;
}

/* A length that END_STREAM has belied already. */
static bool is_too_short(const struct h2_stream *s)
{
	return s->length >= 0 && s->body_bytes < (uint64_t)s->length;
}

static void tell_end(struct h2_stream *s)
{
	s->whole = true;
	if (s->deaf)
		return;
	if (is_too_short(s)) {
		refuse_as(s, 400, "the body is shorter than content-length");
		return;
	}
	s->deaf = true;
	s->session->events->end(s->session->arg, s);
}

static void take_head(struct h2_session *session, struct h2_stream *s,
		      bool ends)
{
	struct slice text;
	size_t used;

	if (h2_head_end(&session->head, !ends, &text) != OK) {
		refuse(s, &session->head.fault);
		return;
	}
	if (http_parser_feed(&s->head, text, &used) != OK) {
		refuse_as(s, http_parser_error_status(&s->head),
			  http_parser_why(&s->head));
		return;
	}
	ASSERT(s->told && used == text.n);
	session->events->head(session->arg, s, &s->head.room->head);
}

static void on_headers(struct h2_session *session, struct h2_stream *s,
		       const nghttp2_frame *frame)
{
	bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		take_head(session, s, ends);
	else if (!ends)
		refuse_as(s, 400, "trailers that do not end the stream");
	if (ends)
		tell_end(s);
}

static void on_ping_answer(struct h2_session *session)
{
	if (session->warned)
		h2_session_leave(session, session->reason);
}

static int on_frame(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *s = stream_of(ng, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		session->events->noted(session->arg, H2_RESET_BY_CLIENT, NULL);
	if (frame->hd.type == NGHTTP2_PING &&
	    (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
		on_ping_answer(session);
	if (s == NULL)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		on_headers(session, s, frame);
	else if (frame->hd.type == NGHTTP2_DATA &&
		 (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		tell_end(s);
	return 0;
}

static int on_data(nghttp2_session *ng, uint8_t flags, int32_t id,
		   const uint8_t *bytes, size_t n, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *s = stream_of(ng, id);
	uint64_t most = session->limits->http.max_body_bytes;

	(void)flags;
	if (s == NULL || s->deaf || n == 0)
		return 0;
	s->body_bytes += n;
	if (s->length >= 0 && s->body_bytes > (uint64_t)s->length)
		refuse_as(s, 400, "the body is longer than content-length");
	else if (most > 0 && s->body_bytes > most)
		refuse_as(s, 413, "the body is too large");
	else
		session->events->body(session->arg, s,
				      (struct slice){(const char *)bytes, n});
	return 0;
}

static int on_close(nghttp2_session *ng, int32_t id, uint32_t code, void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *s = stream_of(ng, id);
	bool answered = s == NULL || s->answered;

	(void)code;
	if (s != NULL)
		h2_stream_close(s);
	if (!answered)
		h2_session_abuse(session, h2_guard_reset(&session->guard,
							 session->now_ms));
	return 0;
}

void h2_receive_callbacks(nghttp2_session_callbacks *c)
{
	nghttp2_session_callbacks_set_on_begin_headers_callback(
		c, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(c, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
}
