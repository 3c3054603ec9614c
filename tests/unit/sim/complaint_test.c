#include "tools/sim/complaint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* The log's lines go nowhere. */
static void put(struct complaints *c, enum complaint_kind kind, const char *id)
{
	complain(c, kind, "worker", id, "%s \"%s\"", "text of", id);
}

static void expect(void (*print)(const struct complaints *, struct buf *),
		   const struct complaints *c, const char *text)
{
	struct buf b;

	buf_init(&b);
	print(c, &b);
	buf_putc(&b, '\0');
	assert_string_equal(buf_slice(&b).p, text);
	buf_fini(&b);
}

static void they_are_counted_by_kind(void **state)
{
	static struct complaints c;

	(void)state;
	expect(complaints_put_counts, &c, "{}");
	put(&c, COMPLAINT_TAKEN, "a");
	put(&c, COMPLAINT_ROLE, "b");
	put(&c, COMPLAINT_TAKEN, "c");
	expect(complaints_put_counts, &c, "{\"role\":1,\"taken\":2}");
}

static void their_texts_are_json(void **state)
{
	static struct complaints c;

	(void)state;
	expect(complaints_put_latest, &c, "[]");
	put(&c, COMPLAINT_ROLE, "a");
	expect(complaints_put_latest, &c,
	       "[{\"kind\":\"role\",\"id\":\"a\","
	       "\"text\":\"text of \\\"a\\\"\"}]");
}

static void long_ids_are_cut(void **state)
{
	static struct complaints c;
	char id[1000];

	(void)state;
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	put(&c, COMPLAINT_ROLE, id);
	assert_int_equal(strlen(c.latest[0].id), sizeof(c.latest[0].id) - 1);
	assert_int_equal(strlen(c.latest[0].text), COMPLAINT_TEXT_BYTES - 1);
}

static void only_the_latest_are_kept(void **state)
{
	static struct complaints c;

	(void)state;
	for (size_t i = 0; i <= COMPLAINT_LOG; i++)
		put(&c, COMPLAINT_ROLE, i == 0 ? "first" : "later");
	assert_int_equal(c.count[COMPLAINT_ROLE], COMPLAINT_LOG + 1);
	assert_string_equal(c.latest[0].id, "later");
}

static void names_are_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMPLAINT_KINDS; i++) {
		enum complaint_kind kind = (enum complaint_kind)i;

		assert_int_equal(
			complaint_parse(slice_of(complaint_name(kind))), kind);
	}
	assert_int_equal(complaint_parse(SLICE("")), COMPLAINT_KINDS);
	assert_int_equal(complaint_parse(SLICE("tak")), COMPLAINT_KINDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_counted_by_kind),
		cmocka_unit_test(their_texts_are_json),
		cmocka_unit_test(long_ids_are_cut),
		cmocka_unit_test(only_the_latest_are_kept),
		cmocka_unit_test(names_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
