#include "router/discover/kube_get.h"

#include "common/base/assert.h"
#include "common/http/writer.h"

static enum status write_token(struct buf *b, struct slice token)
{
	struct buf bearer = {0};
	enum status st;

	buf_puts(&bearer, "Bearer ");
	buf_append(&bearer, token);
	st = http_write_header(b, SLICE("Authorization"), buf_slice(&bearer));
	buf_fini(&bearer);
	return st;
}

static enum status write_request(struct buf *b,
				 const struct kube_server *server,
				 struct slice target)
{
	/* Made here, of names that were escaped. */
	enum status st = http_write_request(b, SLICE("GET"), target);

	ASSERT(st == OK);
	http_write_line(b, SLICE("Host"), slice_of(server->host));
	http_write_line(b, SLICE("User-Agent"), SLICE("warmpath"));
	http_write_line(b, SLICE("Accept"), SLICE("application/json"));
	http_write_line(b, SLICE("Connection"), SLICE("close"));
	if (server->token.n > 0)
		st = write_token(b, server->token);
	http_write_end(b);
	return st;
}

void kube_get_start(struct oneshot *c, const struct kube_server *server,
		    struct slice target, const struct oneshot_times *times)
{
	struct buf request = {0};

	if (write_request(&request, server, target) == OK)
		oneshot_start(c, &server->at, buf_slice(&request), times);
	else
		oneshot_fail(c, "the token has bytes that no header may have");
	buf_fini(&request);
}
