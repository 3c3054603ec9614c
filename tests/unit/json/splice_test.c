#include "common/json/splice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static struct splice splice_of(const char *text)
{
	struct splice sp;
	assert_int_equal(splice_parse(&sp, &arena, slice_of(text), 16, 100),
			 OK);
	return sp;
}

static void want(const struct splice *sp, const char *text)
{
	struct buf b;
	struct json_value v;
	size_t n, bytes;
	buf_init(&b);
	splice_append(sp, &b);
	if (!slice_equal(buf_slice(&b), slice_of(text)))
		fail_msg("got %.*s, not %s", SLICE_ARG(buf_slice(&b)), text);
	assert_int_equal(json_check(buf_slice(&b), 16, &v), OK);
	splice_pieces(sp, &n, &bytes);
	assert_int_equal(bytes, strlen(text));
	buf_fini(&b);
}

static void an_unchanged_object_is_one_piece(void **state)
{
	(void)state;
	const char *texts[] = {
		"{}",
		" { } ",
		"{\"a\":1}",
		"\n{ \"a\" : 1 ,\t\"b\":[2] }\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct splice sp = splice_of(texts[i]);
		size_t n, bytes;
		struct slice *piece = splice_pieces(&sp, &n, &bytes);
		assert_false(splice_changed(&sp));
		assert_int_equal(n, 1);
		assert_ptr_equal(piece[0].p, texts[i]);
		want(&sp, texts[i]);
	}
}

static void the_only_member_leaves_an_empty_object(void **state)
{
	(void)state;
	struct splice sp = splice_of("{\"a\":1}");
	assert_int_equal(splice_remove_all(&sp, "a"), 1);
	assert_true(splice_changed(&sp));
	want(&sp, "{}");
}

static void a_member_goes_with_its_comma(void **state)
{
	(void)state;
	const char *text = "{\"a\":1,\"b\":2,\"c\":3}";
	struct splice sp = splice_of(text);
	splice_remove(&sp, 0);
	want(&sp, "{\"b\":2,\"c\":3}");
	sp = splice_of(text);
	splice_remove(&sp, 1);
	want(&sp, "{\"a\":1,\"c\":3}");
	sp = splice_of(text);
	splice_remove(&sp, 2);
	want(&sp, "{\"a\":1,\"b\":2}");
}

/* Every subset of removals, with and without an insertion. */
static void every_set_of_members_may_go(void **state)
{
	(void)state;
	const char *name = "abcd";
	for (unsigned set = 0; set < 32; set++) {
		struct splice sp = splice_of(
			"{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 , \"d\" : 4 }");
		struct buf b;
		struct splice again;
		size_t kept = 0;
		buf_init(&b);
		for (unsigned i = 0; i < 4; i++)
			if (set >> i & 1)
				splice_remove(&sp, i);
		if (set & 16)
			splice_insert(&sp, SLICE("new"), SLICE("[0]"));
		splice_append(&sp, &b);
		assert_int_equal(
			splice_parse(&again, &arena, buf_slice(&b), 8, 9), OK);
		if (set & 16)
			assert_int_equal(splice_find(&again, "new", 0), 0);
		for (unsigned i = 0; i < 4; i++) {
			char one[2] = {name[i], 0};
			bool there = splice_find(&again, one, 0) < again.n;
			assert_int_equal(there, !(set >> i & 1));
			kept += there;
		}
		assert_int_equal(again.n, kept + (set & 16 ? 1 : 0));
		buf_fini(&b);
	}
}

static void blanks_stay_where_they_do_no_harm(void **state)
{
	(void)state;
	struct splice sp = splice_of("{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }");
	splice_remove_all(&sp, "b");
	want(&sp, "{ \"a\" : 1 , \"c\" : 3 }");
	splice_remove_all(&sp, "a");
	want(&sp, "{\"c\" : 3 }");
}

static void all_copies_in_any_spelling_go(void **state)
{
	(void)state;
	struct splice sp = splice_of(
		"{\"x\":1,\"m\":0,\"\\u0078\":2,\"X\":3,\"x\":{}}");
	assert_int_equal(splice_remove_all(&sp, "x"), 3);
	want(&sp, "{\"m\":0,\"X\":3}");
}

