#include "router/admin/page.h"

#include "common/base/addr.h"
#include "common/base/clock.h"
#include "router/admin/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>

/* A server that has the page alone, and its client, on one base. */
static struct event_base *base;
static struct evhttp *http;
static ev_uint16_t port;
static int status; /* 0: not yet */
static char body[65536], type[64], policy[512];

static void on_request(struct evhttp_request *req, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	struct visit v = {.req = req,
			  .path = slice_of(evhttp_uri_get_path(uri))};

	(void)arg;
	if (slice_equal(v.path, SLICE("/")) && !page_is_wanted(&v))
		answer_text(req, 200, "no page");
	else
		page_serve(&v);
}

static int set_up(void **unused)
{
	struct addr any, bound;
	struct error err;
	int fd;

	(void)unused;
	base = event_base_new();
	http = evhttp_new(base);
	assert_int_equal(addr_parse("127.0.0.1:0", &any, &err), OK);
	fd = addr_listen(&any, 8, false, &err);
	assert_true(fd >= 0);
	assert_int_equal(addr_of_socket(fd, &bound), OK);
	port = (ev_uint16_t)addr_port(&bound);
	assert_int_equal(evhttp_accept_socket(http, fd), 0);
	evhttp_set_gencb(http, on_request, NULL);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	evhttp_free(http);
	event_base_free(base);
	return 0;
}

static void keep(const struct evkeyvalq *h, const char *name, char *out,
		 size_t n)
{
	const char *value = evhttp_find_header(h, name);

	snprintf(out, n, "%s", value == NULL ? "" : value);
}

static void on_answer(struct evhttp_request *req, void *unused)
{
	struct evbuffer *in;
	size_t n;

	(void)unused;
	status = -1;
	if (req == NULL)
		return;
	in = evhttp_request_get_input_buffer(req);
	n = evbuffer_get_length(in);
	assert_true(n < sizeof(body));
	evbuffer_copyout(in, body, n);
	body[n] = '\0';
	keep(evhttp_request_get_input_headers(req), "Content-Type", type,
	     sizeof(type));
	keep(evhttp_request_get_input_headers(req), "Content-Security-Policy",
	     policy, sizeof(policy));
	status = evhttp_request_get_response_code(req);
}

static int get(const char *path, const char *accept)
{
	struct evhttp_connection *conn = evhttp_connection_base_new(
		base, NULL, "127.0.0.1", port);
	struct evhttp_request *req = evhttp_request_new(on_answer, NULL);
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);
	uint64_t deadline = clock_ms() + 20000;

	evhttp_add_header(h, "Host", "admin");
	if (accept != NULL)
		evhttp_add_header(h, "Accept", accept);
	status = 0;
	assert_int_equal(evhttp_make_request(conn, req, EVHTTP_REQ_GET, path),
			 0);
	while (status == 0) {
		event_base_loop(base, EVLOOP_ONCE);
		assert_true(clock_ms() < deadline);
	}
	evhttp_connection_free(conn);
	return status;
}

static void a_browser_gets_the_page(void **unused)
{
	(void)unused;
	assert_int_equal(get("/", "text/html,application/xhtml+xml;q=0.9"),
			 200);
	assert_string_equal(type, "text/html; charset=utf-8");
	assert_non_null(strstr(body, "<title>warmpath</title>"));
	assert_int_equal(strncmp(body, "<!doctype html>", 15), 0);
	assert_string_equal(body + strlen(body) - 8, "</html>\n");
}

static void others_do_not(void **unused)
{
	(void)unused;
	assert_int_equal(get("/", "*/*"), 200);
	assert_string_equal(body, "no page");
	assert_int_equal(get("/", NULL), 200);
	assert_string_equal(body, "no page");
	assert_int_equal(get("/", "application/json"), 200);
	assert_string_equal(body, "no page");
}

static void its_files_are_whole_and_of_their_type(void **unused)
{
	(void)unused;
	assert_int_equal(get("/page.css", "text/css"), 200);
	assert_string_equal(type, "text/css; charset=utf-8");
	assert_int_equal(strncmp(body, ":root", 5), 0);
	assert_string_equal(body + strlen(body) - 2, "}\n");
	assert_int_equal(get("/page.js", "*/*"), 200);
	assert_string_equal(type, "text/javascript; charset=utf-8");
	assert_int_equal(strncmp(body, "\"use strict\";", 13), 0);
	assert_string_equal(body + strlen(body) - 8, "poll();\n");
}

static void the_browser_is_held_to_what_comes_from_here(void **unused)
{
	static const char *const path[] = {"/", "/page.css", "/page.js"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		assert_int_equal(get(path[i], "text/html"), 200);
		assert_non_null(strstr(policy, "default-src 'none'"));
		assert_non_null(strstr(policy, "frame-ancestors 'none'"));
		assert_null(strstr(policy, "unsafe"));
		assert_null(strstr(policy, "*"));
		assert_null(strstr(policy, "http"));
	}
}

static bool says(const char *text)
{
	return strstr(body, text) != NULL;
}

static void nothing_in_it_is_run_or_loaded_by_a_text(void **unused)
{
	(void)unused;
	assert_int_equal(get("/", "text/html"), 200);
	assert_false(says("http:") || says("https:") || says("style="));
	assert_false(says(" onclick") || says(" onload"));
	assert_int_equal(get("/page.js", "*/*"), 200);
	assert_false(says("innerHTML") || says("outerHTML") || says("eval("));
	assert_false(says("insertAdjacentHTML") || says("document.write"));
	assert_false(says("localStorage") || says("new Function"));
	assert_int_equal(get("/page.css", "*/*"), 200);
	assert_false(says("url(") || says("@import"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_browser_gets_the_page),
		TEST(others_do_not),
		TEST(its_files_are_whole_and_of_their_type),
		TEST(the_browser_is_held_to_what_comes_from_here),
		TEST(nothing_in_it_is_run_or_loaded_by_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
