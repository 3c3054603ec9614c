#include "router/probe/probe.h"

#include "common/base/addr.h"
#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A worker's HTTP side, on the probe's own loop. */
struct engine {
	struct evhttp *http;
	int fd;
	struct addr addr;
	int status;   /* of /health; 0: never answer */
	bool in_time; /* /metrics is served */
	size_t asked; /* for /health */
	size_t scraped;
	char key[64]; /* the last Authorization */
	char host[64];
};

struct bed {
	struct loop loop;
	struct metrics *metrics;
	struct probe *probe;
	struct engine engine;
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker[2];
	struct fleet *fleet;
	bool (*wanted)(struct bed *b);
	uint64_t deadline;
	bool met;
	struct timer look;
};

static const char metrics_text[] =
	"vllm:num_requests_running{engine=\"0\"} 3\n"
	"vllm:num_requests_waiting{engine=\"0\"} 2\n"
	"vllm:num_requests_running{engine=\"1\"} 5\n"
	"vllm:kv_cache_usage_perc{engine=\"0\"} 0.5\n"
	"vllm:cache_config_info{block_size=\"64\",num_gpu_blocks=\"900\","
	"prefix_caching_hash_algo=\"sha256\",engine=\"0\"} 1\n";

static void on_engine(struct evhttp_request *req, void *arg)
{
	struct engine *e = arg;
	struct evkeyvalq *h = evhttp_request_get_input_headers(req);
	const char *key = evhttp_find_header(h, "Authorization");
	const char *host = evhttp_find_header(h, "Host");
	bool health = strcmp(evhttp_request_get_uri(req), "/health") == 0;
	struct evbuffer *out;

	snprintf(e->key, sizeof(e->key), "%s", key == NULL ? "" : key);
	snprintf(e->host, sizeof(e->host), "%s", host == NULL ? "" : host);
	if (health)
		e->asked++;
	else
		e->scraped++;
	if (health && e->status == 0)
		return; /* it hangs */
	out = evbuffer_new();
	if (!health)
		evbuffer_add(out, metrics_text, sizeof(metrics_text) - 1);
	evhttp_send_reply(req, health ? e->status : 200, NULL, out);
	evbuffer_free(out);
}

static void start_engine(struct bed *b, const struct addr *at)
{
	struct engine *e = &b->engine;
	struct addr any;
	struct error err;

	if (at == NULL)
		assert_int_equal(addr_parse("127.0.0.1:0", &any, &err), OK);
	e->fd = addr_listen(at == NULL ? &any : at, 16, false, &err);
	assert_true(e->fd >= 0);
	assert_int_equal(addr_of_socket(e->fd, &e->addr), OK);
	e->http = evhttp_new(loop_base(&b->loop));
	evhttp_set_gencb(e->http, on_engine, e);
	assert_int_equal(evhttp_accept_socket(e->http, e->fd), 0);
}

static void stop_engine(struct bed *b)
{
	evhttp_free(b->engine.http); /* closes the listener */
	b->engine.http = NULL;
}

static void look(void *arg)
{
	struct bed *b = arg;

	b->met = b->wanted(b);
	if (b->met || clock_ms() > b->deadline)
		loop_stop(&b->loop);
	else
		timer_set(&b->look, 2);
}

static void run_until(struct bed *b, bool (*wanted)(struct bed *b))
{
	b->wanted = wanted;
	b->deadline = clock_ms() + 20000;
	timer_set(&b->look, 1);
	loop_run(&b->loop);
	assert_true(b->met);
}

static struct worker *first(struct bed *b)
{
	return b->fleet->worker[0];
}

static bool is_up(struct bed *b)
{
	return first(b)->health == WORKER_UP;
}

static bool is_down(struct bed *b)
{
	return first(b)->health == WORKER_DOWN;
}

static bool is_loaded(struct bed *b)
{
	return first(b)->running != 0;
}

static bool is_asked_again(struct bed *b)
{
	return b->engine.asked >= 4;
}

