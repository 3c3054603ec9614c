#include "common/base/buf.h"
#include "tests/unit/event/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct seen seen;

/* A payload [0, [event], 3] round the bytes of one event. */
static enum status decode_event(const void *event, size_t n)
{
	struct buf b;
	enum status st;

	buf_init(&b);
	buf_append(&b, SLICE("\x93\x00\x91"));
	buf_append(&b, (struct slice){event, n});
	buf_append(&b, SLICE("\x03"));
	st = seen_decode(&seen, b.p + b.start, buf_len(&b));
	buf_fini(&b);
	return st;
}

#define DECODE(literal) decode_event("" literal, sizeof(literal) - 1)
#define STORED          "\253BlockStored"
#define REMOVED         "\254BlockRemoved"
#define HASH            "\x91\xcf\xfe\xdc\xba\x98\x76\x54\x32\x10"
#define TOKENS          "\x94\x01\x02\x03\x04"

static const struct event *only(void)
{
	assert_int_equal(seen.n, 1);
	return &seen.at[0].e;
}

static void a_batch_tells_its_time_and_rank(void **state)
{
	(void)state;
	assert_int_equal(
		seen_decode(&seen,
			    "\x93\xcb\x41\xd9\x54\xfc\x40\x20\x00\x00\x90\x05",
			    12),
		OK);
	assert_int_equal(seen.n, 0);
	assert_true(seen.batch.ts == 1700000000.5);
	assert_int_equal(seen.batch.rank, 5);
}

static void a_rank_that_is_nil_or_missing_is_not_told(void **state)
{
	(void)state;
	assert_int_equal(seen_decode(&seen, "\x92\x00\x90", 3), OK);
	assert_int_equal(seen.batch.rank, -1);
	assert_int_equal(seen_decode(&seen, "\x93\x00\x90\xc0", 4), OK);
	assert_int_equal(seen.batch.rank, -1);
}

static void surplus_members_of_a_batch_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(
		seen_decode(&seen, "\x95\x00\x90\x01\x92\x01\x02\xc0", 8), OK);
	assert_int_equal(seen.batch.rank, 1);
}

static void a_short_array_leaves_the_rest_at_its_defaults(void **state)
{
	const struct event *e;

	(void)state;
	assert_int_equal(DECODE("\x92" STORED HASH), OK);
	e = only();
	assert_int_equal(e->kind, EVENT_STORED);
	assert_int_equal(e->n_hashes, 1);
	assert_true(e->hash[0] == 0xfedcba9876543210);
	assert_false(e->has_parent);
	assert_int_equal(e->n_tokens, 0);
	assert_int_equal(e->block_size, 0);
	assert_int_equal(e->medium, EVENT_GPU);
	assert_int_equal(e->group, 0);
	assert_true(e->full_attention);
	assert_false(e->opaque_extra);
}

static void surplus_elements_of_an_array_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x96" REMOVED HASH "\xa3"
				"CPU\x02\x93\x01\x91\x02\x03\x80"),
			 OK);
	assert_int_equal(only()->kind, EVENT_REMOVED);
	assert_int_equal(only()->medium, EVENT_CPU);
	assert_int_equal(only()->group, 2);
	assert_int_equal(seen.batch.rank, 3);
}

static void unknown_tags_and_their_fields_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x93\xa3New\x91\xc3\xc0"), OK);
	assert_int_equal(only()->kind, EVENT_OTHER);
	assert_int_equal(DECODE("\x82\xa4type\xa3New\254block_hashes\x01"), OK);
	assert_int_equal(only()->kind, EVENT_OTHER);
	assert_int_equal(DECODE("\x81\xa3"
				"foo\x01"),
			 OK);
	assert_int_equal(only()->kind, EVENT_OTHER);
}

static void a_map_may_end_with_its_tag(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x83\254block_hashes" HASH
				"\xa9group_idx\x01\xa4type" REMOVED),
			 OK);
	assert_int_equal(only()->kind, EVENT_REMOVED);
	assert_int_equal(only()->n_hashes, 1);
	assert_int_equal(only()->group, 1);
}

static void unknown_keys_of_a_map_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x84\xa4type" STORED "\xa3"
				"new\x81\x01\x02\x91\x07\xc0\254block_hashes"
				"\x90"),
			 OK);
	assert_int_equal(only()->kind, EVENT_STORED);
	assert_int_equal(only()->n_hashes, 0);
}

