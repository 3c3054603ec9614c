#include "common/http/h2_head.h"

#include "tests/unit/http/feed.h"

/* Fields as "name value" each; the value may be empty. */
struct given {
	const char *field[20];
	bool body;
};

static void add_all(struct h2_head *h, const struct given *g)
{
	for (size_t i = 0; g->field[i] != NULL; i++) {
		struct slice value = slice_of(g->field[i]);
		struct slice name = slice_split(&value, ' ');

		h2_head_add(h, name, value);
	}
}

/* What the parser makes of it. */
static void becomes(const struct given *g, const char *wanted)
{
	struct h2_head h = {0};
	struct http_parser p;
	struct slice text;
	struct trace t;
	size_t n;

	trace_init(&t);
	h2_head_begin(&h, &limits);
	add_all(&h, g);
	assert_int_equal(h2_head_end(&h, g->body, &text), OK);
	http_parser_init(&p, HTTP_SERVER, &limits, &events, &t);
	assert_int_equal(http_parser_feed(&p, text, &n), OK);
	assert_int_equal(n, text.n);
	assert_true(slice_equal(buf_slice(&t.text), slice_of(wanted)));
	http_parser_fini(&p);
	trace_fini(&t);
	h2_head_fini(&h);
}

static void is_refused(const struct given *g, unsigned status, const char *why)
{
	struct h2_head h = {0};
	struct slice text = {NULL, 0};

	h2_head_begin(&h, &limits);
	add_all(&h, g);
	assert_int_not_equal(h2_head_end(&h, g->body, &text), OK);
	assert_int_equal(h.fault.status, status);
	assert_string_equal(h.fault.why, why);
	assert_null(text.p);
	h2_head_fini(&h);
}

/* What the fields say is taken, and the parser refuses it. */
static void parser_refuses(const struct given *g, unsigned status,
			   const char *why)
{
	struct h2_head h = {0};
	struct http_parser p;
	struct slice text;
	struct trace t;
	size_t n;

	trace_init(&t);
	h2_head_begin(&h, &limits);
	add_all(&h, g);
	assert_int_equal(h2_head_end(&h, g->body, &text), OK);
	http_parser_init(&p, HTTP_SERVER, &limits, &events, &t);
	assert_int_not_equal(http_parser_feed(&p, text, &n), OK);
	assert_int_equal(http_parser_error_status(&p), status);
	assert_string_equal(http_parser_why(&p), why);
	http_parser_fini(&p);
	trace_fini(&t);
	h2_head_fini(&h);
}

#define GET  ":method GET", ":scheme https", ":path /v1/models"
#define POST ":method POST", ":scheme http", ":path /v1/x?y=1"

static void fields_become_the_head_that_http_1_has(void **unused)
{
	(void)unused;
	becomes(&(struct given){{GET, ":authority a:1", "accept */*"}},
		"GET|/v1/models||a:1|0||1.1 f0 l-1 k1 e0 [host=a:1] "
		"[accept=*/*]\nend\n");
	becomes(&(struct given){{":path /", ":authority b", ":scheme http",
				 ":method GET"}},
		"GET|/||b|0||1.1 f0 l-1 k1 e0 [host=b]\nend\n");
}

static void a_body_has_a_length_or_none_is_stated(void **unused)
{
	(void)unused;
	becomes(&(struct given){{POST, ":authority a", "content-length 5"},
				true},
		"POST|/v1/x|y=1|a|0||1.1 f1 l5 k1 e0 [host=a] "
		"[content-length=5]\n");
	becomes(&(struct given){{POST, ":authority a"}, true},
		"POST|/v1/x|y=1|a|0||1.1 f2 l-1 k1 e0 [host=a] "
		"[transfer-encoding=chunked]\n");
	becomes(&(struct given){{POST, ":authority a", "expect 100-continue"},
				true},
		"POST|/v1/x|y=1|a|0||1.1 f2 l-1 k1 e1 [host=a] "
		"[expect=100-continue] [transfer-encoding=chunked]\n");
}

static void host_stands_in_for_authority(void **unused)
{
	(void)unused;
	becomes(&(struct given){{GET, "host c.d"}},
		"GET|/v1/models||c.d|0||1.1 f0 l-1 k1 e0 [host=c.d]\nend\n");
	becomes(&(struct given){{GET, ":authority c.d", "host C.D"}},
		"GET|/v1/models||c.d|0||1.1 f0 l-1 k1 e0 [host=c.d]\nend\n");
}

static void crumbs_of_a_cookie_are_joined(void **unused)
{
	(void)unused;
	becomes(&(struct given){{GET, ":authority a", "cookie x=1", "accept b",
				 "cookie y=2", "cookie z=3"}},
		"GET|/v1/models||a|0||1.1 f0 l-1 k1 e0 [host=a] [accept=b] "
		"[cookie=x=1; y=2; z=3]\nend\n");
}