static void make_fleet(struct bed *b)
{
	struct error err;

	fleet_unref(&b->fleet);
	b->fleet = fleet_create(&b->conf, NULL, &err);
	assert_non_null(b->fleet);
}

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	loop_init(&b.loop);
	timer_init(&b.look, &b.loop, look, &b);
	b.metrics = metrics_create("1", "c");
	b.engine.status = 200;
	start_engine(&b, NULL);
	ref_init(&b.conf.ref); /* held by the test for good */
	b.conf.model = &b.model;
	b.conf.n_models = 1;
	b.conf.probe = (struct conf_probe){.health_interval_ms = 20,
					   .health_timeout_ms = 200,
					   .down_after = 2,
					   .up_after = 2,
					   .metrics_interval_ms = 20};
	b.model = (struct conf_model){.name = (char *)"m",
				      .worker = b.worker,
				      .n_workers = 1,
				      .block_size = 16};
	b.worker[0] = (struct conf_worker){.name = (char *)"w",
					   .url = (char *)"http://engine:8000",
					   .host = (char *)"engine:8000",
					   .addr = b.engine.addr};
	b.probe = probe_create(&b.loop, b.metrics);
	make_fleet(&b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	probe_destroy(&b->probe);
	if (b->engine.http != NULL)
		stop_engine(b);
	fleet_unref(&b->fleet);
	timer_fini(&b->look);
	metrics_destroy(&b->metrics);
	loop_fini(&b->loop);
	return 0;
}

static void a_worker_that_answers_is_up(void **state)
{
	struct bed *b = *state;

	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	assert_string_equal(first(b)->health_reason, "answers");
	assert_string_equal(b->engine.host, "engine:8000");
	assert_string_equal(b->engine.key, "");
}

static void its_load_is_read_from_its_metrics(void **state)
{
	struct bed *b = *state;

	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_loaded);
	assert_int_equal(first(b)->running, 8);
	assert_int_equal(first(b)->waiting, 2);
	assert_int_equal(first(b)->kv_usage_ppm, 500000);
	assert_int_equal(first(b)->kv_blocks, 900);
	assert_int_equal(worker_block_size(first(b)), 64);
}

static void ranks_share_one_url_and_its_answers(void **state)
{
	struct bed *b = *state;
	size_t ranks = 2;

	b->worker[0].data_parallel = ranks;
	make_fleet(b);
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_loaded);
	run_until(b, is_up);
	assert_int_equal(b->fleet->n_workers, ranks);
	assert_int_equal(b->fleet->worker[0]->running, 3);
	assert_int_equal(b->fleet->worker[1]->running, 5);
	assert_int_equal(b->fleet->worker[1]->health, WORKER_UP);
}

static void the_key_is_sent(void **state)
{
	struct bed *b = *state;

	b->worker[0].api_key = (char *)"sesame";
	make_fleet(b);
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	assert_string_equal(b->engine.key, "Bearer sesame");
}

static void an_error_status_takes_it_down_and_health_brings_it_back(void **st)
{
	struct bed *b = *st;

	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	b->engine.status = 503;
	run_until(b, is_down);
	assert_non_null(strstr(first(b)->health_reason, "error"));
	b->engine.status = 200;
	run_until(b, is_up);
}

static void a_worker_that_hangs_goes_down(void **state)
{
	struct bed *b = *state;

	b->engine.status = 0;
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_down);
	assert_non_null(strstr(first(b)->health_reason, "in time"));
	run_until(b, is_asked_again);
	b->engine.status = 200;
	run_until(b, is_up);
}

static void a_worker_that_is_gone_goes_down_and_comes_back(void **state)
{
	struct bed *b = *state;

	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	stop_engine(b);
	run_until(b, is_down);
	assert_non_null(strstr(first(b)->health_reason, "connections"));
	start_engine(b, &b->worker[0].addr);
	run_until(b, is_up);
}

static const struct worker_report refused = {.failure = BREAKER_CONNECT};

