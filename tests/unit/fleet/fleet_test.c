#include "router/fleet/fleet.h"

#include "common/base/mem.h"
#include "router/index/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A configuration that the tests own, so that its count never ends. */
struct bed {
	struct conf conf;
	struct conf_model model[2];
	struct conf_worker worker[4];
	char *alias[1], *lora[1];
	struct error err;
};

static void fill(struct bed *b)
{
	memset(b, 0, sizeof(*b));
	ref_init(&b->conf.ref);
	b->conf.model = b->model;
	b->conf.n_models = 2;
	b->alias[0] = (char *)"short";
	b->lora[0] = (char *)"sql";
	b->model[0] = (struct conf_model){.name = (char *)"a/long",
					  .alias = b->alias,
					  .n_aliases = 1,
					  .lora = b->lora,
					  .n_loras = 1,
					  .seed = (char *)"0",
					  .block_size = 32,
					  .worker = b->worker,
					  .n_workers = 2};
	b->model[1] = (struct conf_model){
		.name = (char *)"b", .worker = b->worker + 2, .n_workers = 1};
	for (size_t i = 0; i < 4; i++) {
		static const char *const name[] = {"w0", "w1", "w2", "w3"};

		b->worker[i] = (struct conf_worker){
			.name = (char *)name[i],
			.url = (char *)"http://h:1",
			.host = (char *)"h:1",
			.events = (char *)"tcp://h:5557"};
	}
}

static struct fleet *make(struct bed *b, const struct fleet *old)
{
	struct fleet *f = fleet_create(&b->conf, old, &b->err);

	assert_non_null(f);
	return f;
}

static void every_name_leads_to_its_model(void **unused)
{
	struct bed b;
	struct fleet *f;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	assert_ptr_equal(fleet_find(f, SLICE("a/long"))->model, &f->model[0]);
	assert_int_equal(fleet_find(f, SLICE("a/long"))->lora.n, 0);
	assert_ptr_equal(fleet_find(f, SLICE("short"))->model, &f->model[0]);
	assert_int_equal(fleet_find(f, SLICE("short"))->lora.n, 0);
	assert_ptr_equal(fleet_find(f, SLICE("sql"))->model, &f->model[0]);
	assert_true(
		slice_equal(fleet_find(f, SLICE("sql"))->lora, SLICE("sql")));
	assert_ptr_equal(fleet_find(f, SLICE("b"))->model, &f->model[1]);
	assert_null(fleet_find(f, SLICE("c")));
	assert_null(fleet_find(f, SLICE("")));
	fleet_unref(&f);
	assert_null(f);
}

static void every_worker_stands_in_the_list_once(void **unused)
{
	struct bed b;
	struct fleet *f;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	assert_int_equal(f->n_workers, 3);
	assert_int_equal(f->model[0].n_workers, 2);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(f->worker[i]->id,
					     f->worker[k]->id);
	assert_int_equal(f->model[1].worker_id[0], f->worker[2]->id);
	assert_ptr_equal(fleet_worker(f, SLICE("w1")), f->worker[1]);
	assert_null(fleet_worker(f, SLICE("w")));
	fleet_unref(&f);
}

static void ranks_become_workers(void **unused)
{
	struct bed b;
	struct fleet *f;

	(void)unused;
	fill(&b);
	b.worker[2].data_parallel = 3;
	f = make(&b, NULL);
	assert_int_equal(f->n_workers, 5);
	assert_string_equal(f->model[1].worker[2]->name, "w2/2");
	assert_string_equal(f->model[1].worker[2]->events, "tcp://h:5559");
	assert_int_equal(f->model[1].worker[2]->rank, 2);
	assert_int_equal(f->model[0].worker[0]->rank, -1);
	fleet_unref(&f);
}

