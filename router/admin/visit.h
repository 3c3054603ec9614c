/* A question to the admin port, while it is being answered. Main thread. */
#ifndef ROUTER_ADMIN_VISIT_H
#define ROUTER_ADMIN_VISIT_H

#include "common/base/buf.h"

struct admin;
struct evhttp_request;

struct visit {
	struct admin *admin;
	struct evhttp_request *req;
	struct slice path;
	const char *query; /* or NULL */
};

/* Of the query, copied to the heap; NULL if it is not there. */
char *visit_value(const struct visit *v, const char *key);
/* It is there, and has this value. */
bool visit_says(const struct visit *v, const char *key, const char *value);
/* ?format=text */
bool visit_wants_text(const struct visit *v);
/* A header's value; NULL if it is not there. */
const char *visit_header(const struct visit *v, const char *name);

/* Each ends the visit, and the buffer. */
void visit_send(struct visit *v, int status, const char *type, struct buf *b);
/* As text, if it is wanted so, or as JSON. */
void visit_send_table(struct visit *v, bool text, struct buf *b);

#endif
