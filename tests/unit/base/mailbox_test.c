#include "common/base/mailbox.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/base/thread.h"
#include "tests/unit/stage.h"

struct letter {
	struct mail mail;
	int from, number;
	struct mailbox *reply_to; /* posted again by deliver, once */
};

struct receiver {
	int last[4], n;
	bool wrong_order;
};

static struct letter *letter_create(int from, int number)
{
	struct letter *l = mem_zalloc(sizeof(*l));

	l->from = from;
	l->number = number;
	return l;
}

static void deliver(struct mail *m, void *receiver)
{
	struct letter *l = CONTAINER_OF(m, struct letter, mail);
	struct receiver *r = receiver;
	struct mailbox *reply_to = l->reply_to;

	if (l->number != r->last[l->from] + 1)
		r->wrong_order = true;
	r->last[l->from] = l->number;
	r->n++;
	if (reply_to == NULL) {
		mem_free(l);
		return;
	}
	l->reply_to = NULL;
	l->number++;
	mailbox_post(reply_to, m);
}

static void post(struct mailbox *mb, struct letter *l)
{
	l->mail.deliver = deliver;
	mailbox_post(mb, &l->mail);
}

static void mail_waits_for_the_loop_and_keeps_its_order(void **unused)
{
	struct receiver r = {0};
	struct mailbox *mb;
	struct stage s;

	(void)unused;
	stage_open(&s);
	mb = mailbox_create(&s.loop, &r);
	for (int i = 1; i <= 5; i++)
		post(mb, letter_create(0, i));
	assert_int_equal(r.n, 0);
	STAGE_UNTIL(&s, r.n == 5);
	assert_false(r.wrong_order);
	post(mb, letter_create(0, 6));
	STAGE_UNTIL(&s, r.n == 6);
	mailbox_destroy(&mb);
	assert_null(mb);
	mailbox_destroy(&mb);
	stage_close(&s);
}

static void a_plain_mailbox_shows_its_mail_by_a_descriptor(void **unused)
{
	struct receiver r = {0};
	struct mailbox *mb = mailbox_create_plain(&r);
	struct pollfd p = {.fd = mailbox_fd(mb), .events = POLLIN};

	(void)unused;
	assert_int_equal(poll(&p, 1, 0), 0);
	post(mb, letter_create(0, 1));
	post(mb, letter_create(0, 2));
	assert_int_equal(poll(&p, 1, 0), 1);
	mailbox_drain(mb);
	assert_int_equal(r.n, 2);
	assert_int_equal(poll(&p, 1, 0), 0);
	mailbox_drain(mb);
	assert_int_equal(r.n, 2);
	mailbox_destroy(&mb);
}

static bool is_readable(const struct mailbox *mb)
{
	struct pollfd p = {.fd = mailbox_fd(mb), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void a_receiver_that_looks_is_not_woken_until_it_drains(void **unused)
{
	struct receiver r = {0};
	struct mailbox *mb = mailbox_create_plain(&r);

	(void)unused;
	post(mb, letter_create(0, 1));
	assert_true(is_readable(mb));
	mailbox_look(mb, true);
	assert_int_equal(r.n, 1);
	post(mb, letter_create(0, 2));
	assert_false(is_readable(mb));
	mailbox_look(mb, false);
	assert_int_equal(r.n, 2);
	post(mb, letter_create(0, 3));
	mailbox_drain(mb);
	assert_int_equal(r.n, 3);
	post(mb, letter_create(0, 4));
	assert_true(is_readable(mb));
	mailbox_destroy(&mb);
	assert_int_equal(r.n, 4);
	assert_false(r.wrong_order);
}

static void what_is_left_is_delivered_at_the_end(void **unused)
{
	struct receiver r = {0};
	struct mailbox *mb = mailbox_create_plain(&r);
	struct letter *l = letter_create(0, 1);

	(void)unused;
	l->reply_to = mb;
	post(mb, l);
	mailbox_destroy(&mb);
	assert_int_equal(r.n, 2);
	assert_false(r.wrong_order);
}

#define LETTERS 5000

struct sender {
	struct thread thread;
	struct mailbox *mb;
	int number, letters;
};

static void send_all(void *arg)
{
	struct sender *s = arg;

	for (int i = 1; i <= s->letters; i++)
		post(s->mb, letter_create(s->number, i));
}

static void many_threads_mail_arrives_whole_and_in_order(void **unused)
{
	struct receiver r = {0};
	struct sender sender[4];
	struct mailbox *mb;
	struct stage s;

	(void)unused;
	stage_open(&s);
	mb = mailbox_create(&s.loop, &r);
	for (int i = 0; i < 4; i++) {
		sender[i] = (struct sender){
			.mb = mb, .number = i, .letters = LETTERS};
		thread_start(&sender[i].thread, "sender", send_all, &sender[i]);
	}
	STAGE_UNTIL(&s, r.n == 4 * LETTERS);
	assert_false(r.wrong_order);
	for (int i = 0; i < 4; i++)
		thread_join(&sender[i].thread);
	mailbox_destroy(&mb);
	stage_close(&s);
}

/* The letter may arrive while its sender is still on its way out of the
 * post office. */
static void a_mailbox_may_go_once_its_last_mail_has_come(void **unused)
{
	(void)unused;
	for (int i = 0; i < 500; i++) {
		struct receiver r = {0};
		struct mailbox *mb = mailbox_create_plain(&r);
		struct sender sender = {.mb = mb, .letters = 1};

		thread_start(&sender.thread, "sender", send_all, &sender);
		while (r.n == 0)
			mailbox_drain(mb);
		mailbox_destroy(&mb);
		thread_join(&sender.thread);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_waits_for_the_loop_and_keeps_its_order),
		cmocka_unit_test(
			a_plain_mailbox_shows_its_mail_by_a_descriptor),
		cmocka_unit_test(
			a_receiver_that_looks_is_not_woken_until_it_drains),
		cmocka_unit_test(what_is_left_is_delivered_at_the_end),
		cmocka_unit_test(many_threads_mail_arrives_whole_and_in_order),
		cmocka_unit_test(a_mailbox_may_go_once_its_last_mail_has_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