static void ranks_are_found_by_other_engines(void **unused)
{
	struct worker_transfer *t;
	struct bed b;
	struct fleet *f;

	(void)unused;
	fill(&b);
	b.worker[2].data_parallel = 3;
	b.worker[2].connector = CONF_CONNECTOR_NIXL_PUSH;
	b.worker[2].transfer.host = (char *)"10.0.0.2";
	b.worker[2].transfer.engine_id = (char *)"p0";
	b.worker[0].connector = CONF_CONNECTOR_MOONCAKE;
	b.worker[0].transfer.engine_id = (char *)"m0";
	f = make(&b, NULL);
	t = &f->model[1].worker[2]->transfer;
	assert_string_equal(t->engine_id, "p0_dp2");
	assert_int_equal(t->port, 5602);
	assert_string_equal(t->host, "10.0.0.2");
	t = &f->model[0].worker[0]->transfer;
	assert_string_equal(t->engine_id, "m0");
	assert_int_equal(t->port, 8998);
	fleet_unref(&f);
}

static void places_are_told_apart_by_their_names(void **unused)
{
	const struct fleet_place *at;
	struct fleet *f;
	struct bed b;

	(void)unused;
	fill(&b);
	b.conf.zone = (char *)"a";
	b.conf.zone_cost_ms = 3;
	b.model[0].n_workers = 4;
	b.model[1].n_workers = 0;
	b.worker[0].zone = b.worker[2].zone = (char *)"a";
	b.worker[1].zone = (char *)"b";
	b.worker[0].rack = b.worker[1].rack = b.worker[2].rack = (char *)"r";
	f = make(&b, NULL);
	at = f->model[0].place;
	assert_int_equal(at[0].zone, at[2].zone);
	assert_int_equal(at[0].rack, at[2].rack);
	assert_int_not_equal(at[0].zone, at[1].zone);
	assert_int_not_equal(at[0].rack, at[1].rack);
	assert_int_equal(at[3].zone, 0);
	assert_int_equal(at[3].rack, 0);
	assert_true(at[1].away_ms == 3);
	assert_true(at[0].away_ms == 0 && at[3].away_ms == 0);
	fleet_unref(&f);
}

static void a_worker_that_moves_stays_the_same(void **unused)
{
	struct fleet *f, *next;
	struct bed b;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	assert_int_equal(f->model[0].place[0].zone, 0);
	b.worker[0].zone = (char *)"a";
	next = make(&b, f);
	assert_ptr_equal(next->worker[0], f->worker[0]);
	assert_int_not_equal(next->model[0].place[0].zone, 0);
	fleet_unref(&f);
	fleet_unref(&next);
}

static void another_role_is_another_worker(void **unused)
{
	struct fleet *before, *after;
	struct bed b;

	(void)unused;
	fill(&b);
	before = make(&b, NULL);
	b.worker[0].role = CONF_ROLE_DECODE;
	after = make(&b, before);
	assert_ptr_not_equal(after->worker[0], before->worker[0]);
	assert_ptr_equal(after->worker[1], before->worker[1]);
	assert_int_equal(after->worker[0]->role, CONF_ROLE_DECODE);
	fleet_unref(&before);
	fleet_unref(&after);
}

static void schemes_follow_the_configuration(void **unused)
{
	struct bed b;
	struct fleet *f;

	(void)unused;
	fill(&b);
	b.model[0].algorithm = HASH_XXHASH_CBOR;
	f = make(&b, NULL);
	assert_true(f->model[0].engine_known);
	assert_int_equal(f->model[0].engine.algorithm, HASH_XXHASH_CBOR);
	assert_int_equal(f->model[0].engine.block_size, 32);
	assert_int_equal(f->model[0].tokens.algorithm, HASH_TOKENS);
	assert_false(f->model[1].engine_known);
	assert_int_equal(f->model[1].tokens.block_size, FLEET_BLOCK_SIZE);
	fleet_unref(&f);
}

