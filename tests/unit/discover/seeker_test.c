#include "router/discover/seeker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/discover/finding.h"

struct bed {
	struct loop loop;
	struct mailbox *mailbox;
	struct place place;
	struct seeker *seeker;
	size_t sets, others, failures;
};

static void deliver(struct mail *m, void *receiver)
{
	struct seeker_news *n = CONTAINER_OF(m, struct seeker_news, mail);
	struct bed *b = receiver;

	assert_ptr_equal(n->arg, b);
	assert_string_equal(n->model, "m");
	b->sets += n->set != NULL;
	b->failures += n->failure != NULL;
	b->others += n->set == NULL && n->failure == NULL;
	seeker_news_free(n);
}

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	place_init(&b.place);
	loop_init(&b.loop);
	b.mailbox = mailbox_create(&b.loop, &b);
	b.seeker = seeker_create(b.mailbox, deliver, &b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	seeker_destroy(&b->seeker);
	mailbox_destroy(&b->mailbox);
	loop_fini(&b->loop);
	place_fini(&b->place);
	return 0;
}

static void set_conf(struct bed *b, const char *more)
{
	struct conf *c = place_conf(&b->place, more);

	seeker_set_conf(b->seeker, c);
	conf_unref(&c);
}

static void wait_for(struct bed *b, const size_t *count, size_t n)
{
	while (*count < n)
		loop_turn(&b->loop, true);
}

static void what_is_found_comes_as_mail(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, "[http://127.0.0.1:1]");
	set_conf(b, "");
	wait_for(b, &b->sets, 1);
	wait_for(b, &b->others, 1);
	assert_int_equal(b->failures, 0);
}

static void a_source_that_stays_does_not_begin_anew(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, "[http://127.0.0.1:1]");
	set_conf(b, "");
	wait_for(b, &b->sets, 1);
	set_conf(b, "");
	wait_for(b, &b->others, b->others + 2);
	assert_int_equal(b->sets, 1);
	set_conf(b, ", max_workers: 7");
	wait_for(b, &b->sets, 2);
}

static void what_fails_comes_as_mail_too(void **state)
{
	struct bed *b = *state;

	set_conf(b, "");
	wait_for(b, &b->failures, 2);
	assert_int_equal(b->sets, 0);
}

static void it_may_end_at_any_time(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, "[http://127.0.0.1:1]");
	set_conf(b, "");
	seeker_destroy(&b->seeker);
	assert_null(b->seeker);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_found_comes_as_mail),
		TEST(a_source_that_stays_does_not_begin_anew),
		TEST(what_fails_comes_as_mail_too),
		TEST(it_may_end_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
