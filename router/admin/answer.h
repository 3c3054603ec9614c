/* Answers of the admin's HTTP server. Main thread. */
#ifndef ROUTER_ADMIN_ANSWER_H
#define ROUTER_ADMIN_ANSWER_H

#include "common/base/buf.h"

struct evhttp_request;

#define ANSWER_TEXT "text/plain; charset=utf-8"

/* Each ends the request. */
void answer(struct evhttp_request *req, int status, const char *type,
	    struct slice body);
void answer_text(struct evhttp_request *req, int status, const char *text);

#endif
