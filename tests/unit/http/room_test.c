#include "common/http/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/http/parser.h"
#include "tests/unit/abort.h"

static void fill(struct http_room *r, size_t bytes, size_t headers)
{
	memset(buf_reserve(&r->bytes, bytes), 'x', bytes);
	buf_commit(&r->bytes, bytes);
	http_room_for_headers(r, headers);
	memset(r->header, 1, headers * sizeof(*r->header));
	r->lines = 3;
	r->line_bytes = 4;
}

static void assert_empty(const struct http_room *r)
{
	assert_int_equal(buf_len(&r->bytes), 0);
	assert_ptr_equal(r->bytes.p, r->first);
	assert_ptr_equal(r->header, r->few);
	assert_int_equal(r->n_headers, HTTP_FEW_HEADERS);
	assert_int_equal(r->lines, 0);
	assert_int_equal(r->line_bytes, 0);
}

static void a_room_is_empty_however_it_was_used_before(void **unused)
{
	struct http_rooms rooms;
	struct http_room *r;

	(void)unused;
	http_rooms_init(&rooms);
	for (size_t i = 0; i < 4; i++) {
		r = http_room_take(&rooms);
		assert_empty(r);
		fill(r, i % 2 ? 100000 : 100, i / 2 ? 500 : 5);
		http_room_give_back(&rooms, r);
	}
	assert_int_equal(rooms.n, 1);
	http_rooms_fini(&rooms);
}

static void a_room_begins_anew_when_it_is_reset(void **unused)
{
	struct http_room *r = http_room_take(NULL);

	(void)unused;
	fill(r, 5000, 100);
	assert_int_equal(r->n_headers, 100);
	http_room_reset(r);
	assert_empty(r);
	http_room_give_back(NULL, r);
	http_room_give_back(NULL, NULL);
}

static void few_headers_need_no_memory_of_their_own(void **unused)
{
	struct http_room *r = http_room_take(NULL);

	(void)unused;
	http_room_for_headers(r, 0);
	http_room_for_headers(r, HTTP_FEW_HEADERS);
	assert_ptr_equal(r->header, r->few);
	http_room_for_headers(r, HTTP_FEW_HEADERS + 1);
	assert_true(r->header != r->few);
	assert_int_equal(r->n_headers, HTTP_FEW_HEADERS + 1);
	http_room_give_back(NULL, r);
}

static void spare_rooms_are_few_and_go_when_it_is_quiet(void **unused)
{
	static struct http_room *room[8 * HTTP_SPARE_ROOMS];
	struct http_rooms rooms;

	(void)unused;
	http_rooms_init(&rooms);
	for (size_t i = 0; i < ARRAY_LEN(room); i++)
		room[i] = http_room_take(&rooms);
	for (size_t i = 0; i < ARRAY_LEN(room); i++)
		http_room_give_back(&rooms, room[i]);
	assert_int_equal(rooms.n, HTTP_SPARE_ROOMS);
	assert_int_equal(rooms.slab.n, HTTP_SPARE_ROOMS);
	room[0] = http_room_take(&rooms);
	assert_int_equal(rooms.n, HTTP_SPARE_ROOMS - 1);
	/* The peak is over when nothing like it has come for a while. */
	assert_false(http_rooms_settle(&rooms));
	assert_int_equal(rooms.n, HTTP_SPARE_ROOMS - 1);
	assert_true(http_rooms_settle(&rooms));
	assert_int_equal(rooms.n, 0);
	assert_int_equal(rooms.slab.n, 1);
	http_room_give_back(&rooms, room[0]);
	http_rooms_fini(&rooms);
}

static void end_while_one_is_out(void *arg)
{
	http_room_take(arg);
	http_rooms_fini(arg);
}

static void rooms_do_not_end_while_one_is_out(void **unused)
{
	struct http_rooms rooms;

	(void)unused;
	http_rooms_init(&rooms);
	assert_true(aborts(end_while_one_is_out, &rooms));
	http_rooms_fini(&rooms);
}

static void on_head(void *arg, const struct http_head *h)
{
	(void)arg;
	(void)h;
}

static void on_body(void *arg, struct slice bytes)
{
	(void)arg;
	assert_true(slice_equal(bytes, SLICE("hello")));
}

static void on_end(void *arg)
{
	(void)arg;
}

/* Whatever way it is read, its bytes are our own. */
static void assert_outlives_its_reading(size_t pad)
{
	static const struct http_limits wide = {.max_head_bytes = 65536,
						.max_headers = 8};
	static const struct http_events none = {on_head, on_body, on_end};
	struct http_parser p;
	struct buf text;
	size_t n;
	buf_init(&text);
	buf_puts(&text, "POST /a HTTP/1.1\r\nHost: h\r\nPad: ");
	memset(buf_reserve(&text, pad), 'x', pad);
	buf_commit(&text, pad);
	buf_puts(&text, "\r\nContent-Length: 5\r\n\r\nhello");
	http_parser_init(&p, HTTP_SERVER, &wide, &none, NULL);
	assert_int_equal(http_parser_feed(&p, buf_slice(&text), &n), OK);
	assert_int_equal(n, buf_len(&text));
	memset(text.p, '!', buf_len(&text));
	assert_int_equal(p.room->head.n_headers, 3);
	assert_true(slice_equal(p.room->head.path, SLICE("/a")));
	assert_true(slice_equal(p.room->head.host, SLICE("h")));
	assert_true(slice_equal(p.room->head.header[2].value, SLICE("5")));
	assert_int_equal(p.room->head.header[1].value.n, pad);
	assert_int_equal(p.room->head.header[1].value.p[pad - 1], 'x');
	http_parser_fini(&p);
	buf_fini(&text);
}

static void a_head_outlives_its_reading(void **state)
{
	(void)state;
	for (size_t pad = 900; pad < 1100; pad++)
		assert_outlives_its_reading(pad);
	for (size_t pad = 8050; pad < 8250; pad++)
		assert_outlives_its_reading(pad);
	assert_outlives_its_reading(1);
	assert_outlives_its_reading(20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_is_empty_however_it_was_used_before),
		cmocka_unit_test(a_room_begins_anew_when_it_is_reset),
		cmocka_unit_test(few_headers_need_no_memory_of_their_own),
		cmocka_unit_test(spare_rooms_are_few_and_go_when_it_is_quiet),
		cmocka_unit_test(rooms_do_not_end_while_one_is_out),
		cmocka_unit_test(a_head_outlives_its_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