static void te_may_say_trailers(void **unused)
{
	(void)unused;
	becomes(&(struct given){{GET, ":authority a", "te trailers"}},
		"GET|/v1/models||a|0||1.1 f0 l-1 k1 e0 [host=a] "
		"[te=trailers]\nend\n");
	is_refused(&(struct given){{GET, ":authority a", "te gzip"}}, 400,
		   "TE says more than \"trailers\"");
	is_refused(&(struct given){{GET, ":authority a", "te trailers, gzip"}},
		   400, "TE says more than \"trailers\"");
}

static void pseudo_headers_are_as_they_must_be(void **unused)
{
	(void)unused;
	is_refused(&(struct given){{GET, "accept b", ":authority a"}}, 400,
		   "a pseudo-header behind a header");
	is_refused(&(struct given){{GET, ":authority a", ":path /"}}, 400,
		   "a pseudo-header is repeated");
	is_refused(&(struct given){{GET, ":status 200"}}, 400,
		   "a pseudo-header that is not known");
	is_refused(&(struct given){{GET, ":protocol websocket"}}, 400,
		   "a pseudo-header that is not known");
	is_refused(&(struct given){{GET, ":Method GET"}}, 400,
		   "a pseudo-header that is not known");
	is_refused(&(struct given){{":method GET", ":scheme http"}}, 400,
		   "a pseudo-header is missing");
	is_refused(&(struct given){{":method GET", ":path /"}}, 400,
		   "a pseudo-header is missing");
	is_refused(&(struct given){{":scheme http", ":path /"}}, 400,
		   "a pseudo-header is missing");
	is_refused(&(struct given){{NULL}}, 400, "a pseudo-header is missing");
	is_refused(&(struct given){{"accept b"}}, 400,
		   "a pseudo-header is missing");
	is_refused(&(struct given){{":method GET", ":path /", ":scheme ftp"}},
		   400, ":scheme is not http or https");
	is_refused(&(struct given){{":method GET", ":scheme http", ":path "}},
		   400, ":path is no path");
	is_refused(&(struct given){{":method GET", ":scheme http",
				    ":path http://a/"}},
		   400, ":path is no path");
}

static void what_could_end_a_line_is_refused(void **unused)
{
	(void)unused;
	is_refused(&(struct given){{":method GET", ":scheme http",
				    ":path /\r\nx: y"}},
		   400, "a pseudo-header's value is malformed");
	is_refused(&(struct given){{":method GET /\r\nx: y", ":scheme http",
				    ":path /"}},
		   400, "a pseudo-header's value is malformed");
	is_refused(
		&(struct given){{":method GET", ":scheme http", ":path /a b"}},
		400, "the method or the path is malformed");
	is_refused(&(struct given){{":method G T", ":scheme http", ":path /"}},
		   400, "the method or the path is malformed");
	is_refused(&(struct given){{GET, ":authority a\r\nx: y"}}, 400,
		   "a pseudo-header's value is malformed");
	is_refused(&(struct given){{GET, "a b\nc: d"}}, 400,
		   "a header's value is malformed");
	is_refused(&(struct given){{GET, "a b\rc"}}, 400,
		   "a header's value is malformed");
	is_refused(&(struct given){{GET, "a\n b"}}, 400,
		   "a header's name is malformed");
	is_refused(&(struct given){{GET, "a:b c"}}, 400,
		   "a header's name is malformed");
	is_refused(&(struct given){{GET, "a  b"}}, 400,
		   "a header's value is malformed");
	is_refused(&(struct given){{GET, "a b\t"}}, 400,
		   "a header's value is malformed");
}

static void a_null_byte_is_refused(void **unused)
{
	const struct given g = {{GET}};
	struct h2_head h = {0};

	(void)unused;
	h2_head_begin(&h, &limits);
	add_all(&h, &g);
	assert_int_equal(h2_head_add(&h, SLICE("a"), SLICE("b\0c")),
			 ERR_INVALID);
	assert_string_equal(h.fault.why, "a header's value is malformed");
	h2_head_begin(&h, &limits);
	assert_int_equal(h2_head_add(&h, SLICE(""), SLICE("b")), ERR_INVALID);
	h2_head_fini(&h);
}

static void names_have_no_upper_case(void **unused)
{
	(void)unused;
	is_refused(&(struct given){{GET, "Accept b"}}, 400,
		   "a header's name is malformed");
}

static void headers_of_a_connection_are_refused(void **unused)
{
	static const char *const header[] = {
		"connection close",   "keep-alive 5",
		"proxy-connection x", "transfer-encoding chunked",
		"upgrade h2c",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(header); i++)
		is_refused(
			&(struct given){{GET, ":authority a", header[i]}, true},
			400, "a header that is of HTTP/1 connections");
}

static void host_must_be_what_authority_says(void **unused)
{
	(void)unused;
	is_refused(&(struct given){{GET, ":authority a", "host b"}}, 400,
		   "Host is not what :authority says");
	is_refused(&(struct given){{GET, "host a", "host a"}}, 400,
		   "Host is repeated");
	is_refused(&(struct given){{GET, ":authority a", "host a", "host a"}},
		   400, "Host is repeated");
	parser_refuses(&(struct given){{GET}}, 400, "Host is missing");
	parser_refuses(&(struct given){{GET, ":authority u@a"}}, 400,
		       "Host is malformed");
	parser_refuses(&(struct given){{GET, ":authority "}}, 400,
		       "Host is malformed");
}

