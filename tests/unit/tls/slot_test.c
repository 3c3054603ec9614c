#include "common/tls/slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/thread.h"

#define TURNS 2000

static struct tls_context *make(bool http2)
{
	struct tls_options o = {.side = TLS_WORKERS, .http2 = http2};
	struct tls_context *c = tls_context_create(&o, NULL, NULL);

	assert_non_null(c);
	return c;
}

static void an_empty_slot_has_nothing(void **unused)
{
	struct tls_slot s;

	(void)unused;
	tls_slot_init(&s);
	assert_null(tls_slot_get(&s));
	tls_slot_put(&s, NULL);
	assert_null(tls_slot_get(&s));
	tls_slot_fini(&s);
}

static void who_has_got_one_keeps_it(void **unused)
{
	struct tls_context *a = make(false), *b = make(true), *got;
	struct tls_slot s;

	(void)unused;
	tls_slot_init(&s);
	tls_slot_put(&s, a);
	got = tls_slot_get(&s);
	assert_ptr_equal(got, a);
	tls_slot_put(&s, b);
	tls_context_unref(&a);
	assert_int_equal(tls_context_expiry(got), 0);
	tls_context_unref(&got);
	got = tls_slot_get(&s);
	assert_ptr_equal(got, b);
	tls_context_unref(&got);
	tls_slot_fini(&s);
	tls_context_unref(&b);
}

static void take_turns(void *arg)
{
	struct tls_slot *s = arg;

	for (int i = 0; i < TURNS; i++) {
		struct tls_context *c = tls_slot_get(s);

		tls_context_unref(&c);
	}
}

static void it_is_exchanged_while_others_read(void **unused)
{
	struct tls_context *c[2] = {make(false), make(true)};
	struct thread reader;
	struct tls_slot s;

	(void)unused;
	tls_slot_init(&s);
	tls_slot_put(&s, c[0]);
	thread_start(&reader, "reader", take_turns, &s);
	for (int i = 0; i < TURNS; i++)
		tls_slot_put(&s, c[i % 2]);
	thread_join(&reader);
	tls_slot_fini(&s);
	tls_context_unref(&c[0]);
	tls_context_unref(&c[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_slot_has_nothing),
		cmocka_unit_test(who_has_got_one_keeps_it),
		cmocka_unit_test(it_is_exchanged_while_others_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
