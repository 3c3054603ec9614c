#include "router/api/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/http/uri.h"

static unsigned find(enum http_method method, const char *path,
		     const struct endpoint **out)
{
	return endpoint_find(method, slice_of(path), out);
}

static void served_paths_are_found(void **state)
{
	(void)state;
	static const struct {
		enum http_method method;
		const char *path;
		enum api_kind kind;
	} cases[] = {
		{HTTP_METHOD_POST, "/v1/chat/completions", API_CHAT},
		{HTTP_METHOD_POST, "/v1/completions", API_COMPLETION},
		{HTTP_METHOD_POST, "/v1/embeddings", API_PASS},
		{HTTP_METHOD_POST, "/v1/responses", API_RESPONSES},
		{HTTP_METHOD_POST, "/v1/messages", API_MESSAGES},
		{HTTP_METHOD_POST, "/v1/messages/count_tokens", API_PASS},
		{HTTP_METHOD_POST, "/v2/rerank", API_PASS},
		{HTTP_METHOD_GET, "/v1/models", API_MODELS},
		{HTTP_METHOD_HEAD, "/v1/models", API_MODELS},
		{HTTP_METHOD_GET, "/v1/models/a/b", API_MODEL},
		{HTTP_METHOD_GET, "/health", API_HEALTH},
		{HTTP_METHOD_GET, "/version", API_VERSION},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct endpoint *e = NULL;
		assert_int_equal(find(cases[i].method, cases[i].path, &e), 200);
		assert_int_equal(e->kind, cases[i].kind);
	}
}

static void what_is_no_row_is_not_found(void **state)
{
	(void)state;
	const char *no[] = {
		"/",
		"",
		"*",
		"/v1",
		"/v1/chat",
		"/v1/chat/completions/x",
		"/v1/chat/completionsx",
		"/V1/models",
		"/v1/modelsx",
		"/metrics",
		"/v1/responses/abc",
		"/sleepy",
		"/docs",
		"/openapi.json",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		const struct endpoint *e = NULL;
		assert_int_equal(find(HTTP_METHOD_POST, no[i], &e), 404);
		assert_int_equal(find(HTTP_METHOD_GET, no[i], &e), 404);
		assert_null(e);
	}
}

/* What vLLM's bodies have a cache_salt for. */
static void it_is_known_where_a_salt_is_taken(void **state)
{
	(void)state;
	const struct {
		const char *path;
		enum api_cache cache;
	} is[] = {
		{"/v1/chat/completions", API_SALTED},
		{"/v1/completions", API_SALTED},
		{"/v1/responses", API_SALTED},
		{"/v1/embeddings", API_SALTED},
		{"/inference/v1/generate", API_SALTED},
		{"/v1/messages", API_UNSALTED},
		{"/v1/chat/completions/batch", API_UNSALTED},
		{"/cohere/v2/chat", API_UNSALTED},
		{"/v1/messages/count_tokens", API_UNCACHED},
		{"/tokenize", API_UNCACHED},
	};
	for (size_t i = 0; i < ARRAY_LEN(is); i++) {
		const struct endpoint *e = NULL;
		assert_int_equal(find(HTTP_METHOD_POST, is[i].path, &e), 200);
		assert_int_equal(e->cache, is[i].cache);
	}
	for (size_t i = 0; endpoint_at(i) != NULL; i++)
		if (endpoint_at(i)->kind > API_PASS)
			assert_int_equal(endpoint_at(i)->cache, API_UNCACHED);
}

