/* A worker's HTTP side, on the test's own loop: what it tells of itself, and
 * ids by a tokenizer and a template that may be unlike ours. */
#ifndef TESTS_UNIT_PROBE_ENGINE_H
#define TESTS_UNIT_PROBE_ENGINE_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>

#include "common/base/addr.h"
#include "common/base/loop.h"
#include "common/json/string.h"
#include "common/template/chat_body.h"
#include "router/prompt/prompt_ids.h"

struct engine {
	struct evhttp *http;
	struct addr addr;
	struct tokenizer *tokenizer;
	struct chat_model *chat;
	const char *models, *version; /* answers; NULL: 404 */
	int tokenize_status;          /* 200 */
	bool renders, hangs, garbles;
	struct chat_model *render_chat; /* NULL: as `chat` */
	size_t asked, open, most_open, chats, renders_asked;
};

static inline struct slice engine_body(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	return (struct slice){n ? (char *)evbuffer_pullup(in, -1) : "", n};
}

static inline bool engine_ids(struct engine *e, struct slice body, bool render,
			      struct arena *arena, struct token_list *ids)
{
	struct chat_model *chat = render && e->render_chat ? e->render_chat
							   : e->chat;
	struct chat_request request = {0};
	struct json_value v;
	struct slice text;
	struct error err;
	bool special;

	if (json_find(body, "prompt", &v) == OK) {
		assert_int_equal(json_text(v.raw, arena, &text), OK);
		special = json_find(body, "add_special_tokens", &v) != OK ||
			  v.type == JSON_TYPE_TRUE;
		return prompt_ids_of_text(e->tokenizer, text, special, 9999,
					  ids, &err) == OK;
	}
	e->chats++;
	return chat_body_parse(body, &request, &err) == OK &&
	       prompt_ids_of_chat(e->tokenizer, chat, &request, false, 9999,
				  arena, ids, &err) == OK;
}

static inline void engine_answer(struct evhttp_request *req, int status,
				 const char *text)
{
	struct evbuffer *out = evbuffer_new();

	evbuffer_add(out, text, strlen(text));
	evhttp_send_reply(req, status, NULL, out);
	evbuffer_free(out);
}

static inline void engine_tokenize(struct engine *e, struct evhttp_request *req,
				   bool render)
{
	struct token_list ids;
	struct arena arena;
	struct buf out = {0};
	bool fine;

	arena_init(&arena);
	token_list_init(&ids);
	fine = engine_ids(e, engine_body(req), render, &arena, &ids);
	buf_puts(&out, render ? "{\"token_ids\":[" : "{\"tokens\":[");
	for (size_t i = 0; i < ids.n; i++)
		buf_printf(&out, i ? ",%u" : "%u", (unsigned)ids.id[i]);
	buf_puts(&out, e->garbles ? "}" : "]}");
	buf_putc(&out, '\0');
	engine_answer(req, fine ? e->tokenize_status : 400, buf_slice(&out).p);
	buf_fini(&out);
	token_list_fini(&ids);
	arena_fini(&arena);
}

static inline void engine_serve(struct evhttp_request *req, void *arg)
{
	struct engine *e = arg;
	const char *path = evhttp_request_get_uri(req);
	bool render = strcmp(path, "/v1/chat/completions/render") == 0;
	const char *text = NULL;

	e->asked++;
	if (e->hangs)
		return;
	if (strcmp(path, "/v1/models") == 0)
		text = e->models;
	if (strcmp(path, "/version") == 0)
		text = e->version;
	if (render)
		e->renders_asked++;
	if (strcmp(path, "/tokenize") == 0 || (render && e->renders))
		engine_tokenize(e, req, render);
	else
		engine_answer(req, text ? 200 : 404, text ? text : "{}");
}

/* Like a worker that serves the demo model as "demo". */
static inline void engine_start(struct engine *e, struct loop *l,
				const char *dir)
{
	struct addr any;
	struct error err;
	int fd;

	memset(e, 0, sizeof(*e));
	e->tokenizer = tokenizer_load(dir, &err);
	e->chat = chat_model_load(dir, NULL, &err);
	e->models = "{\"data\":[{\"id\":\"demo\",\"max_model_len\":4096}]}";
	e->version = "{\"version\":\"0.27.1\"}";
	e->tokenize_status = 200;
	assert_true(e->tokenizer && e->chat);
	assert_int_equal(addr_parse("127.0.0.1:0", &any, &err), OK);
	fd = addr_listen(&any, 16, false, &err);
	assert_true(fd >= 0);
	assert_int_equal(addr_of_socket(fd, &e->addr), OK);
	e->http = evhttp_new(loop_base(l));
	evhttp_set_gencb(e->http, engine_serve, e);
	assert_int_equal(evhttp_accept_socket(e->http, fd), 0);
}

static inline void engine_stop(struct engine *e)
{
	if (e->http)
		evhttp_free(e->http);
	e->http = NULL;
}

static inline void engine_fini(struct engine *e)
{
	engine_stop(e);
	tokenizer_unref(&e->tokenizer);
	chat_model_unref(&e->chat);
	chat_model_unref(&e->render_chat);
}

/* Another template than the demo's, in its place. */
static inline struct chat_model *engine_chat_with(const char *template,
						  struct chat_options o)
{
	char path[] = "/tmp/engine-test-XXXXXX";
	int fd = mkstemp(path);
	struct chat_model *m;
	struct error err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, template, strlen(template)),
			 (ssize_t)strlen(template));
	close(fd);
	o.template_file = path;
	m = chat_model_load_template(NULL, &o, &err);
	unlink(path);
	assert_non_null(m);
	return m;
}

static inline struct chat_model *engine_other_chat(const char *template)
{
	return engine_chat_with(template, (struct chat_options){0});
}

#endif