static void an_unchanged_worker_survives_a_reload(void **unused)
{
	struct bed before, after;
	struct fleet *old, *now;

	(void)unused;
	fill(&before);
	fill(&after);
	old = make(&before, NULL);
	old->worker[0]->inflight = 5;
	after.worker[0].max_inflight = 9; /* may change under it */
	now = make(&after, old);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(now->worker[i], old->worker[i]);
	fleet_unref(&old);
	assert_int_equal(now->worker[0]->inflight, 5);
	assert_int_equal(now->worker[0]->max_inflight, 9);
	fleet_unref(&now);
}

static void a_changed_worker_is_another_one(void **unused)
{
	for (size_t what = 0; what < 9; what++) {
		struct bed before, after;
		struct fleet *old, *now;

		fill(&before);
		fill(&after);
		switch (what) {
		case 0: after.worker[0].name = (char *)"other"; break;
		case 1: after.worker[0].url = (char *)"http://h:2"; break;
		case 2: after.worker[0].events = NULL; break;
		case 3: after.worker[0].replay = (char *)"tcp://h:1"; break;
		case 4: after.worker[0].data_parallel = 2; break;
		case 5: after.worker[0].api_key = (char *)"k"; break;
		case 6: after.model[0].seed = (char *)"1"; break;
		case 7: after.model[0].name = (char *)"c"; break;
		case 8: after.worker[0].peer = (char *)"h:1"; break;
		}
		old = make(&before, NULL);
		now = make(&after, old);
		assert_ptr_not_equal(now->worker[0], old->worker[0]);
		assert_int_not_equal(now->worker[0]->id, old->worker[0]->id);
		fleet_unref(&old);
		fleet_unref(&now);
	}
	(void)unused;
}

static void a_snapshot_lives_while_it_is_held(void **unused)
{
	struct bed b;
	struct fleet *f, *held;

	(void)unused;
	fill(&b);
	f = make(&b, NULL);
	held = fleet_ref(f);
	fleet_unref(&f);
	assert_non_null(fleet_find(held, SLICE("b")));
	fleet_unref(&held);
}

static void refused(struct bed *b, const char *word)
{
	assert_null(fleet_create(&b->conf, NULL, &b->err));
	assert_non_null(strstr(b->err.text, word));
}

static void one_name_for_two_models_is_refused(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	b.alias[0] = (char *)"b";
	refused(&b, "twice");
}

static void too_many_ranks_are_refused_and_leave_nothing(void **unused)
{
	struct bed b;
	struct fleet *f;

	(void)unused;
	fill(&b);
	b.worker[0].data_parallel = INDEX_MAX_WORKERS + 1;
	refused(&b, "more than");
	fill(&b);
	f = make(&b, NULL);
	assert_in_range(f->worker[0]->id, 0, 2);
	fleet_unref(&f);
}

static void an_impossible_block_size_is_refused(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	b.model[0].block_size = HASH_MAX_BLOCK_SIZE + 1;
	refused(&b, "block_size");
}

static void a_tokenizer_that_is_not_there_is_refused(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	b.model[1].tokenizer = (char *)"/nonexistent/model";
	refused(&b, "models: b: tokenizer:");
}

#define MODEL "models/demo"

static void an_unchanged_tokenizer_is_loaded_once(void **unused)
{
	struct bed before, after;
	struct fleet *old, *now;

	(void)unused;
	fill(&before);
	fill(&after);
	before.model[0].tokenizer = (char *)MODEL;
	before.model[1].tokenizer = (char *)MODEL;
	after.model[1].tokenizer = (char *)MODEL;
	old = make(&before, NULL);
	assert_non_null(old->model[0].tokenizer);
	assert_ptr_equal(old->model[0].tokenizer, old->model[1].tokenizer);
	now = make(&after, old);
	assert_null(now->model[0].tokenizer);
	assert_ptr_equal(now->model[1].tokenizer, old->model[1].tokenizer);
	fleet_unref(&old);
	assert_true(tokenizer_vocab_size(now->model[1].tokenizer) > 0);
	fleet_unref(&now);
}

#define HEAP_KEEPS 65536 /* of small blocks that are free */

