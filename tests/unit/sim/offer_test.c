#include "tools/sim/offer.h"

#include "common/base/assert.h"
#include "tests/unit/abort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BLOCK 4

struct rig {
	struct hash_scheme scheme;
	struct cache *cache;
	struct offers offers;
};

static void rig_init(struct rig *r)
{
	*r = (struct rig){0};
	ASSERT(hash_scheme_init(&r->scheme, HASH_SHA256_CBOR, SLICE("0"),
				BLOCK) == OK);
	r->cache = cache_create(&r->scheme, 11, NULL, NULL);
	offers_init(&r->offers, r->cache);
}

static void rig_fini(struct rig *r)
{
	offers_fini(&r->offers);
	assert_int_equal(cache_free_blocks(r->cache), 10);
	cache_destroy(&r->cache);
}

/* A finished prompt of `n` tokens. */
static struct offer *offer(struct rig *r, const char *key, size_t n,
			   double expires_s)
{
	struct offer *f = offers_add(&r->offers, slice_of(key), OFFER_COMPUTING,
				     expires_s);
	static const uint32_t token[40];
	struct seq s;

	seq_init(&s, (struct hash_extra){0});
	seq_append(&s, token, n);
	assert_true(cache_start(r->cache, &s, 0, n));
	offer_fill(f, &s, n, expires_s);
	return f;
}

static void a_finished_prompt_is_found_by_its_key(void **state)
{
	struct rig r;
	struct offer *f;

	(void)state;
	rig_init(&r);
	f = offer(&r, "a", 8, 30);
	assert_ptr_equal(offers_find(&r.offers, SLICE("a")), f);
	assert_null(offers_find(&r.offers, SLICE("b")));
	rig_fini(&r);
}

static void its_blocks_are_held_until_it_ends(void **state)
{
	struct rig r;
	struct offer *f;

	(void)state;
	rig_init(&r);
	f = offer(&r, "a", 9, 30);
	assert_int_equal(offers_blocks(&r.offers), 3);
	assert_int_equal(cache_free_blocks(r.cache), 7);
	offers_end(&r.offers, f, COMPLAINT_TAKEN);
	assert_int_equal(cache_free_blocks(r.cache), 10);
	rig_fini(&r);
}

static void what_is_gone_tells_how_it_went(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	offers_end(&r.offers, offer(&r, "a", 4, 30), COMPLAINT_TAKEN);
	offers_end(&r.offers, offer(&r, "b", 4, 30), COMPLAINT_EXPIRED);
	assert_int_equal(offers_why_none(&r.offers, SLICE("a")),
			 COMPLAINT_TAKEN);
	assert_int_equal(offers_why_none(&r.offers, SLICE("b")),
			 COMPLAINT_EXPIRED);
	assert_int_equal(offers_why_none(&r.offers, SLICE("c")),
			 COMPLAINT_UNKNOWN);
	rig_fini(&r);
}

static void the_latest_end_of_a_key_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	offers_end(&r.offers, offer(&r, "a", 4, 30), COMPLAINT_EXPIRED);
	offers_end(&r.offers, offer(&r, "a", 4, 30), COMPLAINT_TAKEN);
	assert_int_equal(offers_why_none(&r.offers, SLICE("a")),
			 COMPLAINT_TAKEN);
	rig_fini(&r);
}

static void ends_are_forgotten_at_last(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	offers_end(&r.offers, offer(&r, "a", 4, 30), COMPLAINT_TAKEN);
	for (size_t i = 0; i < OFFERS_ENDED; i++)
		offers_end(&r.offers, offer(&r, "b", 4, 30), COMPLAINT_TAKEN);
	assert_int_equal(offers_why_none(&r.offers, SLICE("a")),
			 COMPLAINT_UNKNOWN);
	rig_fini(&r);
}

static void a_lease_ends_at_its_time(void **state)
{
	struct rig r;
	struct offer *f;
	double at_s;

	(void)state;
	rig_init(&r);
	assert_false(offers_next_s(&r.offers, &at_s));
	offer(&r, "a", 4, 30);
	f = offer(&r, "b", 4, 20);
	assert_true(offers_next_s(&r.offers, &at_s));
	assert_true(at_s > 19.99 && at_s < 20.01);
	assert_null(offers_overdue(&r.offers, 19.9));
	assert_ptr_equal(offers_overdue(&r.offers, 20.1), f);
	rig_fini(&r);
}

static void what_is_being_read_does_not_expire(void **state)
{
	struct rig r;
	double at_s;

	(void)state;
	rig_init(&r);
	offer_set(offer(&r, "a", 4, 30), OFFER_LENT);
	assert_null(offers_overdue(&r.offers, 100));
	assert_false(offers_next_s(&r.offers, &at_s));
	rig_fini(&r);
}

static void what_is_computed_expires_only_if_it_waits(void **state)
{
	struct giver busy = {.waits = false}, waiting = {.waits = true};
	struct rig r;
	struct offer *f;

	(void)state;
	rig_init(&r);
	f = offers_add(&r.offers, SLICE("a"), OFFER_COMPUTING, 30);
	assert_null(offers_overdue(&r.offers, 100));
	f->giver = &busy;
	assert_null(offers_overdue(&r.offers, 100));
	f->giver = &waiting;
	assert_ptr_equal(offers_overdue(&r.offers, 100), f);
	f->taker = (struct peer *)&r;
	assert_null(offers_overdue(&r.offers, 100));
	rig_fini(&r);
}

static void what_is_forgotten_was_never_there(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	offers_forget(&r.offers,
		      offers_add(&r.offers, SLICE("a"), OFFER_EXPECTED, 30));
	assert_null(offers_find(&r.offers, SLICE("a")));
	assert_int_equal(offers_why_none(&r.offers, SLICE("a")),
			 COMPLAINT_UNKNOWN);
	rig_fini(&r);
}

static void fill_twice(void *arg)
{
	struct rig *r = arg;
	struct seq s;

	seq_init(&s, (struct hash_extra){0});
	offer_fill(offers_find(&r->offers, SLICE("a")), &s, 0, 30);
}

static void lend_what_is_not_finished(void *arg)
{
	struct rig *r = arg;

	offer_set(offers_add(&r->offers, SLICE("b"), OFFER_COMPUTING, 30),
		  OFFER_LENT);
}

static void no_state_is_skipped_or_entered_twice(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	offer(&r, "a", 4, 30);
	assert_true(aborts(fill_twice, &r));
	assert_true(aborts(lend_what_is_not_finished, &r));
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finished_prompt_is_found_by_its_key),
		cmocka_unit_test(its_blocks_are_held_until_it_ends),
		cmocka_unit_test(what_is_gone_tells_how_it_went),
		cmocka_unit_test(the_latest_end_of_a_key_is_told),
		cmocka_unit_test(ends_are_forgotten_at_last),
		cmocka_unit_test(a_lease_ends_at_its_time),
		cmocka_unit_test(what_is_being_read_does_not_expire),
		cmocka_unit_test(no_state_is_skipped_or_entered_twice),
		cmocka_unit_test(what_is_computed_expires_only_if_it_waits),
		cmocka_unit_test(what_is_forgotten_was_never_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
