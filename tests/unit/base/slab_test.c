#include "common/base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "tests/unit/abort.h"

#define MANY 3000

/* Under AddressSanitizer the heap stands in: there are no spans to see. */
static void needs_spans(void)
{
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
}

static size_t resident_pages(void *span)
{
	unsigned char in[SLAB_SPAN_BYTES / 4096];
	size_t n = 0;

	assert_int_equal(mincore(span, SLAB_SPAN_BYTES, in), 0);
	for (size_t i = 0; i < sizeof(in); i++)
		n += in[i] & 1;
	return n;
}

static void *span_of(void *object)
{
	return (void *)((uintptr_t)object & ~(SLAB_SPAN_BYTES - 1));
}

static void objects_of_all_sizes_keep_apart(void **unused)
{
	static const size_t size[] = {1, 16, 100, 400, 513, 2048, 4032};
	static unsigned char *object[MANY];

	(void)unused;
	for (size_t k = 0; k < ARRAY_LEN(size); k++) {
		struct slab s;

		slab_init(&s, size[k], 0);
		for (size_t i = 0; i < MANY; i++) {
			object[i] = slab_alloc(&s);
			assert_int_equal((uintptr_t)object[i] % 16, 0);
			memset(object[i], (int)(i % 251), size[k]);
		}
		for (size_t i = 0; i < MANY; i++) {
			assert_int_equal(object[i][0], i % 251);
			assert_int_equal(object[i][size[k] - 1], i % 251);
			slab_free(&s, object[i]);
		}
		slab_fini(&s);
	}
}

static void zalloc_is_zero_where_something_was(void **unused)
{
	struct slab s;
	char *p;

	(void)unused;
	slab_init(&s, 1000, 1);
	p = slab_alloc(&s);
	memset(p, 7, 1000);
	slab_free(&s, p);
	p = slab_zalloc(&s);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	slab_free(&s, p);
	slab_free(&s, NULL);
	slab_fini(&s);
}

static void what_comes_and_goes_at_random_keeps_its_bytes(void **unused)
{
	static uint64_t *object[MANY];
	struct slab s;
	struct rng rng;

	(void)unused;
	rng_seed(&rng, 3);
	slab_init(&s, 200, 1);
	memset(object, 0, sizeof(object));
	for (uint64_t i = 0; i < 100000; i++) {
		size_t at = rng_below(&rng, i < 50000 ? MANY : MANY / 10);

		if (object[at] != NULL) {
			assert_int_equal(object[at][0], at);
			assert_int_equal(object[at][24], at);
			slab_free(&s, object[at]);
			object[at] = NULL;
		} else {
			object[at] = slab_alloc(&s);
			object[at][0] = object[at][24] = at;
		}
		if (i % 1000 == 0)
			slab_trim(&s);
	}
	for (size_t i = 0; i < MANY; i++)
		slab_free(&s, object[i]);
	slab_fini(&s);
}

static void an_empty_span_is_given_back_but_for_those_kept(void **unused)
{
	static void *object[MANY];
	struct slab s;

	(void)unused;
	needs_spans();
	slab_init(&s, 500, 2);
	for (size_t i = 0; i < 3 * s.n_of_span; i++)
		object[i] = slab_alloc(&s);
	assert_int_equal(s.n_spans, 3);
	for (size_t i = 0; i < 3 * s.n_of_span; i++)
		slab_free(&s, object[i]);
	assert_int_equal(s.n_spans, 2);
	slab_trim(&s);
	assert_int_equal(s.n_spans, 0);
	slab_fini(&s);
}

/* What is kept for waves of a usual load would be kept of a flood as well,
 * and of all slabs. */
static void nothing_is_kept_of_a_peak(void **unused)
{
	static void *object[MANY];
	struct slab s;

	(void)unused;
	needs_spans();
	slab_init(&s, 500, 4);
	for (size_t i = 0; i < MANY; i++)
		object[i] = slab_alloc(&s);
	assert_true(s.n_spans >= MANY * 500 / SLAB_SPAN_BYTES);
	for (size_t i = 0; i < MANY; i++)
		slab_free(&s, object[i]);
	assert_int_equal(s.n_spans, 0);
	slab_fini(&s);
}