static void the_parser_judges_what_is_left(void **unused)
{
	(void)unused;
	parser_refuses(&(struct given){{GET, ":authority a", "content-length 1",
					"content-length 1"},
				       true},
		       400,
		       "Content-Length is malformed, repeated or beside "
		       "Transfer-Encoding");
	parser_refuses(
		&(struct given){{GET, ":authority a", "content-length +1"},
				true},
		400,
		"Content-Length is malformed, repeated or beside "
		"Transfer-Encoding");
	parser_refuses(
		&(struct given){{GET, ":authority a", "expect tea"}, true}, 417,
		"no expectation but 100-continue is met");
	parser_refuses(
		&(struct given){{GET, ":authority a", "content-length 5000"},
				true},
		413, "the body is too large");
	parser_refuses(&(struct given){{":method GET", ":scheme http",
					":path /a#b", ":authority a"}},
		       400, "a fragment in the target");
	parser_refuses(&(struct given){{":method GET", ":scheme http",
					":path *", ":authority a"}},
		       400, "a target of \"*\" is for OPTIONS");
}

static void connect_is_not_served(void **unused)
{
	(void)unused;
	is_refused(&(struct given){{":method CONNECT", ":authority a:443"}},
		   501, "CONNECT and TRACE are not served");
}

static void a_head_has_its_limits(void **unused)
{
	struct h2_head h = {0};
	char big[1025];
	struct slice text;

	(void)unused;
	memset(big, 'x', sizeof(big));
	big[0] = '/';
	h2_head_begin(&h, &limits);
	assert_int_equal(
		h2_head_add(&h, SLICE(":path"), (struct slice){big, 257}),
		ERR_LIMIT);
	assert_int_equal(h.fault.status, 414);
	h2_head_begin(&h, &limits);
	assert_int_equal(h2_head_add(&h, SLICE("x"), (struct slice){big, 1024}),
			 ERR_LIMIT);
	assert_int_equal(h.fault.status, 431);
	h2_head_begin(&h, &limits);
	add_all(&h, &(struct given){{GET, ":authority a"}});
	for (int i = 0; i < 12; i++)
		assert_int_equal(h2_head_add(&h, SLICE("x"), SLICE("")), OK);
	assert_int_equal(h2_head_add(&h, SLICE("x"), SLICE("")), ERR_LIMIT);
	assert_int_equal(h.fault.status, 431);
	/* Nothing is kept of what comes then. */
	assert_int_equal(h2_head_add(&h, SLICE("y"), SLICE("")), ERR_INVALID);
	assert_int_equal(h2_head_end(&h, false, &text), ERR_INVALID);
	assert_string_equal(h.fault.why, "there are too many headers");
	h2_head_fini(&h);
}

static void one_header_has_its_limit(void **unused)
{
	const struct http_limits small = {
		.max_head_bytes = 1024,
		.max_headers = 12,
		.max_header_bytes = 16,
	};
	struct h2_head h = {0};

	(void)unused;
	h2_head_begin(&h, &small);
	assert_int_equal(h2_head_add(&h, SLICE(":path"), SLICE("/2345678901")),
			 OK);
	assert_int_equal(h2_head_add(&h, SLICE(":method"), SLICE("1234567890")),
			 ERR_LIMIT);
	assert_string_equal(h.fault.why, "a header is too long");
	h2_head_fini(&h);
}

static void trailers_are_headers_of_no_connection(void **unused)
{
	(void)unused;
	assert_true(h2_trailer_ok(SLICE("x-sum"), SLICE("1")));
	assert_false(h2_trailer_ok(SLICE(":path"), SLICE("/")));
	assert_false(h2_trailer_ok(SLICE("X-Sum"), SLICE("1")));
	assert_false(h2_trailer_ok(SLICE("x"), SLICE("a\r\nb")));
	assert_false(h2_trailer_ok(SLICE("x"), SLICE(" a")));
	assert_false(h2_trailer_ok(SLICE("connection"), SLICE("close")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_become_the_head_that_http_1_has),
		cmocka_unit_test(a_body_has_a_length_or_none_is_stated),
		cmocka_unit_test(host_stands_in_for_authority),
		cmocka_unit_test(crumbs_of_a_cookie_are_joined),
		cmocka_unit_test(te_may_say_trailers),
		cmocka_unit_test(pseudo_headers_are_as_they_must_be),
		cmocka_unit_test(what_could_end_a_line_is_refused),
		cmocka_unit_test(a_null_byte_is_refused),
		cmocka_unit_test(names_have_no_upper_case),
		cmocka_unit_test(headers_of_a_connection_are_refused),
		cmocka_unit_test(host_must_be_what_authority_says),
		cmocka_unit_test(the_parser_judges_what_is_left),
		cmocka_unit_test(connect_is_not_served),
		cmocka_unit_test(a_head_has_its_limits),
		cmocka_unit_test(one_header_has_its_limit),
		cmocka_unit_test(trailers_are_headers_of_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