static void every_form_of_a_hash_becomes_its_low_64_bits(void **state)
{
	const struct event *e;

	(void)state;
	assert_int_equal(DECODE("\x93" STORED "\x95"
				"\x05"
				"\xff"
				"\xd3\x80\x00\x00\x00\x00\x00\x00\x01"
				"\xc4\x08\x01\x02\x03\x04\x05\x06\x07\x08"
				"\xc4\x0a\xff\xff\x01\x02\x03\x04\x05\x06\x07"
				"\x08"
				"\xcd\x01\x00"),
			 OK);
	e = only();
	assert_int_equal(e->n_hashes, 5);
	assert_true(e->hash[0] == 5);
	assert_true(e->hash[1] == UINT64_MAX);
	assert_true(e->hash[2] == 0x8000000000000001);
	assert_true(e->hash[3] == 0x0102030405060708);
	assert_true(e->hash[4] == 0x0102030405060708);
	assert_true(e->has_parent);
	assert_true(e->parent == 256);
}

static void what_is_no_hash_is_invalid(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x92" STORED "\x91\xc4\x07"
				"1234567"),
			 ERR_INVALID);
	assert_int_equal(DECODE("\x92" STORED "\x91\xa8"
				"12345678"),
			 ERR_INVALID);
	assert_int_equal(DECODE("\x92" STORED "\x91\xc0"), ERR_INVALID);
	assert_int_equal(DECODE("\x92" STORED "\x01"), ERR_INVALID);
	assert_int_equal(DECODE("\x92" STORED "\xc0"), ERR_INVALID);
	assert_int_equal(DECODE("\x93" STORED "\x90\xc3"), ERR_INVALID);
	assert_int_equal(seen.n, 0);
}

static void tokens_of_every_width_are_read(void **state)
{
	static const uint32_t want[] = {1,     127, 128,   255,        256,
					65535, 5,   65536, UINT32_MAX, 77};
	const struct event *e;

	(void)state;
	assert_int_equal(DECODE("\x94" STORED HASH
				"\xc0\x9a\x01\x7f\xcc\x80\xcc\xff\xcd\x01\x00"
				"\xcd\xff\xff\x05\xce\x00\x01\x00\x00"
				"\xce\xff\xff\xff\xff\xcf\x00\x00\x00\x00\x00"
				"\x00\x00\x4d"),
			 OK);
	e = only();
	assert_int_equal(e->n_tokens, ARRAY_LEN(want));
	assert_memory_equal(e->token, want, sizeof(want));
}

static void what_is_no_token_is_invalid(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x94" STORED HASH "\xc0\x91\xff"),
			 ERR_INVALID);
	assert_int_equal(DECODE("\x94" STORED HASH
				"\xc0\x91\xcf\x00\x00\x00\x01\x00\x00\x00\x00"),
			 ERR_INVALID);
	assert_int_equal(DECODE("\x94" STORED HASH "\xc0\x91\xc0"),
			 ERR_INVALID);
	assert_int_equal(DECODE("\x94" STORED HASH "\xc0\xa1x"), ERR_INVALID);
}

static void pairs_of_tokens_count_as_none(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x95" STORED HASH
				"\xc0\x92\x92\x01\x02\x92\x02\xcd\x01\x00\x10"),
			 OK);
	assert_int_equal(only()->n_tokens, 0);
	assert_int_equal(only()->block_size, 16);
}

static void media_fall_into_three_tiers(void **state)
{
	static const struct {
		const char *name;
		enum event_medium medium;
	} cases[] = {
		{"GPU", EVENT_GPU},
		{"gpu", EVENT_GPU},
		{"CPU", EVENT_CPU},
		{"cpu", EVENT_CPU},
		{"CPU_PINNED", EVENT_CPU},
		{"lmcache-l1", EVENT_CPU},
		{"lmcache-l2-fs", EVENT_STORE},
		{"DISK", EVENT_STORE},
		{"FS", EVENT_STORE},
		{"?", EVENT_STORE},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct slice name = slice_of(cases[i].name);

		buf_init(&b);
		buf_append(&b, SLICE("\x93" REMOVED HASH));
		buf_putc(&b, (char)(0xa0 | name.n));
		buf_append(&b, name);
		assert_int_equal(decode_event(b.p + b.start, buf_len(&b)), OK);
		assert_int_equal(only()->medium, cases[i].medium);
		buf_fini(&b);
	}
}

/* A BlockStored whose last elements are a parent, lora_name, extra_keys. */
#define KEYS(parent, lora, extra)                                              \
	DECODE("\x99" STORED HASH parent TOKENS "\x04\xc0\xc0" lora extra)
#define SQL "\xa3sql"

