#include "tests/unit/prompt/talk.h"

static struct slice turn[TALK_MOST];
static struct error err;

static enum status go_on(struct conversation *c, size_t kept, size_t n)
{
	struct conversation_input in = talk_input(kept, turn + kept, n - kept);
	enum status status = conversation_go_on(c, &in, &arena, &room, &err);

	arena_reset(&arena);
	return status;
}

static void make_turns(struct rng *rng, size_t from, size_t n)
{
	static const char *const role[] = {"system", "user", "assistant"};

	for (size_t i = from; i < n; i++)
		turn[i] = talk_message(rng, role[i ? 1 + i % 2 : 0],
				       rng_below(rng, 40));
}

static void each_turn_is_what_doing_all_anew_gives(void **state)
{
	struct conversation *c = conversation_create();
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	make_turns(&rng, 0, TALK_MOST);
	for (size_t n = 1; n <= TALK_MOST; n += 1 + n % 2) {
		assert_int_equal(go_on(c, c->n_turns, n), OK);
		talk_check(c, turn, n);
	}
	conversation_destroy(&c);
	assert_null(c);
}

static void turns_may_be_taken_back_and_others_follow(void **state)
{
	struct conversation *c = conversation_create();
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2);
	for (size_t i = 0; i < 200; i++) {
		size_t kept = rng_below(&rng, c->n_turns + 1);
		size_t n = kept + rng_below(&rng, TALK_MOST - kept + 1);

		if (n == 0)
			n = 1;
		make_turns(&rng, kept, n);
		assert_int_equal(go_on(c, kept, n), OK);
		talk_check(c, turn, n);
	}
	conversation_destroy(&c);
}

static void a_branch_goes_on_by_itself(void **state)
{
	struct conversation *c = conversation_create(), *b;
	struct slice trunk[TALK_MOST];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	make_turns(&rng, 0, 8);
	memcpy(trunk, turn, sizeof(turn));
	assert_int_equal(go_on(c, 0, 8), OK);
	for (size_t text_bytes = 0; text_bytes < 4000; text_bytes += 500) {
		b = conversation_branch(c, 5, text_bytes);
		make_turns(&rng, 5, 7);
		assert_int_equal(go_on(b, 5, 7), OK);
		talk_check(b, turn, 7);
		conversation_destroy(&b);
	}
	talk_check(c, trunk, 8);
	conversation_destroy(&c);
}

static void known_turns_are_not_tokenized_again(void **state)
{
	struct conversation *c = conversation_create();
	struct rng rng;
	size_t n_cuts;

	(void)state;
	rng_seed(&rng, 4);
	make_turns(&rng, 0, 3);
	assert_int_equal(go_on(c, 0, 2), OK);
	n_cuts = c->cuts.n;
	assert_true(n_cuts >= 4);
	/* Seen if the old ids are taken as they are. */
	c->tokens.id[0] = 77;
	assert_int_equal(go_on(c, 2, 3), OK);
	assert_int_equal(c->tokens.id[0], 77);
	assert_true(c->cuts.n > n_cuts);
	conversation_destroy(&c);
}

static void what_cannot_be_rendered_leaves_it_empty(void **state)
{
	struct conversation *c = conversation_create();
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	make_turns(&rng, 0, 4);
	assert_int_equal(go_on(c, 0, 2), OK);
	turn[2] = SLICE("{\"content\":\"no role\"}");
	assert_int_equal(go_on(c, 2, 4), ERR_INVALID);
	assert_int_equal(c->n_turns, 0);
	assert_int_equal(c->tokens.n, 0);
	assert_int_equal(buf_len(&c->text), 0);
	turn[0] = SLICE("{\"role\":\"user\",\"content\":[{\"type\":"
			"\"image_url\",\"image_url\":{\"url\":\"x\"}}]}");
	assert_int_equal(go_on(c, 0, 1), ERR_UNSUPPORTED);
	make_turns(&rng, 0, 4);
	assert_int_equal(go_on(c, 0, 4), OK);
	talk_check(c, turn, 4);
	conversation_destroy(&c);
}

