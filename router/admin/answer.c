#include "router/admin/answer.h"

#include "common/base/assert.h"

#include <event2/buffer.h>
#include <event2/http.h>

void answer(struct evhttp_request *req, int status, const char *type,
	    struct slice body)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	struct evbuffer *out = evbuffer_new();

	ASSERT(out != NULL);
	if (body.n > 0)
		evbuffer_add(out, body.p, body.n);
	evhttp_add_header(h, "Content-Type", type);
	evhttp_add_header(h, "Cache-Control", "no-store");
	evhttp_add_header(h, "X-Content-Type-Options", "nosniff");
	evhttp_send_reply(req, status, NULL, out);
	evbuffer_free(out);
}

void answer_text(struct evhttp_request *req, int status, const char *text)
{
	answer(req, status, ANSWER_TEXT, slice_of(text));
}
