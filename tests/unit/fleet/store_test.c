#include "router/fleet/fleet.h"

#include "router/index/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* A configuration that the tests own, so that its count never ends. */
struct bed {
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker[2];
	struct error err;
};

static void fill(struct bed *b)
{
	memset(b, 0, sizeof(*b));
	ref_init(&b->conf.ref);
	b->conf.model = &b->model;
	b->conf.n_models = 1;
	b->model = (struct conf_model){
		.name = (char *)"a",
		.worker = b->worker,
		.n_workers = 2,
		.store = {.name = (char *)"nfs", .load_ms = 7, .token_ms = .5},
	};
	for (size_t i = 0; i < 2; i++)
		b->worker[i] = (struct conf_worker){
			.name = (char *)(i == 0 ? "w0" : "w1"),
			.url = (char *)"http://h:1",
			.host = (char *)"h:1",
			.uses_store = i == 0};
}

static struct fleet *make(struct bed *b, const struct fleet *old)
{
	struct fleet *f = fleet_create(&b->conf, old, &b->err);

	assert_non_null(f);
	return f;
}

static void a_store_has_an_id_that_no_worker_has(void **unused)
{
	struct fleet *f;
	struct bed b;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	assert_string_equal(f->model[0].store->name, "nfs");
	assert_true(f->model[0].store->load_ms == 7);
	assert_true(f->model[0].store->token_ms == .5);
	for (size_t i = 0; i < 2; i++)
		assert_int_not_equal(f->model[0].store->id, f->worker[i]->id);
	fleet_unref(&f);
}

static void who_does_not_use_it_has_none(void **unused)
{
	struct fleet *f;
	struct bed b;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	assert_ptr_equal(fleet_store(&f->model[0], f->worker[0]),
			 f->model[0].store);
	assert_null(fleet_store(&f->model[0], f->worker[1]));
	fleet_unref(&f);
	b.model.store.name = NULL;
	f = make(&b, NULL);
	assert_null(f->model[0].store);
	assert_null(fleet_store(&f->model[0], f->worker[0]));
	fleet_unref(&f);
}

static void it_outlives_a_reload_and_all_workers(void **unused)
{
	struct fleet *f, *next;
	struct store *s;
	struct bed b;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	s = f->model[0].store;
	b.worker[0].name = (char *)"w2";
	b.worker[1].name = (char *)"w3";
	b.model.store.token_ms = 3;
	next = make(&b, f);
	assert_ptr_equal(next->model[0].store, s);
	fleet_unref(&f);
	assert_string_equal(s->name, "nfs");
	fleet_unref(&next);
}

static void another_name_or_seed_is_another_store(void **unused)
{
	struct fleet *f, *next;
	struct bed b, c;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	fill(&c);
	c.model.store.name = (char *)"s3";
	next = make(&c, f);
	assert_ptr_not_equal(next->model[0].store, f->model[0].store);
	assert_int_not_equal(next->model[0].store->id, f->model[0].store->id);
	fleet_unref(&next);
	c.model.store.name = b.model.store.name;
	c.model.seed = (char *)"1";
	next = make(&c, f);
	assert_ptr_not_equal(next->model[0].store, f->model[0].store);
	fleet_unref(&next);
	fleet_unref(&f);
}

static void without_a_free_id_there_is_none(void **unused)
{
	struct fleet *f;
	struct bed b;

	(void)unused;
	fill(&b);
	b.worker[0].data_parallel = INDEX_MAX_WORKERS - 1;
	assert_null(fleet_create(&b.conf, NULL, &b.err));
	assert_int_equal(b.err.status, ERR_LIMIT);
	assert_non_null(strstr(b.err.text, "shared_store"));
	b.worker[0].data_parallel--;
	f = make(&b, NULL);
	fleet_unref(&f);
}

static bool has(char **medium, size_t n, struct slice name)
{
	struct conf_store c = {.medium = medium, .n_media = n};

	return store_has_medium(&c, name);
}

static void media_are_known_by_their_usual_names(void **unused)
{
	(void)unused;
	assert_true(has(NULL, 0, SLICE("FS")));
	assert_true(has(NULL, 0, SLICE("obj")));
	assert_true(has(NULL, 0, SLICE("Storage")));
	assert_true(has(NULL, 0, SLICE("EXTERNAL")));
	assert_true(has(NULL, 0, SLICE("lmcache-l2-s3")));
	assert_false(has(NULL, 0, SLICE("lmcache-l1")));
	assert_false(has(NULL, 0, SLICE("lmcache-l2")));
	assert_false(has(NULL, 0, SLICE("CPU")));
	assert_false(has(NULL, 0, SLICE("DISK")));
	assert_false(has(NULL, 0, SLICE("FSX")));
	assert_false(has(NULL, 0, SLICE("F")));
	assert_false(has(NULL, 0, SLICE("")));
}

static void configured_media_are_those_alone(void **unused)
{
	char *medium[] = {(char *)"cpu", (char *)"pool*"};

	(void)unused;
	assert_true(has(medium, 2, SLICE("CPU")));
	assert_true(has(medium, 2, SLICE("pool")));
	assert_true(has(medium, 2, SLICE("POOL-7")));
	assert_false(has(medium, 2, SLICE("poo")));
	assert_false(has(medium, 2, SLICE("FS")));
	assert_false(has(medium, 1, SLICE("cpu_pinned")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_has_an_id_that_no_worker_has),
		cmocka_unit_test(who_does_not_use_it_has_none),
		cmocka_unit_test(it_outlives_a_reload_and_all_workers),
		cmocka_unit_test(another_name_or_seed_is_another_store),
		cmocka_unit_test(without_a_free_id_there_is_none),
		cmocka_unit_test(media_are_known_by_their_usual_names),
		cmocka_unit_test(configured_media_are_those_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
