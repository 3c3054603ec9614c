#include "tests/unit/prompt/talk.h"

/* Of a message that says what it is told. */
static struct outline *an_outline(void)
{
	static struct outlining o;
	struct value d = value_dict(&arena);

	dict_set_text(d.dict, "role", value_text("user"));
	dict_set_text(d.dict, "content", value_text("hello"));
	(void)outline_mark(&o, &d, 1, &arena);
	o.hole[o.n_holes++] = (struct outline_hole){told_text(0), 1, 5};
	return outline_create(&o, SLICE("(hello)"), NULL);
}

static struct fingerprint_value key(uint64_t low)
{
	return (struct fingerprint_value){low, 7};
}

static void check(struct outline *o)
{
	struct slice text = SLICE("you");
	struct buf out;
	size_t same;

	assert_non_null(o);
	buf_init(&out);
	assert_true(
		outline_fill(o, &text, NULL, 100, SLICE("(y"), &out, &same));
	assert_int_equal(same, 1);
	assert_true(slice_equal(buf_slice(&out), SLICE("you)")));
	buf_fini(&out);
}

static void what_is_put_is_got_until_another_takes_its_place(void **state)
{
	struct outline *first = an_outline(), *second = an_outline(), *o;

	(void)state;
	assert_null(outlines_get(outlines, key(1)));
	outlines_put(outlines, key(1), first);
	o = outlines_get(outlines, key(1));
	assert_ptr_equal(o, first);
	assert_null(outlines_get(outlines, key(1 + OUTLINES_PLACES)));
	outlines_put(outlines, key(1 + OUTLINES_PLACES), second);
	assert_null(outlines_get(outlines, key(1)));
	/* It is still whole. */
	check(o);
	outline_unref(&o);
	o = outlines_get(outlines, key(1 + OUTLINES_PLACES));
	assert_ptr_equal(o, second);
	outline_unref(&o);
}

static void another_key_of_the_same_place_finds_nothing(void **state)
{
	struct fingerprint_value other = {2, 8};

	(void)state;
	outlines_put(outlines, key(2), an_outline());
	assert_null(outlines_get(outlines, other));
	assert_null(outlines_get(outlines, key(3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_put_is_got_until_another_takes_its_place),
		cmocka_unit_test(another_key_of_the_same_place_finds_nothing),
	};

	return cmocka_run_group_tests(tests, talk_begin, talk_end);
}