static void a_last_message_that_goes_on_is_cut_open(void **state)
{
	struct conversation *c = conversation_create();
	struct conversation_input in = talk_input(0, NULL, 0);

	(void)state;
	in.request.continue_final_message = true;
	in.request.add_generation_prompt = false;
	in.request.messages = SLICE("[{\"role\":\"assistant\","
				    "\"content\":\"so be\"}]");
	assert_int_equal(conversation_go_on(c, &in, &arena, &room, &err), OK);
	assert_true(slice_equal(buf_slice(&c->text),
				SLICE("<|im_start|>assistant\nso be")));
	assert_true(c->tokens.n > 3);
	conversation_destroy(&c);
}

static void too_many_tokens_are_refused(void **state)
{
	struct conversation *c = conversation_create();
	struct conversation_input in;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 6);
	make_turns(&rng, 0, 4);
	in = talk_input(0, turn, 4);
	in.max_tokens = 10;
	assert_int_equal(conversation_go_on(c, &in, &arena, &room, &err),
			 ERR_LIMIT);
	assert_int_equal(c->tokens.n, 0);
	conversation_destroy(&c);
}

/* Little text, of which much would be made. */
static struct slice full_of_values(const char *key, size_t n)
{
	struct slice out;
	struct buf b;

	buf_init(&b);
	buf_printf(&b, "{\"role\":\"user\",\"content\":\"x\",\"%s\":[{}", key);
	for (size_t i = 1; i < n; i++)
		buf_puts(&b, ",{}");
	buf_puts(&b, "]}");
	out = arena_copy(&lasting, buf_slice(&b));
	buf_fini(&b);
	return out;
}

static void values_that_take_too_much_memory_are_refused(void **state)
{
	struct conversation *c = conversation_create();
	struct conversation_input in;

	(void)state;
	turn[0] = full_of_values("y", 20000);
	assert_int_equal(go_on(c, 0, 1), OK);
	turn[0] = full_of_values("y", 3000000);
	in = talk_input(0, turn, 1);
	assert_int_equal(conversation_go_on(c, &in, &arena, &room, &err),
			 ERR_LIMIT);
	assert_true(arena.bytes < (size_t)200 << 20);
	assert_int_equal(c->tokens.n, 0);
	turn[0] = full_of_values("y", 20000);
	turn[1] = full_of_values("y", 3000000);
	assert_int_equal(go_on(c, 0, 2), ERR_LIMIT);
	arena_fini(&arena);
	conversation_destroy(&c);
}

static void the_same_kinds_of_messages_share_an_outline(void **state)
{
	struct conversation *c = conversation_create(), *d;
	struct outline *o;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	make_turns(&rng, 0, 4);
	assert_int_equal(go_on(c, 0, 3), OK);
	o = outlines_get(outlines, c->turn[2].kinds);
	assert_non_null(o);
	outline_unref(&o);
	for (size_t i = 0; i < 20; i++) {
		d = conversation_create();
		make_turns(&rng, 0, 4);
		assert_int_equal(go_on(d, 0, 3), OK);
		assert_true(
			fingerprint_equal(c->turn[2].kinds, d->turn[2].kinds));
		talk_check(d, turn, 3);
		assert_int_equal(go_on(d, 2, 4), OK);
		talk_check(d, turn, 4);
		conversation_destroy(&d);
	}
	conversation_destroy(&c);
}

/* What is plain in the end need not have come so. */
static void a_text_in_a_part_has_its_place_in_an_outline(void **state)
{
	static const char *const first[] = {"one", "another"};
	struct conversation *c;
	char raw[128];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 10);
	make_turns(&rng, 1, 3);
	for (size_t i = 0; i < 4; i++) {
		c = conversation_create();
		snprintf(raw, sizeof(raw),
			 "{\"role\":\"system\",\"content\":[{\"type\":"
			 "\"text\",\"text\":\"%s\"}]}",
			 first[i % 2]);
		turn[0] = slice_of(raw);
		assert_int_equal(go_on(c, 0, 3), OK);
		talk_check(c, turn, 3);
		conversation_destroy(&c);
	}
}

