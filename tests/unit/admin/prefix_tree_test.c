#include "router/admin/prefix_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK 16
#define KEYS  128

static struct shared_prefixes of[3];
static uint64_t key[KEYS], other[KEYS]; /* that part after 32 */
static struct prefix_tree tree;

static int set_up(void **unused)
{
	(void)unused;
	memset(of, 0, sizeof(of));
	memset(&tree, 0xff, sizeof(tree));
	for (size_t i = 0; i < KEYS; i++) {
		key[i] = 1000 + i;
		other[i] = i < 32 ? key[i] : 2000 + i;
	}
	return 0;
}

/* With as many sessions of its own. */
static int add(struct shared_prefixes *s, const uint64_t *k, uint32_t blocks,
	       int parent, int sessions)
{
	int i = shared_prefix_add(s, k, blocks, BLOCK, parent);

	for (int n = 1; n < sessions; n++)
		shared_prefix_hold(s, i);
	return i;
}

static void of_nothing_there_is_no_tree(void **unused)
{
	(void)unused;
	prefix_tree_build(&tree, of, 3);
	assert_int_equal(tree.n, 0);
	prefix_tree_build(&tree, NULL, 0);
	assert_int_equal(tree.n, 0);
}

static void the_same_prefix_at_two_workers_is_one(void **unused)
{
	(void)unused;
	add(&of[0], key, 20, SHARED_PREFIX_NONE, 3);
	add(&of[2], key, 20, SHARED_PREFIX_NONE, 4);
	prefix_tree_build(&tree, of, 3);
	assert_int_equal(tree.n, 1);
	assert_int_equal(tree.node[0].key, key[19]);
	assert_int_equal(tree.node[0].sessions, 7);
	assert_int_equal(tree.node[0].blocks, 20);
	assert_int_equal(tree.node[0].tokens, 320);
	assert_int_equal(tree.node[0].parent, -1);
	assert_int_equal(tree.node[0].depth, 0);
}

static void longer_ones_stand_behind_what_they_go_on_from(void **unused)
{
	int a = add(&of[0], key, 32, SHARED_PREFIX_NONE, 1);

	(void)unused;
	add(&of[0], key, 50, a, 2);
	add(&of[0], other, 60, a, 3);
	prefix_tree_build(&tree, of, 1);
	assert_int_equal(tree.n, 3);
	assert_int_equal(tree.node[0].key, key[31]);
	assert_int_equal(tree.node[0].sessions, 6);
	assert_int_equal(tree.node[1].key, other[59]);
	assert_int_equal(tree.node[1].sessions, 3);
	assert_int_equal(tree.node[1].parent, 0);
	assert_int_equal(tree.node[1].depth, 1);
	assert_int_equal(tree.node[1].tokens, 960);
	assert_int_equal(tree.node[2].key, key[49]);
	assert_int_equal(tree.node[2].parent, 0);
}

static void where_workers_disagree_it_goes_on_from_the_longest(void **unused)
{
	int a = add(&of[0], key, 20, SHARED_PREFIX_NONE, 1);
	int b = add(&of[0], key, 40, a, 1);

	(void)unused;
	add(&of[0], key, 60, b, 1);
	a = add(&of[1], key, 20, SHARED_PREFIX_NONE, 5);
	add(&of[1], key, 60, a, 5);
	prefix_tree_build(&tree, of, 2);
	assert_int_equal(tree.n, 3);
	assert_int_equal(tree.node[2].key, key[59]);
	assert_int_equal(tree.node[2].sessions, 6);
	assert_int_equal(tree.node[2].parent, 1);
	assert_int_equal(tree.node[2].depth, 2);
	/* What goes on from it elsewhere begins with it, too. */
	assert_int_equal(tree.node[1].sessions, 7);
	assert_int_equal(tree.node[0].sessions, 13);
}

static void a_worker_s_sessions_are_those_of_all_that_goes_on(void **unused)
{
	int a = add(&of[0], key, 20, SHARED_PREFIX_NONE, 1);
	uint32_t n[PREFIX_TREE_MAX];

	(void)unused;
	add(&of[0], key, 40, a, 1);
	add(&of[1], key, 40, SHARED_PREFIX_NONE, 5);
	prefix_tree_build(&tree, of, 2);
	prefix_tree_sessions(&tree, &of[0], n);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 1);
	prefix_tree_sessions(&tree, &of[1], n);
	assert_int_equal(n[0], 5);
	assert_int_equal(n[1], 5);
	prefix_tree_sessions(&tree, &of[2], n);
	assert_int_equal(n[0], 0);
}

static void what_is_left_out_counts_for_what_it_goes_on_from(void **unused)
{
	int a = add(&of[0], key, 20, SHARED_PREFIX_NONE, 1);
	uint32_t n[PREFIX_TREE_MAX];

	(void)unused;
	add(&of[0], key, 40, a, 3);
	prefix_tree_build(&tree, of, 1);
	tree.n = 1;
	prefix_tree_sessions(&tree, &of[0], n);
	assert_int_equal(n[0], 4);
	tree.n = 0;
	prefix_tree_sessions(&tree, &of[0], n);
	assert_int_equal(n[0], 0);
}

static void what_nobody_holds_any_more_is_not_there(void **unused)
{
	int a = add(&of[0], key, 20, SHARED_PREFIX_NONE, 1);

	(void)unused;
	shared_prefix_release(&of[0], a);
	prefix_tree_build(&tree, of, 1);
	assert_int_equal(tree.n, 0);
}

static void of_many_those_with_most_sessions_stay(void **unused)
{
	(void)unused;
	for (int w = 0; w < 3; w++)
		for (uint32_t i = 0; i < SHARED_PREFIXES; i++) {
			uint64_t k = 5000 + (uint64_t)w * 1000 + i;

			add(&of[w], &k, 1, SHARED_PREFIX_NONE, w + 1);
		}
	prefix_tree_build(&tree, of, 3);
	assert_int_equal(tree.n, PREFIX_TREE_MAX);
	for (size_t i = 0; i < tree.n; i++)
		assert_int_equal(tree.node[i].sessions, 3);
}

static void one_without_its_parent_is_a_root(void **unused)
{
	int a = add(&of[0], key, 20, SHARED_PREFIX_NONE, 1);

	(void)unused;
	add(&of[0], key, 40, a, 2);
	of[0].entry[a].key = 7; /* as if its keys were others */
	of[0].entry[a].blocks = 90;
	prefix_tree_build(&tree, of, 1);
	assert_int_equal(tree.n, 2);
	assert_int_equal(tree.node[0].parent, -1);
	assert_int_equal(tree.node[1].parent, -1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_nothing_there_is_no_tree),
		TEST(the_same_prefix_at_two_workers_is_one),
		TEST(longer_ones_stand_behind_what_they_go_on_from),
		TEST(where_workers_disagree_it_goes_on_from_the_longest),
		TEST(a_worker_s_sessions_are_those_of_all_that_goes_on),
		TEST(what_is_left_out_counts_for_what_it_goes_on_from),
		TEST(what_nobody_holds_any_more_is_not_there),
		TEST(of_many_those_with_most_sessions_stay),
		TEST(one_without_its_parent_is_a_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
