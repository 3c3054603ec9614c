#include "router/fleet/worker.h"

#include "router/index/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct conf_worker conf = {
	.name = (char *)"w",
	.url = (char *)"http://h:8000",
	.host = (char *)"h:8000",
	.events = (char *)"tcp://h:5557",
	.replay = (char *)"tcp://h:6557",
	.peer = (char *)"[fd00::1]:5710",
	.data_parallel = 4,
	.topic = (char *)"kv",
	.max_inflight = 7,
};

static void a_rank_has_its_own_name_and_ports(void **unused)
{
	struct worker *w = worker_create(&conf, 3, 2);

	(void)unused;
	assert_string_equal(w->name, "w/2");
	assert_string_equal(w->events, "tcp://h:5559");
	assert_string_equal(w->replay, "tcp://h:6559");
	assert_string_equal(w->peer_host, "fd00::1");
	assert_int_equal(w->peer_port, 5712);
	assert_string_equal(w->url, "http://h:8000");
	assert_int_equal(w->id, 3);
	worker_unref(&w);
	assert_null(w);
}

static void the_only_rank_keeps_name_and_ports(void **unused)
{
	struct worker *w = worker_create(&conf, 0, -1);

	(void)unused;
	assert_string_equal(w->name, "w");
	assert_string_equal(w->events, "tcp://h:5557");
	assert_string_equal(w->peer_host, "fd00::1");
	assert_int_equal(w->peer_port, 5710);
	assert_string_equal(w->topic, "kv");
	assert_int_equal(w->max_inflight, 7);
	assert_int_equal(w->health, WORKER_UNKNOWN);
	assert_int_equal(w->trust, WORKER_FALLBACK);
	assert_int_equal(w->keys, WORKER_KEYS_UNPROVEN);
	assert_non_null(w->health_reason);
	assert_non_null(w->trust_reason);
	worker_unref(&w);
}

static void an_endpoint_without_port_is_not_counted_up(void **unused)
{
	struct conf_worker c = conf;
	struct worker *w;

	(void)unused;
	c.events = (char *)"ipc:///run/kv:1";
	c.replay = (char *)"tcp://nowhere";
	w = worker_create(&c, 0, 1);
	assert_string_equal(w->events, "ipc:///run/kv:1");
	assert_string_equal(w->replay, "tcp://nowhere");
	worker_unref(&w);
}

static void a_worker_without_events_has_none(void **unused)
{
	struct conf_worker c = conf;
	struct worker *w;

	(void)unused;
	c.events = NULL;
	c.replay = NULL;
	c.topic = NULL;
	c.peer = NULL;
	w = worker_create(&c, 0, 1);
	assert_null(w->peer_host);
	assert_null(w->events);
	assert_null(w->replay);
	assert_string_equal(w->topic, "");
	worker_unref(&w);
}

static void an_id_is_free_again_after_the_last_holder(void **unused)
{
	unsigned a, b, again;
	struct worker *w, *held;

	(void)unused;
	assert_true(worker_id_take(&a));
	assert_true(worker_id_take(&b));
	assert_int_not_equal(a, b);
	w = worker_create(&conf, a, -1);
	held = worker_ref(w);
	worker_unref(&w);
	assert_true(worker_id_take(&again));
	assert_int_not_equal(again, a);
	worker_unref(&held);
	assert_true(worker_id_take(&again));
	assert_int_equal(again, a);
}

static void ids_run_out_at_the_index_limit(void **unused)
{
	unsigned id, n = 0;
	struct worker *w;

	(void)unused;
	while (worker_id_take(&id)) {
		assert_true(id < INDEX_MAX_WORKERS);
		n++;
	}
	assert_in_range(n, 1, INDEX_MAX_WORKERS);
	w = worker_create(&conf, 1000, -1);
	worker_unref(&w);
	assert_true(worker_id_take(&id));
	assert_int_equal(id, 1000);
}

static void names_differ_in_their_hash(void **unused)
{
	struct worker *a = worker_create(&conf, 0, 0);
	struct worker *b = worker_create(&conf, 1, 1);

	(void)unused;
	assert_true(a->name_hash != b->name_hash);
	assert_true((a->name_hash >> 48) != (b->name_hash >> 48));
	worker_unref(&a);
	worker_unref(&b);
}

static void events_tell_the_block_size_before_metrics_do(void **unused)
{
	struct worker *w = worker_create(&conf, 0, -1);

	(void)unused;
	assert_int_equal(worker_block_size(w), 0);
	w->metrics_block_size = 64;
	assert_int_equal(worker_block_size(w), 64);
	w->block_size = 16;
	assert_int_equal(worker_block_size(w), 16);
	worker_unref(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rank_has_its_own_name_and_ports),
		cmocka_unit_test(the_only_rank_keeps_name_and_ports),
		cmocka_unit_test(an_endpoint_without_port_is_not_counted_up),
		cmocka_unit_test(a_worker_without_events_has_none),
		cmocka_unit_test(an_id_is_free_again_after_the_last_holder),
		cmocka_unit_test(ids_run_out_at_the_index_limit),
		cmocka_unit_test(names_differ_in_their_hash),
		cmocka_unit_test(events_tell_the_block_size_before_metrics_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
