#include "tests/unit/token/matches.h"

#include "common/token/replace.h"

static struct regex_room room;

static enum status replaced(const char *pattern, const char *to,
			    const char *text, size_t max_bytes, struct buf *out,
			    struct slice *made)
{
	struct regex *re = regex_of(pattern);
	struct replace r = {re, slice_of(to), &room};
	enum status status;

	buf_init(out);
	status = replace_all(&r, slice_of(text), max_bytes, out, made);
	regex_destroy(&re);
	regex_room_fini(&room);
	return status;
}

static void expect_made(const char *pattern, const char *to, const char *text,
			const char *want)
{
	struct slice made;
	struct buf out;

	assert_int_equal(replaced(pattern, to, text, 1000, &out, &made), OK);
	assert_int_equal(made.n, strlen(want));
	assert_memory_equal(made.p, want, made.n);
	buf_fini(&out);
}

static void each_match_is_replaced(void **state)
{
	(void)state;
	expect_made("\\s+", " ", " a \n b\t", " a b ");
	expect_made("a", "", "banana", "bnn");
	expect_made("x*", "-", "abc", "-a-b-c-");
}

static void a_text_without_a_match_stays_where_it_is(void **state)
{
	const char *text = "abc";
	struct slice made;
	struct buf out;

	(void)state;
	assert_int_equal(replaced("x", "y", text, 1000, &out, &made), OK);
	assert_ptr_equal(made.p, text);
	assert_int_equal(buf_len(&out), 0);
	buf_fini(&out);
}

static void what_gets_too_long_is_given_up(void **state)
{
	struct slice made;
	struct buf out;

	(void)state;
	assert_int_equal(replaced("a", "0123456789", "aaaa", 30, &out, &made),
			 ERR_LIMIT);
	buf_fini(&out);
	assert_int_equal(replaced("a", "", "aaaabbbb", 3, &out, &made),
			 ERR_LIMIT);
	buf_fini(&out);
}

static void expect_front(const char *pattern, const char *to, const char *text,
			 size_t front, size_t want)
{
	struct regex *re = regex_of(pattern);
	struct replace r = {re, slice_of(to), &room};

	assert_int_equal(replace_front(&r, slice_of(text), front), want);
	regex_destroy(&re);
	regex_room_fini(&room);
}

static void a_front_is_what_is_made_of_its_characters(void **state)
{
	(void)state;
	expect_front("a", "xyz", "ab", 1, 3);
	expect_front("b", "xyz", "ab", 1, 1);
	expect_front("c", "xyz", "ab", 1, 1);
	expect_front("a", "", "ab", 1, 0);
}

static void a_match_that_goes_beyond_the_front_is_behind_it(void **state)
{
	(void)state;
	expect_front("ab", "xyz", "ab", 1, 0);
	expect_front("bc", "xyz", "abc", 2, 1);
	expect_front("b*", "-", "abb", 1, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_match_is_replaced),
		cmocka_unit_test(a_text_without_a_match_stays_where_it_is),
		cmocka_unit_test(what_gets_too_long_is_given_up),
		cmocka_unit_test(a_front_is_what_is_made_of_its_characters),
		cmocka_unit_test(
			a_match_that_goes_beyond_the_front_is_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