/* Those that came last stay: they must not hold what lies before them. */
static void pages_without_an_object_are_given_back_when_asked(void **unused)
{
	static void *object[MANY];
	struct slab s;
	void *span;

	(void)unused;
	needs_spans();
	slab_init(&s, 500, 1);
	for (size_t i = 0; i < s.n_of_span; i++) {
		object[i] = slab_alloc(&s);
		memset(object[i], 1, 500);
	}
	span = span_of(object[0]);
	assert_int_equal(resident_pages(span), 16);
	for (size_t i = 0; i < s.n_of_span - 1; i++)
		slab_free(&s, object[i]);
	assert_int_equal(resident_pages(span), 16);
	slab_trim(&s);
	assert_int_equal(resident_pages(span), 2);
	for (size_t i = 0; i < s.n_of_span - 1; i++) {
		object[i] = slab_zalloc(&s);
		assert_ptr_equal(span_of(object[i]), span);
	}
	slab_trim(&s);
	for (size_t i = 0; i < s.n_of_span; i++)
		slab_free(&s, object[i]);
	slab_fini(&s);
}

/* So that the emptiest get the chance to be given back. */
static void a_span_that_is_nearly_full_is_filled_first(void **unused)
{
	static void *object[MANY];
	struct slab s;
	size_t n;

	(void)unused;
	needs_spans();
	slab_init(&s, 500, 0);
	n = s.n_of_span;
	for (size_t i = 0; i < 2 * n; i++)
		object[i] = slab_alloc(&s);
	for (size_t i = 1; i < n; i++)
		slab_free(&s, object[i]);
	slab_free(&s, object[n]);
	object[n] = slab_alloc(&s);
	assert_ptr_equal(span_of(object[n]), span_of(object[2 * n - 1]));
	slab_free(&s, object[0]);
	assert_int_equal(s.n_spans, 1);
	for (size_t i = n; i < 2 * n; i++)
		slab_free(&s, object[i]);
	slab_fini(&s);
}

static void a_peak_has_fallen_when_a_quarter_is_left(void **unused)
{
	static void *object[MANY];
	struct slab s;
	size_t n;

	(void)unused;
	slab_init(&s, 1000, 0);
	n = 8 * s.n_of_span;
	for (size_t i = 0; i < n; i++) {
		object[i] = slab_alloc(&s);
		assert_false(slab_has_fallen(&s));
	}
	for (size_t i = n; i > n / 4; i--) {
		assert_false(slab_has_fallen(&s));
		slab_free(&s, object[i - 1]);
	}
	assert_true(slab_has_fallen(&s));
	/* It was a peak until now. */
	assert_false(slab_settle(&s));
	assert_true(slab_has_fallen(&s));
	assert_true(slab_settle(&s));
	assert_false(slab_has_fallen(&s));
	assert_false(slab_settle(&s));
	/* What is left was no peak. */
	for (size_t i = 0; i < n / 4; i++)
		slab_free(&s, object[i]);
	assert_false(slab_has_fallen(&s));
	slab_fini(&s);
}

/* As many calls as spans that were mapped, counted by their number. */
static void wave(struct slab *s, size_t n)
{
	static void *object[MANY];

	for (size_t i = 0; i < n; i++)
		object[i] = slab_alloc(s);
	for (size_t i = 0; i < n; i++)
		slab_free(s, object[i]);
}

