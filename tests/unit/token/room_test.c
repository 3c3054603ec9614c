#include "tests/unit/token/fixture.h"

#include <pthread.h>

#include "common/token/room.h"

static void a_room_comes_back_to_the_next_call(void **state)
{
	struct rooms rooms;
	struct room *a, *b;

	(void)state;
	rooms_init(&rooms);
	a = room_lease(&rooms);
	b = room_lease(&rooms);
	assert_ptr_not_equal(a, b);
	room_give_back(&rooms, a);
	assert_ptr_equal(room_lease(&rooms), a);
	room_give_back(&rooms, a);
	room_give_back(&rooms, b);
	assert_int_equal(rooms.n_free, 2);
	rooms_fini(&rooms);
}

static void only_so_many_rooms_are_kept(void **state)
{
	struct rooms rooms;
	struct room *room[40];

	(void)state;
	rooms_init(&rooms);
	for (size_t i = 0; i < 40; i++)
		room[i] = room_lease(&rooms);
	for (size_t i = 0; i < 40; i++)
		room_give_back(&rooms, room[i]);
	assert_int_equal(rooms.n_free, 32);
	rooms_fini(&rooms);
}

static void what_a_long_word_took_is_given_up(void **state)
{
	struct rooms rooms;
	struct room *room;

	(void)state;
	rooms_init(&rooms);
	room = room_lease(&rooms);
	bpe_reserve(&room->scratch.bpe, 1000);
	room_give_back(&rooms, room);
	room = room_lease(&rooms);
	assert_true(room->scratch.bpe.word_size >= 1000);
	bpe_reserve(&room->scratch.bpe, 10000000);
	room_give_back(&rooms, room);
	room = room_lease(&rooms);
	assert_int_equal(room->scratch.bpe.word_size, 0);
	room_give_back(&rooms, room);
	rooms_fini(&rooms);
}

static void what_a_long_text_took_in_a_stage_is_given_up(void **state)
{
	struct rooms rooms;
	struct room *room;

	(void)state;
	rooms_init(&rooms);
	room = room_lease(&rooms);
	buf_reserve(&room->stage[STAGE_MAX - 1], 10000000);
	room->has_staged = true;
	room_give_back(&rooms, room);
	room = room_lease(&rooms);
	assert_int_equal(buf_room(&room->stage[STAGE_MAX - 1]), 0);
	assert_false(room->has_staged);
	room_give_back(&rooms, room);
	rooms_fini(&rooms);
}

#define N_THREADS 4
#define TEXT      "Hello! It's a helpful assistant; 12 words, caf\u00e9."

static void *encode_often(void *arg)
{
	const struct tokenizer *t = arg;
	struct token_list l;
	struct buf out;

	token_list_init(&l);
	buf_init(&out);
	for (size_t i = 0; i < 300; i++) {
		l.n = 0;
		buf_reset(&out, SIZE_MAX);
		if (tokenizer_encode(t, SLICE(TEXT), true, 999, &l) != OK)
			abort();
		tokenizer_decode(t, l.id, l.n, &out);
		if (!slice_equal(buf_slice(&out), SLICE(TEXT)))
			abort();
	}
	token_list_fini(&l);
	buf_fini(&out);
	return NULL;
}

static void threads_encode_with_one_tokenizer(void **state)
{
	struct error err;
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	pthread_t thread[N_THREADS];

	(void)state;
	assert_non_null(t);
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, encode_often, t), 0);
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(thread[i], NULL);
	tokenizer_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_comes_back_to_the_next_call),
		cmocka_unit_test(only_so_many_rooms_are_kept),
		cmocka_unit_test(what_a_long_word_took_is_given_up),
		cmocka_unit_test(what_a_long_text_took_in_a_stage_is_given_up),
		cmocka_unit_test(threads_encode_with_one_tokenizer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