static void a_first_block_tells_its_salt(void **state)
{
	(void)state;
	assert_int_equal(KEYS("\xc0", "\xc0", "\x91\x91\xa4salt"), OK);
	assert_true(slice_equal(only()->salt, SLICE("salt")));
	assert_false(only()->opaque_extra);
	assert_int_equal(KEYS("\xc0", SQL, "\x92\x92" SQL "\xa4salt\x91" SQL),
			 OK);
	assert_true(slice_equal(only()->salt, SLICE("salt")));
	assert_true(slice_equal(only()->lora_name, SLICE("sql")));
	assert_false(only()->opaque_extra);
}

static void a_salt_may_be_the_adapters_name(void **state)
{
	(void)state;
	assert_int_equal(KEYS("\xc0", SQL, "\x91\x92" SQL SQL), OK);
	assert_true(slice_equal(only()->salt, SLICE("sql")));
	assert_false(only()->opaque_extra);
}

static void without_extra_keys_there_is_no_salt(void **state)
{
	(void)state;
	assert_int_equal(KEYS("\xc0", "\xc0", "\xc0"), OK);
	assert_int_equal(only()->salt.n, 0);
	assert_int_equal(KEYS("\xc0", SQL, "\x92\x91" SQL "\xc0"), OK);
	assert_int_equal(only()->salt.n, 0);
	assert_false(only()->opaque_extra);
}

static void other_keys_are_opaque(void **state)
{
	(void)state;
	/* A string in a later block, or behind a parent. */
	assert_int_equal(KEYS("\xc0", "\xc0", "\x92\xc0\x91\xa1x"), OK);
	assert_true(only()->opaque_extra);
	assert_int_equal(KEYS("\x07", "\xc0", "\x91\x91\xa1x"), OK);
	assert_true(only()->opaque_extra);
	assert_int_equal(only()->salt.n, 0);
	/* A second string that is not the adapter's. */
	assert_int_equal(KEYS("\xc0", "\xc0", "\x91\x92\xa1x\xa1y"), OK);
	assert_true(only()->opaque_extra);
	/* An image, an embedding's digest, an adapter's number. */
	assert_int_equal(KEYS("\xc0", "\xc0", "\x91\x91\x92\xa1x\x00"), OK);
	assert_true(only()->opaque_extra);
	assert_int_equal(KEYS("\xc0", "\xc0", "\x91\x91\xc4\x01x"), OK);
	assert_true(only()->opaque_extra);
	assert_int_equal(KEYS("\xc0", "\xc0", "\x91\x91\x03"), OK);
	assert_true(only()->opaque_extra);
}

static void malformed_extra_keys_are_invalid(void **state)
{
	(void)state;
	assert_int_equal(KEYS("\xc0", "\xc0", "\x01"), ERR_INVALID);
	assert_int_equal(KEYS("\xc0", "\xc0", "\x91\xa1x"), ERR_INVALID);
}

static void only_some_kinds_of_attention_hold_the_prefix(void **state)
{
	static const struct {
		const char *kind;
		bool full;
	} cases[] = {
		{"full_attention", true},
		{"mla_attention", true},
		{"sink_full_attention", true},
		{"sliding_window", false},
		{"mamba", false},
		{"unknown", false},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct slice kind = slice_of(cases[i].kind);

		buf_init(&b);
		buf_append(&b, SLICE("\x82\xa4type" STORED
				     "\xb2kv_cache_spec_kind"));
		buf_putc(&b, (char)(0xa0 | kind.n));
		buf_append(&b, kind);
		assert_int_equal(decode_event(b.p + b.start, buf_len(&b)), OK);
		assert_int_equal(only()->full_attention, cases[i].full);
		buf_fini(&b);
	}
}

static void fields_of_the_wrong_type_are_invalid(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x90"), ERR_INVALID);
	assert_int_equal(DECODE("\x01"), ERR_INVALID);
	assert_int_equal(DECODE("\xa1x"), ERR_INVALID);
	assert_int_equal(DECODE("\x91\xc0"), ERR_INVALID);
	assert_int_equal(DECODE("\x81\xa4type\x01"), ERR_INVALID);
	assert_int_equal(DECODE("\x95" STORED HASH "\xc0\x90\xff"),
			 ERR_INVALID);
	assert_int_equal(DECODE("\x93" REMOVED HASH "\x01"), ERR_INVALID);
	assert_int_equal(DECODE("\x94" REMOVED HASH "\xc0\xa1x"), ERR_INVALID);
}