static void other_kinds_of_messages_do_not(void **state)
{
	static const char *const last[] = {
		"{\"role\":\"user\",\"content\":\"a\"}",
		"{\"role\":\"tool\",\"content\":\"a\"}",
		"{\"role\":\"user\",\"content\":\"a\",\"name\":\"b\"}",
		"{\"role\":\"user\",\"content\":\"a\",\"name\":\"c\"}",
	};
	struct conversation *c[5];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 8);
	make_turns(&rng, 0, 2);
	for (size_t i = 0; i < 5; i++) {
		c[i] = conversation_create();
		/* The last: under another scope. */
		c[i]->scope.low = i == 4;
		turn[2] = slice_of(last[i % 4]);
		assert_int_equal(go_on(c[i], 0, 3), OK);
		talk_check(c[i], turn, 3);
		for (size_t k = 0; k < i; k++)
			assert_false(fingerprint_equal(c[i]->turn[2].kinds,
						       c[k]->turn[2].kinds));
	}
	for (size_t i = 0; i < 5; i++)
		conversation_destroy(&c[i]);
}

static void check_text(struct conversation *c, struct slice text,
		       bool add_special)
{
	struct token_list want = {0};

	assert_int_equal(
		tokenizer_encode(tokenizer, text, add_special, SIZE_MAX, &want),
		OK);
	assert_int_equal(conversation_set_text(c, tokenizer, text, add_special,
					       SIZE_MAX, &arena),
			 OK);
	arena_reset(&arena);
	assert_int_equal(c->tokens.n, want.n);
	assert_memory_equal(c->tokens.id, want.id, want.n * sizeof(*want.id));
	token_list_fini(&want);
}

static void a_text_may_change_at_its_end(void **state)
{
	struct conversation *c = conversation_create();

	(void)state;
	check_text(c, SLICE("one<|im_end|>two<|im_end|>three"), true);
	check_text(c, SLICE("one<|im_end|>two<|im_end|>four"), true);
	check_text(c, SLICE("one<|im_end|>"), true);
	check_text(c, SLICE("another"), true);
	assert_int_equal(conversation_set_text(c, tokenizer, SLICE("a\x80"),
					       false, SIZE_MAX, &arena),
			 ERR_INVALID);
	assert_int_equal(c->tokens.n, 0);
	conversation_destroy(&c);
}

static void the_end_of_a_text_is_taken_over(void **state)
{
	struct conversation *c = conversation_create();
	size_t n;

	(void)state;
	check_text(c, SLICE("a<|im_end|>b<|im_start|>c<|im_end|>d"), true);
	n = c->tokens.n;
	/* Seen if the old ids are taken as they are. */
	c->tokens.id[n - 1] = 77;
	assert_int_equal(
		conversation_set_text(
			c, tokenizer,
			SLICE("a<|im_end|>e f<|im_start|>c<|im_end|>d"), true,
			SIZE_MAX, &arena),
		OK);
	assert_int_equal(c->tokens.id[c->tokens.n - 1], 77);
	assert_int_equal(c->cuts.n, 3);
	assert_int_equal(c->cuts.cut[2].n_tokens, c->tokens.n - 1);
	arena_reset(&arena);
	conversation_destroy(&c);
}