static void controls_are_refused_by_every_method(void **state)
{
	(void)state;
	const char *no[] = {
		"/sleep",
		"/wake_up",
		"/is_sleeping",
		"/pause",
		"/resume",
		"/reset_prefix_cache",
		"/collective_rpc",
		"/server_info",
		"/scale_elastic_ep",
		"/abort_requests",
		"/update_weights",
		"/invocations",
		"/start_profile",
		"/v1/load_lora_adapter",
		"/v1/unload_lora_adapter",
		"/fault_tolerance/x/y",
		"/flush_cache",
		"/sleep/now",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		for (int m = HTTP_METHOD_GET; m <= HTTP_METHOD_OTHER; m++) {
			const struct endpoint *e = NULL;
			assert_int_equal(find((enum http_method)m, no[i], &e),
					 403);
			assert_int_equal(e->kind, API_REFUSED);
		}
}

/* As a client might hope to get by; %s: the row, without its slash. */
static void assert_refused(const char *form, const char *row)
{
	char text[128], escaped[64];
	struct arena arena;
	struct slice path;
	const struct endpoint *e;
	snprintf(escaped, sizeof(escaped), "%%%02x%s", row[1], row + 2);
	snprintf(text, sizeof(text), form,
		 strchr(form, '!') ? escaped : row + 1);
	arena_init(&arena);
	/* What has no one spelling is refused before a row is looked for. */
	if (uri_normalise(slice_of(text + (text[0] == '!')), &arena, &path) ==
	    OK)
		if (endpoint_find(HTTP_METHOD_POST, path, &e) != 403)
			fail_msg("%s is not refused", text);
	arena_fini(&arena);
}

static void controls_are_refused_in_every_spelling(void **state)
{
	(void)state;
	static const char *const form[] = {
		"/%s",           "/%s/",           "//%s",
		"/%s//",         "/./%s",          "/%s/.",
		"/x/../%s",      "/x/%%2e%%2e/%s", "/%%2E/%s",
		"/%s/x",         "/%s/x/..",       "/v1/models/../../%s",
		"/%s;x",         "/%s%%00",        "/%s%%2f",
		"/..;/%s",       "/%%2f%s",        "/x%%2f..%%2f%s",
		"/%%252e/../%s", "!/%s",           "!//%s/",
	};
	const struct endpoint *e;
	size_t n = 0;
	for (size_t i = 0; (e = endpoint_at(i)); i++) {
		if (e->kind != API_REFUSED)
			continue;
		for (size_t j = 0; j < ARRAY_LEN(form); j++)
			assert_refused(form[j], e->path);
		n++;
	}
	assert_true(n > 40);
}

static void a_wrong_method_is_told_the_right_one(void **state)
{
	(void)state;
	const struct endpoint *e = NULL;
	assert_int_equal(find(HTTP_METHOD_GET, "/v1/chat/completions", &e),
			 405);
	assert_string_equal(endpoint_allow(e), "POST");
	assert_int_equal(find(HTTP_METHOD_POST, "/v1/models", &e), 405);
	assert_string_equal(endpoint_allow(e), "GET, HEAD");
	assert_int_equal(find(HTTP_METHOD_DELETE, "/v1/models/m", &e), 405);
	assert_int_equal(find(HTTP_METHOD_OTHER, "/health", &e), 405);
}

static void the_model_is_behind_the_path(void **state)
{
	(void)state;
	const struct endpoint *e = NULL;
	struct slice path = SLICE("/v1/models/org/m-8b");
	assert_int_equal(endpoint_find(HTTP_METHOD_GET, path, &e), 200);
	assert_true(slice_equal(endpoint_rest(e, path), SLICE("org/m-8b")));
	assert_int_equal(endpoint_rest(e, SLICE("/v1/models")).n, 0);
}

static void no_row_stands_behind_one_that_hides_it(void **state)
{
	(void)state;
	const struct endpoint *e, *found = NULL;
	for (size_t i = 0; (e = endpoint_at(i)); i++) {
		if (e->kind == API_MODEL)
			continue;
		find(e->method, e->path, &found);
		assert_ptr_equal(found, e);
	}
	assert_int_equal(find(HTTP_METHOD_POST, "/v1/messages", &found), 200);
	assert_int_equal(found->dialect, API_ANTHROPIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(served_paths_are_found),
		cmocka_unit_test(what_is_no_row_is_not_found),
		cmocka_unit_test(controls_are_refused_by_every_method),
		cmocka_unit_test(it_is_known_where_a_salt_is_taken),
		cmocka_unit_test(controls_are_refused_in_every_spelling),
		cmocka_unit_test(a_wrong_method_is_told_the_right_one),
		cmocka_unit_test(the_model_is_behind_the_path),
		cmocka_unit_test(no_row_stands_behind_one_that_hides_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
