#include "tests/unit/prompt/talk.h"

#include <pthread.h>

#include "router/prompt/recall.h"

#define BUDGET (8u << 20)

static struct recall *recall;
static const struct fingerprint_value scope = {1, 2}, other_scope = {3, 4};

static int begin(void **state)
{
	(void)state;
	recall = recall_create(BUDGET);
	return 0;
}

static int end(void **state)
{
	(void)state;
	recall_destroy(&recall);
	arena_reset(&arena);
	return 0;
}

/* A body's messages behind their bracket, and where each ends. */
struct body {
	struct slice turn[TALK_MOST];
	size_t n;
	size_t end[TALK_MOST];
	struct slice text;
};

static void write_text(struct body *b)
{
	struct buf text;

	buf_init(&text);
	for (size_t i = 0; i < b->n; i++) {
		if (i > 0)
			buf_puts(&text, ", ");
		buf_append(&text, b->turn[i]);
		b->end[i] = buf_len(&text);
	}
	buf_puts(&text, "],\"model\":\"demo\"}");
	b->text = arena_copy(&lasting, buf_slice(&text));
	buf_fini(&text);
}

static void add_turns(struct rng *rng, struct body *b, size_t n, size_t words)
{
	for (size_t i = 0; i < n; i++, b->n++)
		b->turn[b->n] = talk_message(rng, b->n ? "user" : "system",
					     words);
	write_text(b);
}

/* As a request does it; returns how many turns were known. */
static size_t serve(const struct body *b, struct fingerprint_value in_scope)
{
	struct recall_end ends[TALK_MOST];
	struct conversation_input in;
	struct conversation *c;
	struct recalled f;
	struct error err;
	struct arena own = {0};
	size_t kept;

	recall_find(recall, 0, b->text, &own, &f);
	c = recall_lend(recall, &f, in_scope, &kept);
	assert_true(kept <= b->n && (kept == 0 || kept == f.n_turns));
	if (kept > 0)
		assert_int_equal(f.bytes, b->end[kept - 1]);
	in = talk_input(kept, b->turn + kept, b->n - kept);
	for (size_t i = kept; i < b->n; i++)
		ends[i - kept] = recall_end_at(&f, b->text, b->end[i]);
	assert_int_equal(conversation_go_on(c, &in, &arena, &room, &err), OK);
	talk_check(c, b->turn, b->n);
	recall_keep(recall, c, f.chunk, chunk_count(b->end[b->n - 1]), ends,
		    kept);
	assert_true(recall_bytes(recall) <= BUDGET);
	arena_fini(&own);
	return kept;
}

static void a_next_turn_finds_all_before_it(void **state)
{
	struct body b = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	add_turns(&rng, &b, 2, 300);
	assert_int_equal(serve(&b, scope), 0);
	for (size_t n = 2; n + 2 <= TALK_MOST; n += 2) {
		add_turns(&rng, &b, 2, 20);
		assert_int_equal(serve(&b, scope), n);
	}
	assert_int_equal(recall_count(recall), 1);
}

static void another_end_finds_the_start(void **state)
{
	struct body b = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2);
	add_turns(&rng, &b, 3, 500);
	add_turns(&rng, &b, 1, 5);
	assert_int_equal(serve(&b, scope), 0);
	for (size_t i = 0; i < 5; i++) {
		b.n = 3;
		add_turns(&rng, &b, 1, 5);
		assert_int_equal(serve(&b, scope), 3);
	}
	/* Little was lost each time: it is still one. */
	assert_int_equal(recall_count(recall), 1);
}

static void conversations_that_begin_alike_stay_apart(void **state)
{
	struct body one = {0}, two;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	add_turns(&rng, &one, 1, 400);
	two = one;
	add_turns(&rng, &one, 6, 300);
	assert_int_equal(serve(&one, scope), 0);
	add_turns(&rng, &two, 2, 300);
	assert_int_equal(serve(&two, scope), 1);
	assert_int_equal(recall_count(recall), 2);
	add_turns(&rng, &one, 1, 10);
	assert_int_equal(serve(&one, scope), 7);
	add_turns(&rng, &two, 1, 10);
	assert_int_equal(serve(&two, scope), 3);
	assert_int_equal(recall_count(recall), 2);
}

static void another_scope_knows_nothing(void **state)
{
	struct body b = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	add_turns(&rng, &b, 4, 200);
	assert_int_equal(serve(&b, scope), 0);
	assert_int_equal(serve(&b, other_scope), 0);
	assert_int_equal(serve(&b, other_scope), 4);
}

static void the_shortest_are_not_kept(void **state)
{
	struct body b = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	add_turns(&rng, &b, 1, 2);
	assert_int_equal(serve(&b, scope), 0);
	assert_int_equal(serve(&b, scope), 0);
	assert_int_equal(recall_count(recall), 0);
	assert_int_equal(recall_bytes(recall), 0);
}

static void one_that_is_lent_is_not_found(void **state)
{
	struct conversation *c, *again;
	struct body b = {0};
	struct recalled f;
	struct rng rng;
	size_t kept;

	(void)state;
	rng_seed(&rng, 6);
	add_turns(&rng, &b, 4, 200);
	serve(&b, scope);
	recall_find(recall, 0, b.text, &arena, &f);
	c = recall_lend(recall, &f, scope, &kept);
	assert_int_equal(kept, 4);
	assert_null(f.conversation);
	recall_find(recall, 0, b.text, &arena, &f);
	assert_null(f.conversation);
	again = recall_lend(recall, &f, scope, &kept);
	assert_ptr_not_equal(c, again);
	assert_int_equal(kept, 0);
	recall_drop(recall, again);
	recall_drop(recall, c);
	assert_int_equal(recall_count(recall), 0);
	assert_int_equal(serve(&b, scope), 0);
}