static void a_name_inside_a_value_is_no_member(void **state)
{
	(void)state;
	struct splice sp = splice_of("{\"a\":{\"x\":1},\"b\":\"x\"}");
	assert_int_equal(splice_remove_all(&sp, "x"), 0);
	want(&sp, "{\"a\":{\"x\":1},\"b\":\"x\"}");
}

static void a_value_is_replaced_in_its_place(void **state)
{
	(void)state;
	struct splice sp = splice_of("{\"a\" : 100, \"b\":[ 1 ] }");
	splice_replace(&sp, splice_find(&sp, "a", 0), SLICE("1"));
	want(&sp, "{\"a\" : 1, \"b\":[ 1 ] }");
	splice_replace(&sp, splice_find(&sp, "b", 0), SLICE("\"long text\""));
	want(&sp, "{\"a\" : 1, \"b\":\"long text\" }");
	splice_remove_all(&sp, "a");
	want(&sp, "{\"b\":\"long text\" }");
}

static void members_are_inserted_in_front(void **state)
{
	(void)state;
	struct splice sp = splice_of("{\"a\":1}");
	splice_insert(&sp, SLICE("k"), SLICE("{}"));
	want(&sp, "{\"k\":{},\"a\":1}");
	splice_insert(&sp, SLICE("l"), SLICE("2"));
	want(&sp, "{\"k\":{},\"l\":2,\"a\":1}");
	splice_remove_all(&sp, "a");
	want(&sp, "{\"k\":{},\"l\":2}");
	sp = splice_of(" { } ");
	splice_insert(&sp, SLICE("k"), SLICE("1"));
	want(&sp, " {\"k\":1 } ");
}

static void setting_twice_leaves_one(void **state)
{
	(void)state;
	struct splice sp = splice_of("{\"s\":\"forged\",\"a\":1}");
	splice_set(&sp, "s", SLICE("\"one\""));
	splice_set(&sp, "s", SLICE("\"two\""));
	want(&sp, "{\"s\":\"two\",\"a\":1}");
}

static void a_copy_changes_alone(void **state)
{
	(void)state;
	struct splice sp = splice_of("{\"a\":1,\"b\":2}"), leg;
	splice_remove_all(&sp, "b");
	splice_copy(&leg, &sp);
	splice_set(&leg, "k", SLICE("3"));
	splice_remove_all(&leg, "a");
	want(&leg, "{\"k\":3}");
	want(&sp, "{\"a\":1}");
}

static void many_members_are_noted(void **state)
{
	(void)state;
	struct buf b;
	struct splice sp;
	buf_init(&b);
	buf_putc(&b, '{');
	for (int i = 0; i < 500; i++)
		buf_printf(&b, "%s\"k%d\":%d", i ? "," : "", i, i);
	buf_putc(&b, '}');
	assert_int_equal(splice_parse(&sp, &arena, buf_slice(&b), 4, 499),
			 ERR_LIMIT);
	assert_int_equal(splice_parse(&sp, &arena, buf_slice(&b), 4, 500), OK);
	assert_int_equal(sp.n, 500);
	assert_int_equal(splice_find(&sp, "k321", 0), 321);
	buf_fini(&b);
}

static void what_is_no_object_is_refused(void **state)
{
	(void)state;
	const char *no[] = {"",          "[]",          "1",
			    "{\"a\":1",  "{\"a\":1}x",  "{\"a\":}",
			    "{\"a\" 1}", "{\"a\":1,}",  "\"{}\"",
			    "{} {}",     "{\"\\q\":1}", "null"};
	struct splice sp = {.n = 77};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_int_equal(
			splice_parse(&sp, &arena, slice_of(no[i]), 4, 9),
			ERR_INVALID);
	assert_int_equal(splice_parse(&sp, &arena, SLICE("{\"a\":[[]]}"), 2, 9),
			 ERR_LIMIT);
	assert_int_equal(sp.n, 77);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unchanged_object_is_one_piece),
		TEST(the_only_member_leaves_an_empty_object),
		TEST(a_member_goes_with_its_comma),
		TEST(every_set_of_members_may_go),
		TEST(blanks_stay_where_they_do_no_harm),
		TEST(all_copies_in_any_spelling_go),
		TEST(a_name_inside_a_value_is_no_member),
		TEST(a_value_is_replaced_in_its_place),
		TEST(members_are_inserted_in_front),
		TEST(setting_twice_leaves_one),
		TEST(a_copy_changes_alone),
		TEST(many_members_are_noted),
		TEST(what_is_no_object_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
