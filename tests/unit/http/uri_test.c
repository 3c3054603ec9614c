#include "common/http/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void becomes(struct slice path, const char *want)
{
	struct slice got;
	if (uri_normalise(path, &arena, &got) != OK)
		fail_msg("refused: %.*s", SLICE_ARG(path));
	if (!slice_equal(got, slice_of(want)))
		fail_msg("%.*s became %.*s", SLICE_ARG(path), SLICE_ARG(got));
}

static void a_path_has_one_spelling(void **state)
{
	(void)state;
	becomes(SLICE("/"), "/");
	becomes(SLICE("//"), "/");
	becomes(SLICE("/v1/models"), "/v1/models");
	becomes(SLICE("/v1/models/"), "/v1/models");
	becomes(SLICE("//v1///models//"), "/v1/models");
	becomes(SLICE("/v1/./models/."), "/v1/models");
	becomes(SLICE("/a/../v1/b/../models"), "/v1/models");
	becomes(SLICE("/a/b/../../v1"), "/v1");
	becomes(SLICE("/a/.."), "/");
	becomes(SLICE("/%76%31/model%73"), "/v1/models");
	becomes(SLICE("/x/%2e%2E/v1"), "/v1");
	becomes(SLICE("/x/.%2e/v1/%2e"), "/v1");
	becomes(SLICE("/a...b/..."), "/a...b/...");
	becomes(SLICE("/m/a:b@c,d=e+f~g_h-i!$&'()*"),
		"/m/a:b@c,d=e+f~g_h-i!$&'()*");
}

static void what_hides_a_path_is_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE(""),       SLICE("v1"),          SLICE("*"),
		SLICE("/.."),    SLICE("/a/../.."),    SLICE("/%2e%2e"),
		SLICE("/a%2fb"), SLICE("/a%2Fb"),      SLICE("/a%5cb"),
		SLICE("/a\\b"),  SLICE("/a%00"),       SLICE("/a\0"),
		SLICE("/a;b"),   SLICE("/a%3bb"),      SLICE("/a%0d%0a"),
		SLICE("/a%"),    SLICE("/a%4"),        SLICE("/a%4g"),
		SLICE("/a%g4"),  SLICE("/a%252f"),     SLICE("/a b"),
		SLICE("/a%20b"), SLICE("/a%e2%80%8b"), SLICE("/a\xe2"),
		SLICE("/a?b"),   SLICE("/a%3f"),       SLICE("/a#b"),
		SLICE("/a|b"),   SLICE("/\"a"),        SLICE("/a%7f"),
	};
	struct slice out = SLICE("untouched");
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (uri_normalise(no[i], &arena, &out) != ERR_INVALID)
			fail_msg("taken: %.*s", SLICE_ARG(no[i]));
	assert_true(slice_equal(out, SLICE("untouched")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_has_one_spelling, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_hides_a_path_is_refused,
						setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