/* Bytes of the heap that are in use; 0 under a sanitizer, which looks for
 * leaks itself. */
static size_t heap_held(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void encode_something(const struct fleet_model *m)
{
	struct token_list ids;

	token_list_init(&ids);
	assert_non_null(m->tokenizer);
	assert_int_equal(tokenizer_encode(m->tokenizer, SLICE("some words"),
					  false, 100, &ids),
			 OK);
	token_list_fini(&ids);
}

/* A directory with the same tokenizer.json in it. */
static void make_directory(char *dir, char *file)
{
	char *real = realpath("models/demo/tokenizer.json", NULL);

	assert_non_null(mkdtemp(dir));
	sprintf(file, "%s/tokenizer.json", dir);
	assert_non_null(real);
	assert_int_equal(symlink(real, file), 0);
	free(real);
}

static void a_reload_frees_the_tokenizer_that_it_replaces(void **unused)
{
	char dir[] = "/tmp/fleet-test-XXXXXX", file[64];
	struct fleet *f = NULL, *next;
	size_t before, held[8];
	struct bed b[2];

	(void)unused;
	make_directory(dir, file);
	fill(&b[0]);
	fill(&b[1]);
	b[0].model[0].tokenizer = (char *)"models/demo";
	b[1].model[0].tokenizer = dir;
	before = heap_held();
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		next = make(&b[i % 2], f);
		encode_something(&next->model[0]);
		if (f != NULL)
			assert_ptr_not_equal(next->model[0].tokenizer,
					     f->model[0].tokenizer);
		fleet_unref(&f);
		f = next;
		held[i] = heap_held();
	}
	/* Never more than one, which has megabytes. */
	for (size_t i = 2; i < ARRAY_LEN(held); i++)
		assert_true(held[i] < held[i - 2] + HEAP_KEEPS);
	fleet_unref(&f);
	assert_true(heap_held() < before + HEAP_KEEPS);
	unlink(file);
	rmdir(dir);
}

static void a_reload_keeps_the_tokenizer_that_stays(void **unused)
{
	struct fleet *f, *next;
	struct tokenizer *t;
	struct bed b;

	(void)unused;
	fill(&b);
	b.model[0].tokenizer = (char *)"models/demo";
	f = make(&b, NULL);
	t = f->model[0].tokenizer;
	next = make(&b, f);
	fleet_unref(&f);
	assert_ptr_equal(next->model[0].tokenizer, t);
	encode_something(&next->model[0]);
	fleet_unref(&next);
}

/* --- found workers ---------------------------------------------------- */

static struct conf_workers *found_of(struct conf_worker *w, size_t n)
{
	struct conf_workers *s = mem_zalloc(sizeof(*s));

	ref_init(&s->ref);
	s->worker = mem_zalloc(n * sizeof(*w));
	s->n = n;
	for (size_t i = 0; i < n; i++) {
		s->worker[i].name = mem_strdup(w[i].name);
		s->worker[i].url = mem_strdup(w[i].url);
		s->worker[i].host = mem_strdup("h:1");
		s->worker[i].data_parallel = w[i].data_parallel;
		assert_int_equal(addr_parse(w[i].url, &s->worker[i].addr, NULL),
				 OK);
	}
	return s;
}

static void give_addresses(struct bed *b)
{
	for (size_t i = 0; i < 4; i++) {
		char text[32];

		snprintf(text, sizeof(text), "127.0.0.1:%zu", i + 1);
		assert_int_equal(addr_parse(text, &b->worker[i].addr, NULL),
				 OK);
	}
}