static void a_lanes_word_brings_the_next_check_forward(void **state)
{
	struct bed *b = *state;

	b->conf.probe.health_interval_ms = 3600000;
	b->conf.probe.down_after = 1;
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	assert_int_equal(b->engine.asked, 1);
	/* The engine has died; a connection failed. */
	stop_engine(b);
	probe_report(b->probe, first(b), &refused);
	assert_true(is_up(b));
	run_until(b, is_down);
}

static void failures_do_not_put_off_the_check_that_they_bring_about(
	void **state)
{
	struct bed *b = *state;
	uint64_t end_ms;

	b->conf.probe.health_interval_ms = 3600000;
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	end_ms = clock_ms() + 20000;
	while (b->engine.asked < 4 && clock_ms() < end_ms) {
		probe_report(b->probe, first(b), &refused);
		event_base_loop(loop_base(&b->loop), EVLOOP_NONBLOCK);
	}
	assert_true(is_asked_again(b));
}

static void a_busy_worker_is_not_checked_for_that(void **state)
{
	const struct worker_report busy = {.failure = BREAKER_BUSY};
	const struct worker_report error = {.failure = BREAKER_ERROR};
	const struct worker_report passed = {.passed = true};
	struct bed *b = *state;
	uint64_t end_ms;

	b->conf.probe.health_interval_ms = 3600000;
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	end_ms = clock_ms() + 150;
	while (clock_ms() < end_ms) {
		probe_report(b->probe, first(b), &busy);
		probe_report(b->probe, first(b), &error);
		probe_report(b->probe, first(b), &passed);
		event_base_loop(loop_base(&b->loop), EVLOOP_NONBLOCK);
	}
	assert_int_equal(b->engine.asked, 1);
}

static void a_reload_keeps_the_health_of_those_that_stay(void **state)
{
	struct bed *b = *state;
	struct fleet *next;
	struct error err;

	b->conf.probe.health_interval_ms = 3600000;
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	/* Renamed: another object behind the same url. */
	b->worker[0].name = (char *)"renamed";
	next = fleet_create(&b->conf, b->fleet, &err);
	assert_non_null(next);
	assert_ptr_not_equal(next->worker[0], first(b));
	probe_set_fleet(b->probe, next);
	assert_int_equal(next->worker[0]->health, WORKER_UP);
	assert_int_equal(b->engine.asked, 1);
	fleet_unref(&next);
}

static void a_report_about_a_stranger_is_ignored(void **state)
{
	struct bed *b = *state;
	struct conf_worker c = b->worker[0];
	struct worker *w;

	c.url = (char *)"http://elsewhere:1";
	w = worker_create(&c, 77, -1);
	probe_set_fleet(b->probe, b->fleet);
	run_until(b, is_up);
	for (size_t i = 0; i < 5; i++)
		probe_report(b->probe, w, &refused);
	assert_true(is_up(b));
	worker_unref(&w);
}

static void it_can_be_destroyed_with_checks_open(void **state)
{
	struct bed *b = *state;

	b->engine.status = 0;
	probe_set_fleet(b->probe, b->fleet);
	while (b->engine.asked == 0)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	probe_destroy(&b->probe);
	assert_null(b->probe);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_worker_that_answers_is_up),
		TEST(its_load_is_read_from_its_metrics),
		TEST(ranks_share_one_url_and_its_answers),
		TEST(the_key_is_sent),
		TEST(an_error_status_takes_it_down_and_health_brings_it_back),
		TEST(a_worker_that_hangs_goes_down),
		TEST(a_worker_that_is_gone_goes_down_and_comes_back),
		TEST(a_lanes_word_brings_the_next_check_forward),
		TEST(failures_do_not_put_off_the_check_that_they_bring_about),
		TEST(a_busy_worker_is_not_checked_for_that),
		TEST(a_reload_keeps_the_health_of_those_that_stay),
		TEST(a_report_about_a_stranger_is_ignored),
		TEST(it_can_be_destroyed_with_checks_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