static void waves_keep_what_they_had_to_ask_for_twice(void **unused)
{
	struct slab s;
	size_t n;

	(void)unused;
	needs_spans();
	slab_init(&s, 1000, 2);
	n = 8 * s.n_of_span;
	wave(&s, n);
	assert_int_equal(s.n_spans, 0);
	wave(&s, n);
	assert_int_equal(s.n_spans, 8);
	for (int i = 0; i < 10; i++) {
		wave(&s, n);
		assert_int_equal(s.n_spans, 8);
		assert_int_equal(s.dropped, 0);
		assert_false(slab_settle(&s));
	}
	assert_int_equal(s.n_spans, 8);
	assert_true(slab_settle(&s));
	assert_int_equal(s.n_spans, 0);
	/* And so they begin as they did. */
	wave(&s, n);
	assert_int_equal(s.n_spans, 0);
	slab_fini(&s);
}

/* A thousand streams that begin at once come in waves, too. */
static void of_waves_of_a_flood_little_is_kept(void **unused)
{
	struct slab s;

	(void)unused;
	needs_spans();
	slab_init(&s, 1000, 2);
	for (int i = 0; i < 5; i++)
		wave(&s, 40 * s.n_of_span);
	assert_true(s.n_spans <= 8);
	assert_false(slab_settle(&s));
	wave(&s, 40 * s.n_of_span);
	assert_true(s.n_spans <= 8);
	slab_trim(&s);
	slab_fini(&s);
}

static void a_usual_load_is_left_alone(void **unused)
{
	struct slab s;

	(void)unused;
	needs_spans();
	slab_init(&s, 1000, 4);
	for (int i = 0; i < 10; i++) {
		wave(&s, 4 * s.n_of_span);
		assert_int_equal(s.n_spans, 4);
		assert_false(slab_has_fallen(&s));
		assert_false(slab_settle(&s));
	}
	slab_fini(&s);
}

static void free_twice(void *arg)
{
	struct slab *s = arg;
	void *p = slab_alloc(s), *other = slab_alloc(s);

	slab_free(s, p);
	slab_free(s, p);
	slab_free(s, other);
}

static void free_anothers(void *arg)
{
	struct slab *s = arg;
	struct slab other;

	slab_init(&other, 64, 0);
	slab_alloc(s);
	slab_free(s, slab_alloc(&other));
}

static void free_the_middle(void *arg)
{
	struct slab *s = arg;

	slab_free(s, (char *)slab_alloc(s) + 16);
}

static void what_is_no_object_of_it_is_not_taken_back(void **unused)
{
	struct slab s;

	(void)unused;
	needs_spans();
	slab_init(&s, 64, 0);
	assert_true(aborts(free_twice, &s));
	assert_true(aborts(free_anothers, &s));
	assert_true(aborts(free_the_middle, &s));
	slab_fini(&s);
}

static void end_too_early(void *arg)
{
	slab_alloc(arg);
	slab_fini(arg);
}

static void make_too_large(void *arg)
{
	slab_init(arg, SLAB_MAX_BYTES + 1, 0);
}

static void make_empty(void *arg)
{
	slab_init(arg, 0, 0);
}

static void misuse_aborts(void **unused)
{
	struct slab s;

	(void)unused;
	slab_init(&s, 64, 0);
	assert_true(aborts(end_too_early, &s));
	assert_true(aborts(make_too_large, &s));
	assert_true(aborts(make_empty, &s));
	slab_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_all_sizes_keep_apart),
		cmocka_unit_test(zalloc_is_zero_where_something_was),
		cmocka_unit_test(what_comes_and_goes_at_random_keeps_its_bytes),
		cmocka_unit_test(
			an_empty_span_is_given_back_but_for_those_kept),
		cmocka_unit_test(nothing_is_kept_of_a_peak),
		cmocka_unit_test(
			pages_without_an_object_are_given_back_when_asked),
		cmocka_unit_test(a_span_that_is_nearly_full_is_filled_first),
		cmocka_unit_test(waves_keep_what_they_had_to_ask_for_twice),
		cmocka_unit_test(of_waves_of_a_flood_little_is_kept),
		cmocka_unit_test(a_usual_load_is_left_alone),
		cmocka_unit_test(a_peak_has_fallen_when_a_quarter_is_left),
		cmocka_unit_test(what_is_no_object_of_it_is_not_taken_back),
		cmocka_unit_test(misuse_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
