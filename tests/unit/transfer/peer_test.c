#include "router/transfer/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct worker *make(const char *peer, int rank)
{
	const struct conf_worker c = {
		.name = (char *)"w",
		.url = (char *)"http://h:8000",
		.peer = (char *)peer,
		.data_parallel = 4,
	};

	return worker_create(&c, 0, rank);
}

static void says(const char *peer, int rank, const char *id, const char *text)
{
	struct worker *w = make(peer, rank);
	struct arena arena;
	struct slice s;

	arena_init(&arena);
	s = peer_source(w, slice_of(id), &arena);
	assert_int_equal(s.n, slice_of(text).n);
	assert_memory_equal(s.p, text, s.n);
	arena_fini(&arena);
	worker_unref(&w);
}

static void a_source_is_an_id_and_an_address(void **unused)
{
	(void)unused;
	says("10.0.0.7:5710", -1, "req-1-2",
	     "\"remote_kv_source\":{\"kv_request_id\":\"req-1-2\",\"remote_"
	     "host\":\"10.0.0.7\","
	     "\"remote_port\":5710}");
}

static void each_rank_has_its_own_port(void **unused)
{
	(void)unused;
	says("[fd00::1]:5710", 3, "r",
	     "\"remote_kv_source\":{\"kv_request_id\":\"r\",\"remote_host\":"
	     "\"fd00::1\","
	     "\"remote_port\":5713}");
}

static void texts_are_json_whatever_they_are(void **unused)
{
	(void)unused;
	says("h:1", -1, "a\"b\\\n",
	     "\"remote_kv_source\":{\"kv_request_id\":\"a\\\"b\\\\\\n\","
	     "\"remote_host\":\"h\","
	     "\"remote_port\":1}");
}

static void only_who_names_a_tier_has_one(void **unused)
{
	struct worker *w = make(NULL, -1);

	(void)unused;
	assert_false(peer_has_tier(w));
	atomic_store(&w->release, 28);
	assert_false(peer_has_tier(w));
	worker_unref(&w);
}

static void older_releases_do_not_leave_a_store_alone(void **unused)
{
	struct worker *w = make(NULL, -1);

	(void)unused;
	assert_true(peer_may_leave_store(w));
	atomic_store(&w->release, 26);
	assert_false(peer_may_leave_store(w));
	atomic_store(&w->release, 27);
	assert_true(peer_may_leave_store(w));
	worker_unref(&w);
}

static void releases_from_before_it_have_none(void **unused)
{
	struct worker *w = make("h:1", -1);

	(void)unused;
	atomic_store(&w->release, 26);
	assert_false(peer_has_tier(w));
	atomic_store(&w->release, 27);
	assert_true(peer_has_tier(w));
	worker_unref(&w);
}

static void one_whose_release_is_not_told_is_believed(void **unused)
{
	struct worker *w = make("h:1", -1);

	(void)unused;
	assert_true(peer_has_tier(w));
	worker_unref(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_is_an_id_and_an_address),
		cmocka_unit_test(each_rank_has_its_own_port),
		cmocka_unit_test(texts_are_json_whatever_they_are),
		cmocka_unit_test(only_who_names_a_tier_has_one),
		cmocka_unit_test(older_releases_do_not_leave_a_store_alone),
		cmocka_unit_test(releases_from_before_it_have_none),
		cmocka_unit_test(one_whose_release_is_not_told_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
