#include "common/base/buf.h"
#include "common/base/rng.h"
#include "common/event/tokens.h"
#include "tests/unit/event/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MOST 200

static void put(struct buf *b, uint32_t v, unsigned bytes)
{
	static const uint8_t tag[] = {0, 0xcc, 0xcd, 0, 0xce};

	if (bytes > 0)
		buf_putc(b, (char)tag[bytes]);
	for (unsigned i = bytes ? bytes : 1; i-- > 0;)
		buf_putc(b, (char)(v >> 8 * i));
}

/* A number in any form that holds it, the shortest or not. */
static uint32_t put_some(struct buf *b, struct rng *r)
{
	static const unsigned bytes[] = {0, 1, 2, 2, 2, 4};
	unsigned n = bytes[rng_below(r, 6)];
	uint32_t v = (uint32_t)rng_next(r);

	v &= n == 0 ? 0x7f : UINT32_MAX >> (32 - 8 * n);
	put(b, v, n);
	return v;
}

/* Through the whole decoder, which takes over where the quick way ends. */
static void all_forms_in_any_order_are_read(void **state)
{
	static struct seen seen;
	uint32_t want[MOST];
	struct rng r;
	struct buf b;

	(void)state;
	rng_seed(&r, 1);
	for (int round = 0; round < 3000; round++) {
		size_t n = rng_below(&r, MOST);

		buf_init(&b);
		buf_append(&b, SLICE("\x92\x00\x91\x94\253BlockStored\x90\xc0"
				     "\xdc\x00"));
		buf_putc(&b, (char)n);
		for (size_t i = 0; i < n; i++)
			want[i] = put_some(&b, &r);
		assert_int_equal(seen_decode(&seen, b.p + b.start, buf_len(&b)),
				 OK);
		assert_int_equal(seen.at[0].e.n_tokens, n);
		assert_memory_equal(seen.at[0].token, want, n * sizeof(*want));
		buf_fini(&b);
	}
}

static void the_quick_way_reads_nearly_all(void **state)
{
	uint32_t want[MOST], got[MOST];
	struct rng r;
	struct buf b;
	struct walk w;
	size_t n;

	(void)state;
	rng_seed(&r, 2);
	buf_init(&b);
	for (size_t i = 0; i < MOST; i++)
		want[i] = put_some(&b, &r);
	w = (struct walk){(uint8_t *)b.p, (uint8_t *)b.p + buf_len(&b)};
	n = tokens_read(&w, got, MOST);
	assert_in_range(n, MOST - 32, MOST);
	assert_memory_equal(got, want, n * sizeof(*want));
	buf_fini(&b);
}

static void it_stops_in_front_of_other_forms(void **state)
{
	static const uint8_t others[] = {0xcf, 0xc0, 0xff, 0x92, 0xa1, 0xd0};
	uint32_t got[64];
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(others); i++) {
		for (size_t at = 0; at < 32; at++) {
			struct walk w = {bytes, bytes + sizeof(bytes)};

			memset(bytes, 7, sizeof(bytes));
			bytes[at] = others[i];
			assert_int_equal(tokens_read(&w, got, 64), at);
			assert_ptr_equal(w.p, bytes + at);
		}
	}
}

static void it_never_reads_more_than_it_may_write(void **state)
{
	uint32_t got[33] = {0};
	uint8_t bytes[256];

	(void)state;
	memset(bytes, 7, sizeof(bytes));
	for (size_t n = 0; n <= 32; n++) {
		struct walk w = {bytes, bytes + sizeof(bytes)};

		got[n] = 99;
		assert_in_range(tokens_read(&w, got, n), 0, n);
		assert_int_equal(got[n], 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_in_any_order_are_read),
		cmocka_unit_test(the_quick_way_reads_nearly_all),
		cmocka_unit_test(it_stops_in_front_of_other_forms),
		cmocka_unit_test(it_never_reads_more_than_it_may_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
