#include "router/conf/conf.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORKER "[http://127.0.0.1:8000]"
#define MODELS "models:\n- name: m\n  workers: " WORKER "\n"

static struct conf *parse(const char *yaml, char faults[4096])
{
	struct conf_faults f = {0};
	struct conf *c = conf_parse_numeric(slice_of(yaml), "f.yaml", &f);
	struct slice text = buf_slice(&f.text);

	snprintf(faults, 4096, "%.*s", SLICE_ARG(text));
	assert_int_equal(c == NULL, f.n > 0);
	buf_fini(&f.text);
	return c;
}

static struct conf *good(const char *yaml)
{
	char faults[4096];
	struct conf *c = parse(yaml, faults);

	if (c == NULL)
		fail_msg("%s\n%s", yaml, faults);
	return c;
}

/* All of the faults, line by line, and nothing else. */
static void bad(const char *yaml, const char *wanted)
{
	char faults[4096];
	struct conf *c = parse(yaml, faults);

	if (c != NULL)
		fail_msg("was taken:\n%s", yaml);
	assert_string_equal(faults, wanted);
}

static void holds(const char *yaml, const char *part)
{
	char faults[4096];
	struct conf *c = parse(yaml, faults);

	if (c != NULL)
		fail_msg("was taken:\n%s", yaml);
	if (strstr(faults, part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, faults);
}

static void the_least_file_gets_all_defaults(void **unused)
{
	struct conf *c = good(MODELS);
	char text[ADDR_TEXT_BYTES];

	(void)unused;
	assert_int_equal(c->n_listen, 1);
	assert_string_equal(addr_text(&c->listen[0], text), "0.0.0.0:8080");
	assert_string_equal(addr_text(&c->admin, text), "127.0.0.1:9090");
	assert_int_equal(c->limits.max_body_bytes, 32 << 20);
	assert_int_equal(c->limits.max_head_bytes, 64 << 10);
	assert_int_equal(c->limits.max_headers, 100);
	assert_int_equal(c->limits.max_header_bytes, 16 << 10);
	assert_int_equal(c->limits.max_uri_bytes, 8 << 10);
	assert_int_equal(c->limits.max_messages, 16384);
	assert_int_equal(c->limits.max_n, 128);
	assert_int_equal(c->limits.max_tokens, 0);
	assert_int_equal(c->timeouts.header, 10000);
	assert_int_equal(c->timeouts.first_byte, 600000);
	assert_int_equal(c->timeouts.between_bytes, 120000);
	assert_int_equal(c->timeouts.pool_idle, 4000);
	assert_int_equal(c->timeouts.drain, 30000);
	assert_int_equal(c->log_level, LOG_INFO);
	assert_int_equal(c->log_format, LOG_TEXT);
	assert_true(c->access_log);
	assert_string_equal(c->session_header, "x-session-id");
	assert_string_equal(c->model[0].policy->name, "cost");
	assert_int_equal(c->model[0].policy_options.imbalance_abs, 32);
	conf_unref(&c);
	assert_null(c);
}

static void a_worker_may_be_a_url_alone(void **unused)
{
	struct conf *c = good("models:\n- name: m\n  workers:\n"
			      "  - http://127.0.0.1:8000/\n"
			      "  - {url: http://127.0.0.2, name: two}\n");
	struct conf_worker *w = c->model[0].worker;
	char text[ADDR_TEXT_BYTES];

	(void)unused;
	assert_int_equal(c->model[0].n_workers, 2);
	assert_string_equal(w[0].name, "127.0.0.1:8000");
	assert_string_equal(w[0].host, "127.0.0.1:8000");
	assert_int_equal(w[0].line, 4);
	assert_int_equal(w[0].data_parallel, 1);
	assert_string_equal(w[0].topic, "");
	assert_null(w[0].api_key);
	assert_string_equal(w[1].name, "two");
	assert_string_equal(w[1].host, "127.0.0.2");
	assert_string_equal(addr_text(&w[1].addr, text), "127.0.0.2:80");
	conf_unref(&c);
}

static void every_part_of_a_worker_is_read(void **unused)
{
	struct conf *c = good("models:\n- name: m\n  hash: {seed: \"0\"}\n"
			      "  workers:\n"
			      "  - name: w\n"
			      "    url: http://[::1]:8000\n"
			      "    events: tcp://10.0.0.2:5557\n"
			      "    replay: tcp://10.0.0.2:6557\n"
			      "    peer: \"[fd00::2]:5710\"\n"
			      "    topic: kv-events\n"
			      "    data_parallel: 4\n"
			      "    max_inflight: 256\n"
			      "    zone: eu-1a\n"
			      "    rack: r12\n"
			      "    api_key: \"s3cret\"\n");
	struct conf_worker *w = c->model[0].worker;

	(void)unused;
	assert_string_equal(w->host, "[::1]:8000");
	assert_string_equal(w->events, "tcp://10.0.0.2:5557");
	assert_string_equal(w->replay, "tcp://10.0.0.2:6557");
	assert_string_equal(w->peer, "[fd00::2]:5710");
	assert_string_equal(w->topic, "kv-events");
	assert_int_equal(w->data_parallel, 4);
	assert_int_equal(w->max_inflight, 256);
	assert_string_equal(w->zone, "eu-1a");
	assert_string_equal(w->rack, "r12");
	assert_string_equal(w->api_key, "s3cret");
	conf_unref(&c);
}

static void a_model_changes_only_what_it_says_of_the_policy(void **unused)
{
	struct conf *c = good(
		"policy: {name: prefix, prefix_threshold: 0.25, "
		"load_weight: 2}\n"
		"models:\n"
		"- {name: a, workers: " WORKER "}\n"
		"- name: b\n  policy: {name: session, load_weight: 0.5}\n"
		"  workers: [http://127.0.0.1:8001]\n"
		"- name: c\n  policy: random\n"
		"  workers: [http://127.0.0.1:8002]\n");

	(void)unused;
	assert_string_equal(c->model[0].policy->name, "prefix");
	assert_true(c->model[0].policy_options.load_weight == 2);
	assert_string_equal(c->model[1].policy->name, "session");
	assert_true(c->model[1].policy_options.load_weight == 0.5);
	assert_true(c->model[1].policy_options.prefix_threshold == 0.25);
	assert_string_equal(c->model[2].policy->name, "random");
	conf_unref(&c);
}

static void models_have_aliases_loras_and_hashes(void **unused)
{
	struct conf *c = good("models:\n- name: m\n  aliases: [x, \"y z\"]\n"
			      "  loras: sql\n  block_size: 32\n"
			      "  hash: {key: engine, algorithm: xxhash_cbor, "
			      "seed: 0}\n"
			      "  tokenizer: tests\n"
			      "  workers: " WORKER "\n");
	struct conf_model *m = c->model;

	(void)unused;
	assert_int_equal(m->n_aliases, 2);
	assert_string_equal(m->alias[1], "y z");
	assert_int_equal(m->n_loras, 1);
	assert_string_equal(m->lora[0], "sql");
	assert_int_equal(m->block_size, 32);
	assert_int_equal(m->key_mode, CONF_KEY_ENGINE);
	assert_int_equal(m->algorithm, HASH_XXHASH_CBOR);
	assert_string_equal(m->seed, "0");
	assert_string_equal(m->tokenizer, "tests");
	conf_unref(&c);
}

static void durations_and_sizes_have_units(void **unused)
{
	struct conf *c = good("timeouts: {header: 500ms, body: 2m, idle: 1h, "
			      "drain: 0s}\n"
			      "limits: {max_body: 64KiB, max_head: 2048, "
			      "stream_buffer: 1MiB}\n"
			      "index: {max_size: 1GiB}\n" MODELS);

	(void)unused;
	assert_int_equal(c->timeouts.header, 500);
	assert_int_equal(c->timeouts.body, 120000);
	assert_int_equal(c->timeouts.idle, 3600000);
	assert_int_equal(c->timeouts.drain, 0);
	assert_int_equal(c->limits.max_body_bytes, 65536);
	assert_int_equal(c->limits.max_head_bytes, 2048);
	assert_int_equal(c->limits.stream_buffer_bytes, 1 << 20);
	assert_int_equal(c->index_max_bytes, 1 << 30);
	conf_unref(&c);
}

static void port_zero_may_be_taken_again_and_again(void **unused)
{
	struct conf *c = good("listen: [127.0.0.1:0, 127.0.0.1:0]\n"
			      "admin: 127.0.0.1:0\n" MODELS);

	(void)unused;
	assert_int_equal(c->n_listen, 2);
	assert_int_equal(addr_port(&c->listen[1]), 0);
	conf_unref(&c);
}

static void anchors_and_merge_keys_are_followed(void **unused)
{
	struct conf *c = good("models:\n- name: m\n  workers:\n"
			      "  - &w {url: http://127.0.0.1:1, name: a, "
			      "max_inflight: 7, topic: kv}\n"
			      "  - {<<: *w, url: http://127.0.0.1:2, name: b}\n"
			      "  - {name: c, url: http://127.0.0.1:3, "
			      "max_inflight: 8, <<: [*w]}\n");
	struct conf_worker *w = c->model[0].worker;

	(void)unused;
	assert_string_equal(w[1].name, "b");
	assert_int_equal(w[1].max_inflight, 7);
	assert_string_equal(w[1].topic, "kv");
	assert_int_equal(w[2].max_inflight, 8);
	conf_unref(&c);
}

static void a_header_becomes_lower_case(void **unused)
{
	struct conf *c = good("session_header: X-User-ID\n" MODELS);

	(void)unused;
	assert_string_equal(c->session_header, "x-user-id");
	conf_unref(&c);
}

static void empty_sections_and_nulls_leave_the_defaults(void **unused)
{
	struct conf *c = good("limits:\npolicy: {}\nmodels:\n- name: m\n"
			      "  tokenizer: ~\n  hash: {seed: null}\n"
			      "  workers: " WORKER "\n");

	(void)unused;
	assert_null(c->model[0].tokenizer);
	assert_null(c->model[0].seed);
	assert_int_equal(c->limits.max_headers, 100);
	conf_unref(&c);
}

static void a_held_configuration_outlives_its_first_holder(void **unused)
{
	struct conf *c = good(MODELS), *again = conf_ref(c);

	(void)unused;
	conf_unref(&c);
	assert_string_equal(again->model[0].name, "m");
	conf_unref(&again);
	conf_unref(&again);
}

/* --- what must fail ------------------------------------------------- */

static void an_empty_file_says_what_is_missing(void **unused)
{
	(void)unused;
	bad("", "f.yaml: models: must be written: The models that are served, "
		"and by whom.\n");
	holds("# nothing\n", "models: must be written");
}

static void all_faults_are_told_at_once(void **unused)
{
	(void)unused;
	bad("threads: many\n"
	    "limits:\n"
	    "  max_bodi: 1MiB\n"
	    "  max_headers: 5\n"
	    "timeouts: {header: 10}\n"
	    "models:\n"
	    "- name: m\n"
	    "  workers:\n"
	    "  - ftp://127.0.0.1:8000\n",
	    "f.yaml:1: threads: 'many' is not a whole number\n"
	    "f.yaml:3: limits.max_bodi: no such key; did you mean max_body?\n"
	    "f.yaml:4: limits.max_headers: 5 is below the minimum, 8\n"
	    "f.yaml:5: timeouts.header: '10' is not a duration; write a whole "
	    "number of ms, s, m or h, such as 10s\n"
	    "f.yaml:9: models[0].workers[0].url: 'ftp://127.0.0.1:8000' is "
	    "not a url; write http://host:port or https://host:port\n");
}

static void an_unknown_key_meets_the_known_ones(void **unused)
{
	(void)unused;
	holds("polcy: {}\n" MODELS, "f.yaml:1: polcy: no such key; did you "
				    "mean policy?\n");
	holds("retries: {zzzzzz: 1}\n" MODELS,
	      "retries.zzzzzz: no such key; there are max_tries, budget, "
	      "min_per_second and on_5xx\n");
	holds("limits.max_body: 1MiB\n" MODELS, "limits.max_body: no such key");
	holds("models:\n- name: m\n  worker: []\n  workers: " WORKER "\n",
	      "models[0].worker: no such key; did you mean workers?");
	holds("models:\n- name: m\n  workers: [{url: http://127.0.0.1:1, "
	      "urll: x}]\n",
	      "models[0].workers[0].urll: no such key; did you mean url?");
}

static void values_out_of_bounds_name_the_bound(void **unused)
{
	(void)unused;
	holds("limits: {max_body: 2GiB}\n" MODELS,
	      "2GiB is above the maximum, 1GiB");
	holds("limits: {max_body: 10}\n" MODELS,
	      "10 is below the minimum, 1KiB");
	holds("timeouts: {connect: 1ms}\n" MODELS,
	      "1ms is below the minimum, 10ms");
	holds("policy: {bounded_load: 0.5}\n" MODELS,
	      "0.5 is below the minimum, 1");
	holds("retries: {max_tries: 0}\n" MODELS, "0 is below the minimum, 1");
	holds("limits: {max_body: 99999999999999999999}\n" MODELS,
	      "is not a size");
	holds("limits: {max_body: 9007199254740992TiB}\n" MODELS,
	      "is not a size");
}

static void names_of_places_are_short(void **unused)
{
	(void)unused;
	holds("zone: \"\"\n" MODELS, "zone:");
	holds("zone_cost: 2h\n" MODELS, "2h is above the maximum, 1m");
	holds("zone: [a]\n" MODELS, "zone:");
}

static void values_of_another_type_are_refused(void **unused)
{
	(void)unused;
	holds("threads: -1\n" MODELS, "'-1' is not a whole number");
	holds("threads: [1]\n" MODELS, "threads: must be a single value");
	holds("threads:\n" MODELS, "threads: a value is missing");
	holds("limits: 5\n" MODELS, "limits: must be keys and values");
	holds("policy: {load_weight: nan}\n" MODELS, "'nan' is not a number");
	holds("policy: {load_weight: 0x10}\n" MODELS, "is not a number");
	holds("log: {access: yes}\n" MODELS,
	      "'yes' is not among false and true");
	holds("log: {level: warning}\n" MODELS,
	      "'warning' is not among error, warn, info and debug; did you "
	      "mean warn?");
	holds("policy: {name: kvaware}\n" MODELS, "did you mean kv_aware?");
	holds("limits: {max_body: 1 MB}\n" MODELS, "is not a size");
	holds("timeouts: {idle: 1.5s}\n" MODELS, "is not a duration");
	holds("session_header: \"x y\"\n" MODELS, "is not a header's name");
	holds("session_header: \"\"\n" MODELS, "must not be empty");
	holds("listen: []\n" MODELS, "listen: must not be empty");
	holds("listen: nowhere\n" MODELS, "listen: ");
	holds("- a\n- b\n", "must be keys and values");
	holds("text\n", "must be keys and values");
}

static void names_must_stand_once(void **unused)
{
	(void)unused;
	holds("models:\n- {name: m, workers: " WORKER "}\n"
	      "- {name: m, workers: [http://127.0.0.1:1]}\n",
	      "f.yaml:3: models[1].name: the model 'm' stands twice, first in "
	      "line 2");
	holds("models:\n- {name: m, aliases: [x], loras: [x], workers: " WORKER
	      "}\n",
	      "models[0].loras: the model 'x' stands twice");
	holds("models:\n- {name: m, aliases: [m], workers: " WORKER "}\n",
	      "models[0].aliases: the model 'm' stands twice");
	holds("models:\n- name: m\n  workers: [http://127.0.0.1:1, "
	      "http://127.0.0.1:1/]\n",
	      "models[0].workers[1].url: the worker '127.0.0.1:1' stands "
	      "twice, first in line 3");
	holds("models:\n- name: m\n  workers:\n"
	      "  - {url: http://127.0.0.1:1, name: w}\n"
	      "  - {url: http://127.0.0.1:2, name: w}\n",
	      "f.yaml:5: models[0].workers[1].name: the name 'w' stands "
	      "twice, first in line 4");
	holds("models:\n- name: m\n  workers:\n"
	      "  - {url: http://127.0.0.1:1, events: tcp://h:1}\n"
	      "  - {url: http://127.0.0.1:2, events: tcp://h:1}\n",
	      "workers[1].events: the endpoint 'tcp://h:1' stands twice");
	holds("threads: 1\nthreads: 2\n" MODELS,
	      "f.yaml:2: threads: the key stands twice, first in line 1");
}

static void what_belongs_together_is_asked_for(void **unused)
{
	(void)unused;
	holds("models:\n- name: m\n  workers: [{url: http://127.0.0.1:1, "
	      "replay: tcp://h:1}]\n",
	      "models[0].workers[0].replay: needs events");
	holds("models:\n- name: m\n  workers: [{url: http://127.0.0.1:1, "
	      "peer: h:1}]\n",
	      "models[0].workers[0].peer: needs hash.seed");
	holds("models:\n- name: m\n  hash: {seed: \"0\"}\n  workers:\n"
	      "  - {url: http://127.0.0.1:1, peer: h:1}\n"
	      "  - {url: http://127.0.0.1:2, peer: h:1}\n",
	      "workers[1].peer: the address 'h:1' stands twice");
	holds("models:\n- name: m\n  hash: {key: engine}\n  workers: " WORKER
	      "\n",
	      "f.yaml:3: models[0].hash.seed: must be written where hash.key "
	      "is engine");
	holds("models:\n- name: m\n  block_size: 24\n  workers: " WORKER "\n",
	      "f.yaml:3: models[0].block_size: 24 is not a power of two");
	holds("models:\n- name: m\n  tokenizer: no/where\n  workers: " WORKER
	      "\n",
	      "f.yaml:3: models[0].tokenizer: no/where: no such directory");
	holds("models:\n- name: m\n  tokenizer: VERSION\n  workers: " WORKER
	      "\n",
	      "VERSION: must be a directory");
	holds("models:\n- workers: " WORKER "\n",
	      "f.yaml:2: models[0].name: must be written");
	holds("models:\n- name: m\n", "models[0].workers: must be written");
	holds("models:\n- name: m\n  workers: []\n",
	      "models[0].workers: must be a list of at least one");
	holds("models: {}\n", "models: must be a list of at least one");
	holds("models:\n- name: m\n  workers: [{name: w}]\n",
	      "models[0].workers[0].url: must be written");
}

static void addresses_that_collide_are_refused(void **unused)
{
	(void)unused;
	holds("listen: 127.0.0.1:8080\nadmin: 127.0.0.1:8080\n" MODELS,
	      "f.yaml:2: admin: must not be what listen takes already, "
	      "127.0.0.1:8080");
	holds("listen: :9090\n" MODELS, "admin: must not be");
	holds("listen: [127.0.0.1:1, 0.0.0.0:1]\n" MODELS,
	      "listen: 0.0.0.0:1 is taken twice");
	holds("listen: [unix:/run/a, unix:/run/a]\n" MODELS, "is taken twice");
}

static void urls_and_endpoints_are_held_to_their_form(void **unused)
{
	static const char *const url[][2] = {
		{"https://", "a host must follow"},
		{"https://127.0.0.1:0", "port 0"},
		{"127.0.0.1:1", "is not a url"},
		{"http://", "a host must follow"},
		{"http://:80", "a host must follow"},
		{"http://127.0.0.1:1/v1", "without a path"},
		{"http://u@127.0.0.1:1", "without a user"},
		{"http://127.0.0.1:0", "port 0"},
		{"http://127.0.0.1:70000", "is not host:port"},
		{"http://worker:1", "not the number of a host"},
	};
	static const char *const events[][2] = {
		{"10.0.0.1:5557", "is not an endpoint"},
		{"tcp://*:5557", "with the engine's host"},
		{"tcp://h", "is not an endpoint"},
		{"tcp://:5557", "is not an endpoint"},
		{"tcp://h:0", "is not an endpoint"},
		{"tcp://h:65535", "2 ranks from port 65535 on pass 65535"},
	};
	char yaml[512];

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(url); i++) {
		snprintf(yaml, sizeof(yaml),
			 "models:\n- name: m\n  workers: [\"%s\"]\n",
			 url[i][0]);
		holds(yaml, url[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		snprintf(yaml, sizeof(yaml),
			 "models:\n- name: m\n  workers: [{url: "
			 "http://127.0.0.1:1, data_parallel: 2, events: "
			 "\"%s\"}]\n",
			 events[i][0]);
		holds(yaml, events[i][1]);
	}
}

static void what_is_not_yaml_has_a_line(void **unused)
{
	(void)unused;
	holds("a: b\nc: }\n", "f.yaml:2: not YAML: ");
	holds("models: [\n", "not YAML: ");
	holds("a: *b\n", "f.yaml:1: no anchor &b before this");
	holds("a: &a [*a]\n", "*a stands inside of what it names");
	holds("a: 1\n---\nb: 2\n", "a second document");
	holds("? [a, b]\n: c\n", "a key must be a word");
	holds("[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n",
	      "nested more than 16 deep");
	holds("a: {<<: 5}\n", "only mappings can be merged");
	holds("a: b\nc: \x01\n", "f.yaml:2: not text in UTF-8");
	holds("a: \xff\n", "f.yaml:1: not text in UTF-8");
	holds("a: \xed\xa0\x80\n", "not text in UTF-8");
	holds("a: \xc0\x80\n", "not text in UTF-8");
	holds("a: \xe2\x82", "not text in UTF-8");
	holds("%YAML 9.9\n---\na: b\n", "not YAML: ");
	holds("name: \"a\\0b\"\n" MODELS, "name: no such key");
	holds("models:\n- name: \"a\\0b\"\n  workers: " WORKER "\n",
	      "must not have control characters");
}

static void aliases_do_not_grow_without_bound(void **unused)
{
	struct buf yaml;

	(void)unused;
	buf_init(&yaml);
	buf_puts(&yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&yaml, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&yaml, "%s*a%d", j ? ", " : "", i - 1);
		buf_puts(&yaml, "]\n");
	}
	buf_putc(&yaml, '\0');
	holds(buf_slice(&yaml).p, "values, aliases written out");
	buf_fini(&yaml);
}

static void a_large_fleet_is_read(void **unused)
{
	struct conf *c;
	struct buf yaml;

	(void)unused;
	buf_init(&yaml);
	buf_puts(&yaml, "models:\n- name: m\n  workers:\n");
	for (int i = 0; i < 1024; i++)
		buf_printf(&yaml,
			   "  - {url: http://10.0.%d.%d:8000, name: w-%d, "
			   "events: tcp://10.0.%d.%d:5557}\n",
			   i / 256, i % 256, i, i / 256, i % 256);
	buf_putc(&yaml, '\0');
	c = good(buf_slice(&yaml).p);
	assert_int_equal(c->model[0].n_workers, 1024);
	assert_string_equal(c->model[0].worker[1023].name, "w-1023");
	conf_unref(&c);
	buf_fini(&yaml);
}

static void a_missing_file_is_a_fault(void **unused)
{
	struct conf_faults f = {0};

	(void)unused;
	assert_null(conf_load("no/where.yaml", (struct conf_settings){0}, &f));
	assert_int_equal(f.n, 1);
	buf_putc(&f.text, '\0');
	assert_string_equal(buf_slice(&f.text).p,
			    "config: no/where.yaml: No such file or "
			    "directory\n");
	buf_fini(&f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_file_gets_all_defaults),
		cmocka_unit_test(a_worker_may_be_a_url_alone),
		cmocka_unit_test(every_part_of_a_worker_is_read),
		cmocka_unit_test(
			a_model_changes_only_what_it_says_of_the_policy),
		cmocka_unit_test(models_have_aliases_loras_and_hashes),
		cmocka_unit_test(durations_and_sizes_have_units),
		cmocka_unit_test(port_zero_may_be_taken_again_and_again),
		cmocka_unit_test(anchors_and_merge_keys_are_followed),
		cmocka_unit_test(a_header_becomes_lower_case),
		cmocka_unit_test(empty_sections_and_nulls_leave_the_defaults),
		cmocka_unit_test(
			a_held_configuration_outlives_its_first_holder),
		cmocka_unit_test(an_empty_file_says_what_is_missing),
		cmocka_unit_test(all_faults_are_told_at_once),
		cmocka_unit_test(an_unknown_key_meets_the_known_ones),
		cmocka_unit_test(values_out_of_bounds_name_the_bound),
		cmocka_unit_test(names_of_places_are_short),
		cmocka_unit_test(values_of_another_type_are_refused),
		cmocka_unit_test(names_must_stand_once),
		cmocka_unit_test(what_belongs_together_is_asked_for),
		cmocka_unit_test(addresses_that_collide_are_refused),
		cmocka_unit_test(urls_and_endpoints_are_held_to_their_form),
		cmocka_unit_test(what_is_not_yaml_has_a_line),
		cmocka_unit_test(aliases_do_not_grow_without_bound),
		cmocka_unit_test(a_large_fleet_is_read),
		cmocka_unit_test(a_missing_file_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