static void one_that_is_given_up_is_found_again(void **state)
{
	struct body b = {0};
	struct recalled f;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 9);
	add_turns(&rng, &b, 4, 200);
	serve(&b, scope);
	recall_find(recall, 0, b.text, &arena, &f);
	assert_non_null(f.conversation);
	recall_give_up(recall, &f);
	recall_give_up(recall, &f);
	assert_int_equal(recall_count(recall), 1);
	assert_int_equal(serve(&b, scope), 4);
}

/* Nobody learns from a look what others have said. */
static void what_one_has_kept_no_other_finds(void **state)
{
	struct body b = {0};
	struct recalled f;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 10);
	add_turns(&rng, &b, 4, 200);
	serve(&b, scope);
	recall_find(recall, 0x1234567812345678, b.text, &arena, &f);
	assert_null(f.conversation);
	assert_int_equal(f.n_turns, 0);
	assert_int_equal(f.bytes, 0);
	recall_find(recall, 0, b.text, &arena, &f);
	assert_non_null(f.conversation);
	recall_give_up(recall, &f);
}

static void the_budget_holds_and_the_oldest_goes(void **state)
{
	struct body b[3] = {{.n = 0}};
	struct rng rng;

	(void)state;
	recall_destroy(&recall);
	recall = recall_create(200000);
	rng_seed(&rng, 7);
	for (size_t i = 0; i < 3; i++)
		add_turns(&rng, &b[i], 4, 1000);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(serve(&b[i], scope), 0);
	assert_true(recall_count(recall) < 3);
	assert_true(recall_bytes(recall) <= 200000);
	assert_int_equal(serve(&b[2], scope), 4);
	assert_int_equal(serve(&b[0], scope), 0);
	recall_destroy(&recall);
	recall = recall_create(0);
	assert_int_equal(serve(&b[0], scope), 0);
	assert_int_equal(serve(&b[0], scope), 0);
	assert_int_equal(recall_bytes(recall), 0);
}

static void random_talk_is_always_what_doing_all_anew_gives(void **state)
{
	struct body b[6] = {{.n = 0}};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 8);
	for (size_t step = 0; step < 300; step++) {
		size_t at = rng_below(&rng, ARRAY_LEN(b));
		struct body *x = &b[at];

		if (rng_below(&rng, 4) == 0)
			*x = b[rng_below(&rng, ARRAY_LEN(b))];
		if (rng_below(&rng, 3) == 0)
			x->n = rng_below(&rng, x->n + 1);
		if (x->n + 4 > TALK_MOST)
			x->n = 2;
		add_turns(&rng, x, 1 + rng_below(&rng, 3),
			  rng_below(&rng, 300));
		serve(x, rng_below(&rng, 8) ? scope : other_scope);
	}
}

#define THREADS 4

/* Texts that begin alike in many ways, and one budget for all threads. */
static void serve_text(struct rng *rng, struct arena *own)
{
	struct recalled f;
	struct conversation *c;
	struct buf text;
	size_t kept, n = 1 + rng_below(rng, 40);

	buf_init(&text);
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%llu and so on, part after part<|im_end|>",
			   (unsigned long long)rng_below(rng, i < 8 ? 2 : 50));
	recall_find(recall, 0, buf_slice(&text), own, &f);
	if (rng_below(rng, 4) == 0) {
		recall_give_up(recall, &f);
	} else {
		c = recall_lend(recall, &f, scope, &kept);
		assert_int_equal(conversation_set_text(c, tokenizer,
						       buf_slice(&text), false,
						       SIZE_MAX, own),
				 OK);
		assert_true(slice_equal(buf_slice(&c->text), buf_slice(&text)));
		if (rng_below(rng, 8) == 0)
			recall_drop(recall, c);
		else
			recall_keep(recall, c, f.chunk, f.n_chunks, NULL, kept);
	}
	buf_fini(&text);
	arena_reset(own);
}

static void *serve_texts(void *seed)
{
	struct arena own = {0};
	struct rng rng;

	rng_seed(&rng, (uint64_t)(uintptr_t)seed);
	for (size_t i = 0; i < 500; i++)
		serve_text(&rng, &own);
	arena_fini(&own);
	return NULL;
}

static void lanes_may_share_it(void **state)
{
	pthread_t thread[THREADS];

	(void)state;
	recall_destroy(&recall);
	recall = recall_create(100000);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, serve_texts,
						(void *)(i + 1)),
				 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_true(recall_count(recall) > 0);
	assert_true(recall_bytes(recall) <= 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_next_turn_finds_all_before_it,
						begin, end),
		cmocka_unit_test_setup_teardown(another_end_finds_the_start,
						begin, end),
		cmocka_unit_test_setup_teardown(
			conversations_that_begin_alike_stay_apart, begin, end),
		cmocka_unit_test_setup_teardown(another_scope_knows_nothing,
						begin, end),
		cmocka_unit_test_setup_teardown(the_shortest_are_not_kept,
						begin, end),
		cmocka_unit_test_setup_teardown(one_that_is_lent_is_not_found,
						begin, end),
		cmocka_unit_test_setup_teardown(
			one_that_is_given_up_is_found_again, begin, end),
		cmocka_unit_test_setup_teardown(
			what_one_has_kept_no_other_finds, begin, end),
		cmocka_unit_test_setup_teardown(
			the_budget_holds_and_the_oldest_goes, begin, end),
		cmocka_unit_test_setup_teardown(lanes_may_share_it, begin, end),
		cmocka_unit_test_setup_teardown(
			random_talk_is_always_what_doing_all_anew_gives, begin,
			end),
	};

	return cmocka_run_group_tests(tests, talk_begin, talk_end);
}
