#include "tests/unit/token/rank_file.h"

#include "common/token/ranks.h"

static struct ranks r;
static struct error err;

static void refuse(const char *text, enum status status, const char *part)
{
	assert_int_equal(ranks_parse(slice_of(text), &r, &err), status);
	if (strstr(err.text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
	ranks_fini(&r);
}

static void lines_are_tokens_and_ranks(void **state)
{
	(void)state;
	assert_int_equal(
		ranks_parse(SLICE("YQ== 7\n\r\nYmM= 2\r\n\nZGVm 3"), &r, &err),
		OK);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.last, 7);
	assert_int_equal(r.rank[1].id, 2);
	assert_true(slice_equal(ranks_token(&r, 0), SLICE("a")));
	assert_true(slice_equal(ranks_token(&r, 2), SLICE("def")));
	ranks_fini(&r);
}

static void a_written_file_is_read(void **state)
{
	static const char *const token[] = {"th", "the", "ther", NULL};
	struct buf text;

	(void)state;
	rank_file(&text, token);
	assert_int_equal(ranks_parse(buf_slice(&text), &r, &err), OK);
	assert_int_equal(r.n, 259);
	assert_true(slice_equal(ranks_token(&r, 0), SLICE("\0")));
	assert_true(slice_equal(ranks_token(&r, 255), SLICE("\xff")));
	assert_true(slice_equal(ranks_token(&r, 258), SLICE("ther")));
	buf_fini(&text);
	ranks_fini(&r);
}

static void broken_lines_are_refused_by_number(void **state)
{
	(void)state;
	refuse("", ERR_INVALID, "no ranks");
	refuse("YQ== 1\nY? 2\n", ERR_INVALID, "line 2: a token in base64");
	refuse(" 2\n", ERR_INVALID, "line 1: a token");
	refuse("YQ==\n", ERR_INVALID, "line 1: a rank");
	refuse("YQ== x\n", ERR_INVALID, "a rank");
	refuse("YQ== -1\n", ERR_INVALID, "a rank");
	refuse("YQ== 1 2\n", ERR_INVALID, "a rank");
	refuse("YQ== 4194304\n", ERR_INVALID, "a rank");
}

static void a_long_token_is_refused(void **state)
{
	static char text[1400];

	(void)state;
	memset(text, 'A', 1368);
	strcpy(text + 1368, " 1\n");
	refuse(text, ERR_LIMIT, "1024 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_tokens_and_ranks),
		cmocka_unit_test(a_written_file_is_read),
		cmocka_unit_test(broken_lines_are_refused_by_number),
		cmocka_unit_test(a_long_token_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
