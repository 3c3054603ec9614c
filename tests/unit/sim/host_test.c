#include "tools/sim/host.h"

#include "common/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#define BLOCK 4

struct seen {
	size_t stored, removed, runs;
	bool last_had_parent;
	uint32_t last_first_token;
	uint8_t last_removed[HASH_MAX_BYTES];
};

static void on_stored(void *arg, const struct cache_run *run)
{
	struct seen *seen = arg;

	seen->runs++;
	seen->stored += run->n_blocks;
	seen->last_had_parent = run->parent != NULL;
	seen->last_first_token = run->token[0];
}

static void on_removed(void *arg, const uint8_t *digest)
{
	struct seen *seen = arg;

	seen->removed++;
	memcpy(seen->last_removed, digest, HASH_MAX_BYTES);
}

static const struct host_sink sink = {on_stored, on_removed};
static const struct host_link wire = {.load_s = 0.5, .token_s = 0.25};

struct rig {
	struct hash_scheme scheme;
	struct seen seen;
	struct host *host;
};

static void rig_init(struct rig *r, size_t n_blocks)
{
	*r = (struct rig){0};
	ASSERT(hash_scheme_init(&r->scheme, HASH_SHA256_CBOR, SLICE("0"),
				BLOCK) == OK);
	r->host = host_create(&r->scheme, n_blocks, &wire, &sink, &r->seen);
}

static void prompt(struct seq *s, uint32_t first, size_t n)
{
	seq_init(s, (struct hash_extra){0});
	for (size_t i = 0; i < n; i++) {
		uint32_t t = first + (uint32_t)i;

		seq_append(s, &t, 1);
	}
}

static void what_was_stored_is_found_behind_what_is_on_the_gpu(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 10);
	prompt(&s, 1, 14);
	host_store(r.host, &s, 14);
	assert_int_equal(r.seen.stored, 3);
	assert_int_equal(r.seen.runs, 1);
	assert_false(r.seen.last_had_parent);
	assert_int_equal(host_match(r.host, &s, 0), 12);
	assert_int_equal(host_match(r.host, &s, 8), 12);
	assert_int_equal(host_match(r.host, &s, 12), 12);
	seq_fini(&s);
	host_destroy(&r.host);
}

static void the_last_token_is_never_loaded(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 10);
	prompt(&s, 1, 12);
	host_store(r.host, &s, 12);
	assert_int_equal(r.seen.stored, 3);
	assert_int_equal(host_match(r.host, &s, 0), 8);
	seq_fini(&s);
	host_destroy(&r.host);
}

static void another_prompt_finds_nothing(void **state)
{
	struct rig r;
	struct seq s, other;

	(void)state;
	rig_init(&r, 10);
	prompt(&s, 1, 12);
	prompt(&other, 2, 12);
	assert_int_equal(host_match(r.host, &s, 0), 0);
	host_store(r.host, &s, 12);
	assert_int_equal(host_match(r.host, &other, 0), 0);
	assert_int_equal(host_match(r.host, &other, 4), 4);
	seq_fini(&s);
	seq_fini(&other);
	host_destroy(&r.host);
}

static void only_what_is_new_is_stored_and_told(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 10);
	prompt(&s, 1, 16);
	host_store(r.host, &s, 7);
	assert_int_equal(r.seen.stored, 1);
	host_store(r.host, &s, 16);
	assert_int_equal(r.seen.stored, 4);
	assert_int_equal(r.seen.runs, 2);
	assert_true(r.seen.last_had_parent);
	assert_int_equal(r.seen.last_first_token, 5);
	host_store(r.host, &s, 16);
	assert_int_equal(r.seen.runs, 2);
	assert_int_equal(host_blocks(r.host), 4);
	seq_fini(&s);
	host_destroy(&r.host);
}

/* Of two prompts the one that was used again stays, and of one that makes
 * room its tail goes first. */
static void what_was_used_longest_ago_makes_room(void **state)
{
	struct rig r;
	struct seq old, used, more;

	(void)state;
	rig_init(&r, 4);
	prompt(&old, 1, 8);
	prompt(&used, 100, 9);
	prompt(&more, 200, 4);
	host_store(r.host, &used, 8);
	host_store(r.host, &old, 8);
	assert_int_equal(host_match(r.host, &used, 0), 8);
	host_store(r.host, &more, 4);
	assert_int_equal(r.seen.removed, 1);
	assert_memory_equal(r.seen.last_removed,
			    old.digest + r.scheme.hash_bytes,
			    r.scheme.hash_bytes);
	assert_int_equal(host_match(r.host, &used, 0), 8);
	assert_int_equal(host_count(r.host, old.digest, 2), 1);
	assert_int_equal(host_blocks(r.host), host_max_blocks(r.host));
	seq_fini(&old);
	seq_fini(&used);
	seq_fini(&more);
	host_destroy(&r.host);
}

static void of_a_prompt_that_is_too_long_the_head_is_kept(void **state)
{
	struct rig r;
	struct seq s;

	(void)state;
	rig_init(&r, 2);
	prompt(&s, 1, 40);
	host_store(r.host, &s, 40);
	assert_int_equal(r.seen.stored, 2);
	assert_int_equal(r.seen.removed, 0);
	assert_int_equal(host_match(r.host, &s, 0), 8);
	seq_fini(&s);
	host_destroy(&r.host);
}

static void loads_follow_each_other_on_the_link(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2);
	assert_true(fabs(host_load(r.host, 10, 4) - 11.5) < 1e-9);
	assert_true(fabs(host_load(r.host, 10, 2) - 12.5) < 1e-9);
	assert_true(fabs(host_load(r.host, 20, 2) - 21) < 1e-9);
	host_destroy(&r.host);
	host_destroy(&r.host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_was_stored_is_found_behind_what_is_on_the_gpu),
		cmocka_unit_test(the_last_token_is_never_loaded),
		cmocka_unit_test(another_prompt_finds_nothing),
		cmocka_unit_test(only_what_is_new_is_stored_and_told),
		cmocka_unit_test(what_was_used_longest_ago_makes_room),
		cmocka_unit_test(of_a_prompt_that_is_too_long_the_head_is_kept),
		cmocka_unit_test(loads_follow_each_other_on_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
