/* Every message of the corpus, fed whole, byte by byte and cut in two at
 * every place, comes out as the corpus says. Heads that come whole take the
 * short way where there is one, those that come in parts the long way. */
#include "tests/unit/http/corpus_run.h"

#include <glob.h>

#include "common/http/plain.h"

#define MAX_FILES 64

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool takes_the_short_way(enum http_side side,
				const struct corpus_case *it)
{
	struct http_header header[HTTP_FEW_HEADERS];
	struct http_head head;
	struct http_seen seen;
	struct slice bytes = buf_slice(&it->bytes);
	char *text = calloc(1, bytes.n + HTTP_PLAIN_ZEROS);
	if (bytes.n > 0)
		memcpy(text, bytes.p, bytes.n);
	bool yes = http_plain_read(side, text, header, HTTP_FEW_HEADERS, &head,
				   &seen) > 0;
	free(text);
	return yes;
}

static void check_file(enum http_side side, const char *path)
{
	struct corpus c;
	struct buf fault;
	size_t wrong = 0, plain = 0;
	corpus_load(&c, path);
	for (size_t i = 0; i < c.n; i++) {
		const struct corpus_case *it = &c.it[i];
		buf_init(&fault);
		if (!it->has_why || buf_len(&it->want) == 0)
			buf_puts(&fault, "it says not what or why\n");
		corpus_holds(side, it, &fault);
		plain += takes_the_short_way(side, it);
		wrong += buf_len(&fault) > 0;
		if (buf_len(&fault) > 0)
			print_message("%s:%zu: %.*s: %.*s", path, it->line,
				      SLICE_ARG(it->name),
				      SLICE_ARG(buf_slice(&fault)));
		buf_fini(&fault);
	}
	print_message("%s: %zu cases, %zu of them the short way\n", path, c.n,
		      plain);
	assert_true(c.n > 0);
	assert_int_equal(wrong, 0);
	corpus_free(&c);
}

static void requests_come_out_as_written(void **state)
{
	check_file(HTTP_SERVER, *state);
}

static void answers_come_out_as_written(void **state)
{
	check_file(HTTP_CLIENT, *state);
}

static struct corpus_case made(const char *bytes, const char *want)
{
	struct corpus_case it = {.name = SLICE("made")};
	buf_puts(&it.bytes, bytes);
	buf_puts(&it.want, want);
	return it;
}

static void holds(bool wanted, const char *bytes, const char *want)
{
	struct corpus_case it = made(bytes, want);
	struct buf fault;
	buf_init(&fault);
	assert_int_equal(corpus_holds(HTTP_SERVER, &it, &fault), wanted);
	assert_int_equal(buf_len(&fault) == 0, wanted);
	buf_fini(&fault);
	buf_fini(&it.bytes);
	buf_fini(&it.want);
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static void a_wrong_verdict_is_seen(void **state)
{
	(void)state;
	holds(true, GET "\r\n", "accept GET / body=\n");
	holds(false, GET "\r\n", "accept GET / close body=\n");
	holds(false, GET "\r\n", "accept GET /x body=\n");
	holds(false, GET "\r\n", "accept POST / body=\n");
	holds(false, GET "\r\n", "accept GET / body=x\n");
	holds(false, GET "\r\n", "refuse 400\n");
	holds(false, GET "\r\n" GET "\r\n", "accept GET / body=\n");
	holds(false, GET, "accept GET / body=\n");
	holds(true, GET, "wait\n");
	holds(true, GET "A\r\n\r\n", "refuse 400\n");
	holds(false, GET "A\r\n\r\n", "refuse 431\n");
	holds(false, GET "A\r\n\r\n", "wait\n");
}

static size_t add_files(struct CMUnitTest *tests, CMUnitTestFunction run,
			const char *pattern)
{
	static glob_t found[2];
	static size_t n_globs;
	glob_t *g = &found[n_globs++];
	if (glob(pattern, 0, NULL, g) != 0 || g->gl_pathc > MAX_FILES)
		return 0;
	for (size_t i = 0; i < g->gl_pathc; i++)
		tests[i] = (struct CMUnitTest){
			.name = file_name(g->gl_pathv[i]),
			.test_func = run,
			.initial_state = g->gl_pathv[i],
		};
	return g->gl_pathc;
}

int main(void)
{
	struct CMUnitTest tests[2 * MAX_FILES + 1] = {
		cmocka_unit_test(a_wrong_verdict_is_seen),
	};
	size_t n = 1;
	n += add_files(tests + n, requests_come_out_as_written,
		       "tests/corpus/http/request/*.txt");
	n += add_files(tests + n, answers_come_out_as_written,
		       "tests/corpus/http/answer/*.txt");
	return _cmocka_run_group_tests("corpus", tests, n, NULL, NULL);
}