static void found_workers_stand_behind_the_written_ones(void **unused)
{
	struct conf_worker w[] = {
		{.name = (char *)"f0", .url = (char *)"127.0.0.1:10"},
		{.name = (char *)"f1",
		 .url = (char *)"127.0.0.1:11",
		 .data_parallel = 2},
	};
	struct conf_workers *found[2] = {NULL, found_of(w, 2)};
	struct fleet *f, *next;
	struct worker *kept;
	struct bed b;

	(void)unused;
	fill(&b);
	give_addresses(&b);
	f = fleet_create_with(&b.conf, found, NULL, &b.err);
	conf_workers_unref(&found[1]);
	assert_non_null(f);
	assert_int_equal(f->n_workers, 6);
	assert_int_equal(f->model[1].n_workers, 4);
	assert_string_equal(f->worker[3]->name, "f0");
	assert_string_equal(f->worker[5]->name, "f1/1");
	assert_string_equal(f->worker_conf[5]->name, "f1");
	kept = f->worker[3];
	found[1] = found_of(w, 1);
	next = fleet_create_with(&b.conf, found, f, &b.err);
	conf_workers_unref(&found[1]);
	fleet_unref(&f);
	assert_int_equal(next->n_workers, 4);
	assert_ptr_equal(next->worker[3], kept);
	fleet_unref(&next);
}

static void who_is_found_gives_way_to_who_is_written(void **unused)
{
	struct conf_worker w[] = {
		{.name = (char *)"w2", .url = (char *)"127.0.0.1:10"},
		{.name = (char *)"f1", .url = (char *)"127.0.0.1:3"},
		{.name = (char *)"f2", .url = (char *)"127.0.0.1:11"},
	};
	struct conf_workers *found[2] = {found_of(w, 3), found_of(w + 2, 1)};
	struct fleet *f;
	struct bed b;

	(void)unused;
	fill(&b);
	give_addresses(&b);
	f = fleet_create_with(&b.conf, found, NULL, &b.err);
	conf_workers_unref(&found[0]);
	conf_workers_unref(&found[1]);
	assert_int_equal(f->n_workers, 4);
	assert_int_equal(f->model[0].n_workers, 3);
	assert_string_equal(f->model[0].worker[2]->name, "f2");
	fleet_unref(&f);
}

static void too_many_that_are_found_are_refused(void **unused)
{
	struct conf_worker w[] = {{.name = (char *)"f0",
				   .url = (char *)"127.0.0.1:10",
				   .data_parallel = INDEX_MAX_WORKERS}};
	struct conf_workers *found[2] = {found_of(w, 1), NULL};
	struct bed b;

	(void)unused;
	fill(&b);
	give_addresses(&b);
	assert_null(fleet_create_with(&b.conf, found, NULL, &b.err));
	assert_int_equal(b.err.status, ERR_LIMIT);
	conf_workers_unref(&found[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_leads_to_its_model),
		cmocka_unit_test(every_worker_stands_in_the_list_once),
		cmocka_unit_test(ranks_become_workers),
		cmocka_unit_test(ranks_are_found_by_other_engines),
		cmocka_unit_test(places_are_told_apart_by_their_names),
		cmocka_unit_test(a_worker_that_moves_stays_the_same),
		cmocka_unit_test(another_role_is_another_worker),
		cmocka_unit_test(schemes_follow_the_configuration),
		cmocka_unit_test(an_unchanged_worker_survives_a_reload),
		cmocka_unit_test(a_changed_worker_is_another_one),
		cmocka_unit_test(a_snapshot_lives_while_it_is_held),
		cmocka_unit_test(one_name_for_two_models_is_refused),
		cmocka_unit_test(too_many_ranks_are_refused_and_leave_nothing),
		cmocka_unit_test(an_impossible_block_size_is_refused),
		cmocka_unit_test(a_tokenizer_that_is_not_there_is_refused),
		cmocka_unit_test(an_unchanged_tokenizer_is_loaded_once),
		cmocka_unit_test(a_reload_frees_the_tokenizer_that_it_replaces),
		cmocka_unit_test(a_reload_keeps_the_tokenizer_that_stays),
		cmocka_unit_test(found_workers_stand_behind_the_written_ones),
		cmocka_unit_test(who_is_found_gives_way_to_who_is_written),
		cmocka_unit_test(too_many_that_are_found_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
