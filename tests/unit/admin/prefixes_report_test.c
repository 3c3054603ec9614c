#include "router/admin/prefixes_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#define BLOCK 16

struct bed {
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker[3];
	struct index *exact, *approx;
	struct fleet *fleet;
	struct prefixes_report report;
	struct buf out;
	uint64_t key[64];
	struct residents_seat seat[2];
};

static int set_up(void **state)
{
	static struct bed b;
	struct error err;

	memset(&b, 0, sizeof(b));
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = &b.model;
	b.conf.n_models = 1;
	b.model = (struct conf_model){
		.name = (char *)"quote\"d", .worker = b.worker, .n_workers = 3};
	for (size_t i = 0; i < 3; i++)
		b.worker[i] = (struct conf_worker){
			.name = (char *[]){(char *)"w0", (char *)"w1",
					   (char *)"w2"}[i],
			.url = (char *)"http://h:1",
			.host = (char *)"h:1"};
	b.exact = index_create(4 << 20);
	b.approx = index_create(4 << 20);
	b.fleet = fleet_create(&b.conf, NULL, &err);
	assert_non_null(b.fleet);
	b.report = (struct prefixes_report){b.fleet,
					    index_reader_create(b.exact),
					    index_reader_create(b.approx), 77};
	for (size_t i = 0; i < ARRAY_LEN(b.key); i++)
		b.key[i] = 0xabcd0000 + i;
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	buf_fini(&b->out);
	fleet_unref(&b->fleet);
	index_reader_destroy(&b->report.exact);
	index_reader_destroy(&b->report.approx);
	index_destroy(&b->exact);
	index_destroy(&b->approx);
	return 0;
}

/* Two of a worker, that share its first blocks. */
static void two_sessions(struct bed *b, size_t worker)
{
	struct kv_memory *m = &b->fleet->worker[worker]->kv_memory;

	kv_memory_told(m, 100000, 0);
	for (size_t i = 0; i < 2; i++) {
		struct residents_ask a = {.class = RESIDENTS_DEFAULT,
					  .session = i + 1,
					  .prompt = 64 * BLOCK,
					  .key = b->key,
					  .n = 64,
					  .block_size = BLOCK,
					  .held_blocks = i == 0 ? 0 : 32,
					  .now_ms = 1000};

		assert_true(kv_memory_take(m, &a, &b->seat[i]));
	}
}

static json_t *told(struct bed *b)
{
	struct slice s;
	json_t *root;

	prefixes_report_json(&b->report, &b->out);
	s = buf_slice(&b->out);
	root = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	return root;
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void where_nothing_is_shared_the_list_is_empty(void **state)
{
	struct bed *b = *state;
	json_t *root = told(b);

	assert_int_equal(json_array_size(json_object_get(root, "prefixes")), 0);
	json_decref(root);
}

static void who_holds_it_is_named_with_sessions_and_tier(void **state)
{
	struct bed *b = *state;
	json_t *root, *one, *holders;
	uint64_t last;
	struct shared_prefixes s;

	two_sessions(b, 1);
	kv_memory_prefixes(&b->fleet->worker[1]->kv_memory, &s);
	last = s.entry[0].key;
	index_store(b->exact, last, b->fleet->worker[1]->id, INDEX_GPU);
	index_store(b->approx, last, b->fleet->worker[2]->id, INDEX_GPU);
	root = told(b);
	one = json_array_get(json_object_get(root, "prefixes"), 0);
	assert_string_equal(text_of(one, "model"), "quote\"d");
	assert_int_equal(json_integer_value(json_object_get(one, "sessions")),
			 2);
	assert_true(json_is_null(json_object_get(one, "parent")));
	holders = json_object_get(one, "holders");
	assert_int_equal(json_array_size(holders), 2);
	assert_string_equal(text_of(json_array_get(holders, 0), "worker"),
			    "w1");
	assert_string_equal(text_of(json_array_get(holders, 0), "tier"), "gpu");
	assert_string_equal(text_of(json_array_get(holders, 1), "worker"),
			    "w2");
	assert_string_equal(text_of(json_array_get(holders, 1), "tier"),
			    "routed");
	json_decref(root);
}

static void an_id_is_no_key_and_another_process_has_another(void **state)
{
	struct bed *b = *state;
	char key[24], was[24];
	struct shared_prefixes s;
	json_t *root, *one;

	two_sessions(b, 0);
	kv_memory_prefixes(&b->fleet->worker[0]->kv_memory, &s);
	snprintf(key, sizeof(key), "%016llx",
		 (unsigned long long)s.entry[0].key);
	root = told(b);
	one = json_array_get(json_object_get(root, "prefixes"), 0);
	assert_string_not_equal(text_of(one, "id"), key);
	snprintf(was, sizeof(was), "%s", text_of(one, "id"));
	json_decref(root);
	buf_reset(&b->out, 0);
	b->report.salt++;
	root = told(b);
	one = json_array_get(json_object_get(root, "prefixes"), 0);
	assert_string_not_equal(text_of(one, "id"), was);
	json_decref(root);
}

static void the_table_has_a_line_for_each(void **state)
{
	struct bed *b = *state;
	struct slice text, line;

	two_sessions(b, 0);
	prefixes_report_table(&b->report, &b->out);
	text = buf_slice(&b->out);
	line = slice_split(&text, '\n');
	assert_true(slice_starts(line, SLICE("prefix")));
	line = slice_split(&text, '\n');
	assert_true(slice_ends(line, SLICE("w0 (2)")));
	assert_int_equal(text.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(where_nothing_is_shared_the_list_is_empty),
		TEST(who_holds_it_is_named_with_sessions_and_tier),
		TEST(an_id_is_no_key_and_another_process_has_another),
		TEST(the_table_has_a_line_for_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