static void batches_of_the_wrong_form_are_invalid(void **state)
{
	static const struct slice cases[] = {
		SLICE(""),
		SLICE("\x80"),
		SLICE("\x90"),
		SLICE("\x91\x00"),
		SLICE("\x92\xa1x\x90"),
		SLICE("\x92\x00\x01"),
		SLICE("\x93\x00\x90\xff"),
		SLICE("\x93\x00\x90\xa1x"),
		SLICE("\x93\x00\x90\x00\x00"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(seen_decode(&seen, cases[i].p, cases[i].n),
				 ERR_INVALID);
}

static void events_in_front_of_a_bad_one_are_delivered(void **state)
{
	static const char payload[] = "\x93\x00\x93\x91\xa1"
				      "a\x91\x01\x91\xa1"
				      "b\x00";

	(void)state;
	seen.batch.rank = 0;
	assert_int_equal(seen_decode(&seen, payload, sizeof(payload) - 1),
			 ERR_INVALID);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.batch.rank, 0);
}

static void every_start_of_a_payload_is_invalid(void **state)
{
	static const char payload[] = "\x93\x00\x92\x84\xa4type" STORED
				      "\254block_hashes" HASH
				      "\xa9token_ids" TOKENS "\xaa"
				      "extra_keys\x91\x91\xa1x\x93" REMOVED HASH
				      "\xa3GPU\x01";

	(void)state;
	assert_int_equal(seen_decode(&seen, payload, sizeof(payload) - 1), OK);
	assert_int_equal(seen.n, 2);
	for (size_t n = 0; n < sizeof(payload) - 1; n++)
		assert_int_equal(seen_decode(&seen, payload, n), ERR_INVALID);
}

static void nesting_past_the_bound_is_refused(void **state)
{
	char event[64] = "\x92\xa1x";
	size_t at = 3;

	(void)state;
	for (size_t i = 0; i < EVENT_MAX_DEPTH - 4; i++)
		event[at++] = (char)0x91;
	event[at++] = 0;
	assert_int_equal(decode_event(event, at), OK);
	event[at - 1] = (char)0x91;
	event[at++] = 0;
	assert_int_equal(decode_event(event, at), ERR_LIMIT);
}

static void more_hashes_than_the_bound_are_refused(void **state)
{
	size_t n = EVENT_MAX_HASHES + 1;
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_append(&b, SLICE("\x92" STORED "\xdd\x00\x10\x00\x01"));
	memset(buf_reserve(&b, n), 1, n);
	buf_commit(&b, n);
	assert_int_equal(decode_event(b.p + b.start, buf_len(&b)), ERR_LIMIT);
	buf_fini(&b);
}

static void a_payload_past_the_bound_is_refused(void **state)
{
	struct event_decoder d;
	struct event_batch batch;

	(void)state;
	event_decoder_init(&d);
	assert_int_equal(
		event_decode(&d, (struct slice){"\x92", EVENT_MAX_BYTES + 1},
			     seen_add, &seen, &batch),
		ERR_LIMIT);
	event_decoder_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_tells_its_time_and_rank),
		cmocka_unit_test(a_rank_that_is_nil_or_missing_is_not_told),
		cmocka_unit_test(surplus_members_of_a_batch_are_skipped),
		cmocka_unit_test(a_short_array_leaves_the_rest_at_its_defaults),
		cmocka_unit_test(surplus_elements_of_an_array_are_skipped),
		cmocka_unit_test(unknown_tags_and_their_fields_are_passed_over),
		cmocka_unit_test(a_map_may_end_with_its_tag),
		cmocka_unit_test(unknown_keys_of_a_map_are_skipped),
		cmocka_unit_test(every_form_of_a_hash_becomes_its_low_64_bits),
		cmocka_unit_test(what_is_no_hash_is_invalid),
		cmocka_unit_test(tokens_of_every_width_are_read),
		cmocka_unit_test(what_is_no_token_is_invalid),
		cmocka_unit_test(pairs_of_tokens_count_as_none),
		cmocka_unit_test(media_fall_into_three_tiers),
		cmocka_unit_test(a_first_block_tells_its_salt),
		cmocka_unit_test(a_salt_may_be_the_adapters_name),
		cmocka_unit_test(without_extra_keys_there_is_no_salt),
		cmocka_unit_test(other_keys_are_opaque),
		cmocka_unit_test(malformed_extra_keys_are_invalid),
		cmocka_unit_test(only_some_kinds_of_attention_hold_the_prefix),
		cmocka_unit_test(fields_of_the_wrong_type_are_invalid),
		cmocka_unit_test(batches_of_the_wrong_form_are_invalid),
		cmocka_unit_test(events_in_front_of_a_bad_one_are_delivered),
		cmocka_unit_test(every_start_of_a_payload_is_invalid),
		cmocka_unit_test(nesting_past_the_bound_is_refused),
		cmocka_unit_test(more_hashes_than_the_bound_are_refused),
		cmocka_unit_test(a_payload_past_the_bound_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
