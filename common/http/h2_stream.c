#include "common/http/h2_stream.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/http/writer.h"

#define KEEP_BYTES 2048

void h2_stream_close(struct h2_stream *s)
{
	struct h2_session *session = s->session;

	list_remove(&s->link);
	/* One that rests needs no room for a head. */
	if (--session->n_streams == 0)
		h2_head_fini(&session->head);
	nghttp2_session_set_stream_user_data(session->ng, s->id, NULL);
	session->events->closed(session->arg, s);
}

void h2_stream_fini(struct h2_stream *s)
{
	http_parser_fini(&s->head);
	buf_fini(&s->out);
}

/* --- heads ----------------------------------------------------------- */

/* Which is another each time would only push out of the table what is not. */
static uint8_t flags_of(struct slice name)
{
	return http_name_of(name) == HTTP_NAME_X_REQUEST_ID
		       ? NGHTTP2_NV_FLAG_NO_INDEX
		       : NGHTTP2_NV_FLAG_NONE;
}

static nghttp2_nv field(struct slice name, struct slice value)
{
	return (nghttp2_nv){
		.flags = flags_of(name),
		.name = (uint8_t *)name.p,
		.namelen = name.n,
		.value = (uint8_t *)(value.n > 0 ? value.p : ""),
		.valuelen = value.n,
	};
}

static bool is_of_connection(struct slice name)
{
	return http_name_of(name) >= HTTP_NAME_CONNECTION;
}

static size_t count_lines(struct slice lines)
{
	size_t n = 0;

	for (size_t i = 0; i < lines.n; i++)
		n += lines.p[i] == '\n';
	return n;
}

/* The lines are our own writer's; `nv` has room for all of them. */
static size_t read_lines(struct slice lines, nghttp2_nv *nv)
{
	size_t n = 0;

	while (lines.n > 0) {
		struct slice value = slice_split(&lines, '\n');
		struct slice name;

		if (slice_ends(value, SLICE("\r")))
			value.n--;
		name = slice_split(&value, ':');
		if (name.n > 0 && !is_of_connection(name))
			nv[n++] = field(name, slice_trim(value));
	}
	return n;
}

static ssize_t read_out(nghttp2_session *ng, int32_t id, uint8_t *to,
			size_t most, uint32_t *flags,
			nghttp2_data_source *source, void *arg)
{
	struct h2_stream *s = source->ptr;
	size_t n = buf_len(&s->out);

	(void)ng;
	(void)id;
	(void)to;
	(void)arg;
	if (n == 0 && s->cut)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (n == 0 && !s->last) {
		s->waiting = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (n > most)
		return (ssize_t)most;
	if (s->last && !s->cut)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

void h2_stream_answer(struct h2_stream *s, unsigned status, struct slice lines,
		      bool ends)
{
	nghttp2_data_provider body = {.source.ptr = s,
				      .read_callback = read_out};
	nghttp2_nv *nv = mem_array(count_lines(lines) + 1, sizeof(*nv));
	char digits[HTTP_NUMBER_BYTES];
	size_t n = 1;

	nv[0] = field(SLICE(":status"), http_digits(status, digits));
	n += read_lines(lines, nv + n);
	s->last = ends;
	/* Fails only for a stream that has been reset already. */
	(void)nghttp2_submit_response(s->session->ng, s->id, nv, n,
				      ends ? NULL : &body);
	mem_free(nv);
}

void h2_stream_go_on(struct h2_stream *s)
{
	const nghttp2_nv nv = field(SLICE(":status"), SLICE("100"));

	(void)nghttp2_submit_headers(s->session->ng, NGHTTP2_FLAG_NONE, s->id,
				     NULL, &nv, 1, NULL);
}

/* --- bodies ---------------------------------------------------------- */

static void resume(struct h2_stream *s)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	(void)nghttp2_session_resume_data(s->session->ng, s->id);
}

void h2_stream_send(struct h2_stream *s, const struct slice *piece, size_t n)
{
	ASSERT(!s->last);
	for (size_t i = 0; i < n; i++)
		buf_append(&s->out, piece[i]);
	if (buf_len(&s->out) > 0)
		resume(s);
}

void h2_stream_end(struct h2_stream *s)
{
	s->last = true;
	resume(s);
}

void h2_stream_cut(struct h2_stream *s)
{
	s->last = s->cut = s->answered = true;
	resume(s);
}

void h2_stream_reset(struct h2_stream *s)
{
	s->answered = s->deaf = true;
	(void)nghttp2_submit_rst_stream(s->session->ng, NGHTTP2_FLAG_NONE,
					s->id, NGHTTP2_CANCEL);
}

/* The frame's head and its bytes, straight to where they are sent from. */
static int send_data(nghttp2_session *ng, nghttp2_frame *frame,
		     const uint8_t *head, size_t n, nghttp2_data_source *source,
		     void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *s = source->ptr;
	struct slice bytes = {buf_slice(&s->out).p, n};

	(void)ng;
	(void)frame;
	if (buf_len(session->sink) >= session->sink_bytes)
		return NGHTTP2_ERR_WOULDBLOCK;
	buf_append(session->sink,
		   (struct slice){(const char *)head, H2_FRAME_HEAD_BYTES});
	buf_append(session->sink, bytes);
	h2_guard_sent(&session->guard, n);
	if (n == 0)
		return 0;
	buf_consume(&s->out, n);
	if (buf_len(&s->out) == 0)
		buf_reset(&s->out, KEEP_BYTES);
	session->events->sent(session->arg, s);
	return 0;
}

void h2_stream_stop(struct h2_stream *s)
{
	(void)nghttp2_submit_rst_stream(s->session->ng, NGHTTP2_FLAG_NONE,
					s->id, s->failure);
}

/* A request that was malformed is told so; one that was answered before all
 * of it had come is not waited for. */
static void on_answered(struct h2_session *session, struct h2_stream *s)
{
	s->answered = true;
	s->deaf = true;
	if (s->failure != 0)
		h2_stream_stop(s);
	else if (!s->whole)
		session->events->early(session->arg, s);
}

static const char *reason_of(const struct h2_session *session, uint32_t code)
{
	if (session->reason != NULL)
		return session->reason;
	return nghttp2_http2_strerror(code);
}

/* One that names no last stream is a warning only. A PING would overtake it
 * in the library's queue. */
static void on_goaway_sent(struct h2_session *session,
			   const nghttp2_frame *frame)
{
	if (frame->goaway.last_stream_id == INT32_MAX)
		(void)nghttp2_submit_ping(session->ng, NGHTTP2_FLAG_NONE, NULL);
	else
		session->events->noted(
			session->arg, H2_GOAWAY,
			reason_of(session, frame->goaway.error_code));
}

static int on_frame_sent(nghttp2_session *ng, const nghttp2_frame *frame,
			 void *arg)
{
	struct h2_session *session = arg;
	struct h2_stream *s = nghttp2_session_get_stream_user_data(
		ng, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		session->events->noted(session->arg, H2_RESET_BY_US, NULL);
	if (frame->hd.type == NGHTTP2_GOAWAY)
		on_goaway_sent(session, frame);
	if (s != NULL &&
	    (frame->hd.type == NGHTTP2_HEADERS ||
	     frame->hd.type == NGHTTP2_DATA) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		on_answered(session, s);
	return 0;
}

void h2_stream_callbacks(nghttp2_session_callbacks *c)
{
	nghttp2_session_callbacks_set_send_data_callback(c, send_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_sent);
}
