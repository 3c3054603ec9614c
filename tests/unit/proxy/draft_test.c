#include "router/proxy/draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/proxy/client.h"
#include "router/proxy/request.h"
#include "router/upstream/link.h"
#include "tests/unit/abort.h"

static void a_draft_goes_with_all_that_was_made_for_it(void **unused)
{
	struct slab chunks;
	struct draft *d;

	(void)unused;
	slab_init(&chunks, SLAB_MAX_BYTES, 0);
	for (int i = 0; i < 3; i++) {
		d = draft_create(NULL, &chunks);
		assert_int_equal(chunks.n, 1);
		for (size_t n = 1; n < 100000; n *= 3)
			memset(arena_alloc(&d->arena, n), 1, n);
		buf_puts(&d->body, "{}");
		buf_puts(&d->send_head, "POST");
		buf_puts(&d->reply_head, "HTTP/1.1");
		buf_puts(&d->ask_body, "{}");
		buf_puts(&d->ask_answer, "[]");
		buf_puts(&d->reply, "no");
		draft_destroy(&d);
		assert_null(d);
		assert_int_equal(chunks.n, 0);
	}
	draft_destroy(&d);
	slab_fini(&chunks);
}

static void a_draft_begins_empty_where_another_was(void **unused)
{
	struct slab chunks;
	struct draft *d;

	(void)unused;
	slab_init(&chunks, SLAB_MAX_BYTES, 1);
	d = draft_create(NULL, &chunks);
	memset(arena_alloc(&d->arena, 2000), 0xff, 2000);
	d->retry_after_s = 7;
	d->n_candidates = 3;
	draft_destroy(&d);
	d = draft_create((struct request *)&chunks, &chunks);
	assert_int_equal(d->retry_after_s, 0);
	assert_int_equal(d->n_candidates, 0);
	assert_null(d->token);
	assert_null(d->body.p);
	assert_true(list_empty(&d->queued.link));
	assert_true(list_empty(&d->explaining));
	assert_ptr_equal(d->request, &chunks);
	draft_destroy(&d);
	slab_fini(&chunks);
}

static void small_room_is_the_drafts_and_large_room_the_heaps(void **unused)
{
	struct slab chunks;
	struct draft *d;
	size_t held;

	(void)unused;
	slab_init(&chunks, SLAB_MAX_BYTES, 0);
	d = draft_create(NULL, &chunks);
	held = d->arena.bytes;
	draft_make_room(d, &d->body, 300);
	assert_true(d->body.lent);
	assert_int_equal(buf_room(&d->body), 300);
	assert_int_equal(d->arena.bytes, held);
	draft_make_room(d, &d->send_head, 1 << 20);
	assert_false(d->send_head.lent);
	assert_true(buf_room(&d->send_head) >= 1 << 20);
	assert_int_equal(d->arena.bytes, held);
	draft_destroy(&d);
	slab_fini(&chunks);
}

/* Also when a try is made again: what is there is good enough. */
static void room_is_made_once(void **unused)
{
	struct slab chunks;
	struct draft *d;
	char *p;

	(void)unused;
	slab_init(&chunks, SLAB_MAX_BYTES, 0);
	d = draft_create(NULL, &chunks);
	draft_make_room(d, &d->reply_head, 0);
	assert_null(d->reply_head.p);
	draft_make_room(d, &d->reply_head, 100);
	p = d->reply_head.p;
	buf_puts(&d->reply_head, "held");
	draft_make_room(d, &d->reply_head, 500);
	assert_ptr_equal(d->reply_head.p, p);
	assert_int_equal(buf_len(&d->reply_head), 4);
	draft_destroy(&d);
	slab_fini(&chunks);
}

static void end_while_it_waits(void *arg)
{
	struct draft *d = draft_create(NULL, arg);
	struct list queue;

	list_init(&queue);
	list_push_back(&queue, &d->queued.link);
	draft_destroy(&d);
}

static void end_while_a_job_is_out(void *arg)
{
	struct draft *d = draft_create(NULL, arg);

	d->job = (struct request_job *)d;
	draft_destroy(&d);
}

static void end_while_a_worker_is_asked(void *arg)
{
	struct draft *d = draft_create(NULL, arg);

	d->ask.link = (struct link *)d;
	draft_destroy(&d);
}

static void a_draft_does_not_end_while_others_use_it(void **unused)
{
	struct slab chunks;

	(void)unused;
	slab_init(&chunks, SLAB_MAX_BYTES, 0);
	assert_true(aborts(end_while_it_waits, &chunks));
	assert_true(aborts(end_while_a_job_is_out, &chunks));
	assert_true(aborts(end_while_a_worker_is_asked, &chunks));
	slab_fini(&chunks);
}

/* There may be tens of thousands of them: what is needed only until an
 * answer begins belongs in the draft, and that has to leave half a chunk. */
static void what_connections_and_streams_cost_is_known(void **unused)
{
	(void)unused;
	assert_in_range(sizeof(struct client), 1, 432);
	assert_in_range(sizeof(struct link) + sizeof(struct request), 1, 688);
	assert_in_range(sizeof(struct draft), 1, SLAB_MAX_BYTES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft_goes_with_all_that_was_made_for_it),
		cmocka_unit_test(a_draft_begins_empty_where_another_was),
		cmocka_unit_test(
			small_room_is_the_drafts_and_large_room_the_heaps),
		cmocka_unit_test(room_is_made_once),
		cmocka_unit_test(a_draft_does_not_end_while_others_use_it),
		cmocka_unit_test(what_connections_and_streams_cost_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