static void a_long_plain_text_is_gone_on_with(void **state)
{
	struct conversation *c = conversation_create();
	struct rng rng;
	struct buf text;

	(void)state;
	buf_init(&text);
	rng_seed(&rng, 11);
	for (size_t i = 0; i < 60; i++) {
		size_t kept = rng_below(&rng, buf_len(&text) + 1);

		text.end = text.start +
			   (uint32_t)(i % 3 ? buf_len(&text) : kept);
		while (rng_below(&rng, 400) > 0)
			buf_puts(&text, rng_below(&rng, 3) ? " and" : " so\n");
		check_text(c, buf_slice(&text), true);
	}
	assert_true(c->cuts.n > 2);
	/* Seen if the old ids are taken as they are. */
	c->tokens.id[0] = 77;
	buf_puts(&text, " more");
	assert_int_equal(conversation_set_text(c, tokenizer, buf_slice(&text),
					       true, SIZE_MAX, &arena),
			 OK);
	assert_int_equal(c->tokens.id[0], 77);
	arena_reset(&arena);
	buf_fini(&text);
	conversation_destroy(&c);
}

/* Where a seam ends what two texts share, the next byte may make it none. */
static void a_seam_is_one_only_before_its_blank(void **state)
{
	struct conversation *c = conversation_create();
	struct buf text;
	size_t at;

	(void)state;
	buf_init(&text);
	while (buf_len(&text) < 4096)
		buf_puts(&text, " hand");
	check_text(c, buf_slice(&text), true);
	assert_true(c->cuts.n > 0 && c->cuts.cut[0].seam);
	at = c->cuts.cut[c->cuts.n - 1].at;
	text.end = text.start + (uint32_t)at;
	check_text(c, buf_slice(&text), true);
	buf_puts(&text, "somely done");
	check_text(c, buf_slice(&text), true);
	buf_fini(&text);
	conversation_destroy(&c);
}

static void a_text_may_change_anywhere(void **state)
{
	static const char *const word[] = {"<|im_end|>",   "<|im_", "end|>",
					   "<|im_start|>", " a",    "b",
					   "\n",           "<",     "<|"};
	struct conversation *c = conversation_create();
	struct buf old, text;
	struct rng rng;

	(void)state;
	buf_init(&old);
	buf_init(&text);
	rng_seed(&rng, 9);
	for (size_t i = 0; i < 3000; i++) {
		size_t from = rng_below(&rng, buf_len(&old) + 1);
		size_t to = from + rng_below(&rng, buf_len(&old) - from + 1);

		buf_reset(&text, SIZE_MAX);
		buf_append(&text, (struct slice){old.p, from});
		for (size_t n = rng_below(&rng, 4 + 60 * (i % 50 == 0)); n > 0;
		     n--)
			buf_puts(&text, word[rng_below(&rng, ARRAY_LEN(word))]);
		buf_append(&text, slice_from(buf_slice(&old), to));
		check_text(c, buf_slice(&text), true);
		buf_reset(&old, SIZE_MAX);
		buf_append(&old, buf_slice(&text));
	}
	buf_fini(&old);
	buf_fini(&text);
	conversation_destroy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_turn_is_what_doing_all_anew_gives),
		cmocka_unit_test(turns_may_be_taken_back_and_others_follow),
		cmocka_unit_test(a_branch_goes_on_by_itself),
		cmocka_unit_test(known_turns_are_not_tokenized_again),
		cmocka_unit_test(what_cannot_be_rendered_leaves_it_empty),
		cmocka_unit_test(a_last_message_that_goes_on_is_cut_open),
		cmocka_unit_test(too_many_tokens_are_refused),
		cmocka_unit_test(values_that_take_too_much_memory_are_refused),
		cmocka_unit_test(the_same_kinds_of_messages_share_an_outline),
		cmocka_unit_test(a_text_in_a_part_has_its_place_in_an_outline),
		cmocka_unit_test(other_kinds_of_messages_do_not),
		cmocka_unit_test(a_text_may_change_at_its_end),
		cmocka_unit_test(the_end_of_a_text_is_taken_over),
		cmocka_unit_test(a_long_plain_text_is_gone_on_with),
		cmocka_unit_test(a_seam_is_one_only_before_its_blank),
		cmocka_unit_test(a_text_may_change_anywhere),
	};

	return cmocka_run_group_tests(tests, talk_begin, talk_end);
}
