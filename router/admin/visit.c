#include "router/admin/visit.h"

#include "common/base/mem.h"
#include "router/admin/answer.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>

char *visit_value(const struct visit *v, const char *key)
{
	struct evkeyvalq pairs;
	const char *found = NULL;
	char *copy = NULL;

	if (v->query == NULL || evhttp_parse_query_str(v->query, &pairs) != 0)
		return NULL;
	found = evhttp_find_header(&pairs, key);
	if (found != NULL)
		copy = mem_strdup(found);
	evhttp_clear_headers(&pairs);
	return copy;
}

bool visit_says(const struct visit *v, const char *key, const char *value)
{
	char *found = visit_value(v, key);
	bool same = found != NULL && strcmp(found, value) == 0;

	mem_free(found);
	return same;
}

bool visit_wants_text(const struct visit *v)
{
	return visit_says(v, "format", "text");
}

const char *visit_header(const struct visit *v, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(v->req),
				  name);
}

void visit_send(struct visit *v, int status, const char *type, struct buf *b)
{
	answer(v->req, status, type, buf_slice(b));
	buf_fini(b);
}

void visit_send_table(struct visit *v, bool text, struct buf *b)
{
	visit_send(v, 200, text ? ANSWER_TEXT : "application/json", b);
}
