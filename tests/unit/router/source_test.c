#include "router/source.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "tests/unit/tcp.h"

/* An engine that answers every connection with the same, then closes. */
struct engine {
	int fd;
	char url[ADDR_TEXT_BYTES + 8];
	const char *body;
	pthread_t thread;
};

static void *answer(void *arg)
{
	struct engine *e = arg;
	char in[4096], out[4096];
	int fd, n;

	while ((fd = accept(e->fd, NULL, NULL)) >= 0) {
		if (recv(fd, in, sizeof(in), 0) > 0) {
			n = snprintf(out, sizeof(out),
				     "HTTP/1.1 200 OK\r\nContent-Length: "
				     "%zu\r\nConnection: close\r\n\r\n%s",
				     strlen(e->body), e->body);
			assert_int_equal(send(fd, out, (size_t)n, 0), n);
		}
		close(fd);
	}
	return NULL;
}

static void start(struct engine *e, const char *body)
{
	struct addr at;
	char text[ADDR_TEXT_BYTES];

	e->fd = tcp_listen(&at);
	tcp_set_blocking(e->fd, true);
	addr_text(&at, text);
	snprintf(e->url, sizeof(e->url), "http://%s", text);
	e->body = body;
	assert_int_equal(pthread_create(&e->thread, NULL, answer, e), 0);
}

static void stop(struct engine *e)
{
	shutdown(e->fd, SHUT_RDWR);
	pthread_join(e->thread, NULL);
	close(e->fd);
}

static struct conf *load(const struct source *s)
{
	struct conf_faults faults = {0};
	struct conf *c = NULL;

	if (source_load(s, &c, &faults) != OK)
		fail_msg("%.*s", SLICE_ARG(buf_slice(&faults.text)));
	buf_fini(&faults.text);
	return c;
}

static void refused(const struct source *s, enum status st, const char *why)
{
	struct conf_faults faults = {0};
	struct conf *c = NULL;

	assert_int_equal(source_load(s, &c, &faults), st);
	assert_null(c);
	buf_putc(&faults.text, '\0');
	assert_string_equal(buf_slice(&faults.text).p, why);
	buf_fini(&faults.text);
}

#define TWO(a, b) .worker = {(a), (b)}, .n_workers = 2
#define SET(k, v) .setting = {{"--test", (k), (v)}}, .n_settings = 1

static void a_name_that_is_given_is_not_asked_for(void **unused)
{
	const struct source s = {
		TWO("http://127.0.0.1:1", "http://[::1]:2"),
		.model = "a \"b\": #c",
		.events_port = "5557",
		.replay_port = "5558",
		SET("limits.max_body", "1MiB"),
	};
	struct conf *c = load(&s);

	(void)unused;
	assert_int_equal(c->n_models, 1);
	assert_string_equal(c->model[0].name, "a \"b\": #c");
	assert_int_equal(c->model[0].n_workers, 2);
	assert_string_equal(c->model[0].worker[0].events,
			    "tcp://127.0.0.1:5557");
	assert_string_equal(c->model[0].worker[1].replay, "tcp://[::1]:5558");
	assert_int_equal(c->limits.max_body_bytes, 1 << 20);
	assert_string_equal(c->file, "the command line");
	conf_unref(&c);
}

static void workers_are_asked_what_they_serve(void **unused)
{
	struct engine a, b, other;
	struct source s = {.n_workers = 4};
	struct conf *c;

	(void)unused;
	start(&a, "{\"data\":[{\"id\":\"m\"},{\"id\":\"n\"},"
		  "{\"id\":\"sql\",\"parent\":\"m\"}]}");
	start(&b, "{\"data\":[{\"id\":\"m\"}]}");
	start(&other, "{\"data\":[{\"id\":\"p\"}]}");
	s.worker[0] = "http://127.0.0.1:1"; /* nobody is there */
	s.worker[1] = a.url;
	s.worker[2] = other.url;
	s.worker[3] = b.url;
	c = load(&s);
	assert_int_equal(c->n_models, 2);
	assert_string_equal(c->model[0].name, "m");
	assert_string_equal(c->model[0].alias[0], "n");
	assert_string_equal(c->model[0].lora[0], "sql");
	assert_int_equal(c->model[0].n_workers, 3);
	assert_string_equal(c->model[0].worker[2].url, b.url);
	assert_string_equal(c->model[1].name, "p");
	assert_int_equal(c->model[1].n_workers, 1);
	conf_unref(&c);
	stop(&a);
	stop(&b);
	stop(&other);
}

static void a_tokenizer_is_of_one_model(void **unused)
{
	struct engine a, b;
	struct source s = {.n_workers = 2, .tokenizer = "models/demo"};
	struct conf *c;

	(void)unused;
	start(&a, "{\"data\":[{\"id\":\"m\"}]}");
	start(&b, "{\"data\":[{\"id\":\"p\"}]}");
	s.worker[0] = a.url;
	s.worker[1] = b.url;
	refused(&s, ERR_INVALID,
		"--tokenizer: the workers serve 2 models; whose it is can only "
		"be said in a file\n");
	s.worker[1] = s.worker[0];
	s.n_workers = 1;
	c = load(&s);
	assert_string_equal(c->model[0].tokenizer, "models/demo");
	conf_unref(&c);
	stop(&a);
	stop(&b);
}

static void silence_of_all_may_end(void **unused)
{
	const struct source s = {
		TWO("http://127.0.0.1:1", "http://127.0.0.1:2")};

	(void)unused;
	refused(&s, ERR_AGAIN,
		"http://127.0.0.1:1: takes no connection, or speaks no HTTP; "
		"--model says what it serves\n"
		"http://127.0.0.1:2: takes no connection, or speaks no HTTP; "
		"--model says what it serves\n");
}

static void an_answer_that_is_none_counts_as_silence(void **unused)
{
	struct engine e;
	struct source s = {.n_workers = 1};
	char why[256];

	(void)unused;
	start(&e, "<html>");
	s.worker[0] = e.url;
	snprintf(why, sizeof(why),
		 "%s: /v1/models is not a list of models; --model says what "
		 "it serves\n",
		 e.url);
	refused(&s, ERR_AGAIN, why);
	stop(&e);
}

static void a_wrong_url_is_a_fault(void **unused)
{
	const struct source s = {TWO("gpu1", "http://127.0.0.1:2")};
	const struct source twice = {
		TWO("http://127.0.0.1:2", "http://127.0.0.1:2"),
		.model = "m",
	};
	struct conf_faults faults = {0};
	struct conf *c = NULL;

	(void)unused;
	refused(&s, ERR_INVALID,
		"the command line:4: models[0].workers[0].url: 'gpu1' is not "
		"a url; write http://host:port or https://host:port\n");
	assert_int_equal(source_load(&twice, &c, &faults), ERR_INVALID);
	buf_fini(&faults.text);
}

static void a_wrong_setting_is_a_fault_with_its_name(void **unused)
{
	const struct source word = {.file = "config/minimal.yaml",
				    SET("log.level", "loud")};
	const struct source key = {.file = "config/minimal.yaml",
				   SET("log.lvl", "info")};
	const struct source list = {.file = "config/minimal.yaml",
				    SET("models", "a")};

	(void)unused;
	refused(&word, ERR_INVALID,
		"--test: log.level: 'loud' is not among error, warn, info "
		"and debug\n");
	refused(&key, ERR_INVALID, "--test: log.lvl: no such key\n");
	refused(&list, ERR_INVALID,
		"--test: models: is not a single value: it needs a file\n");
}

static void a_list_that_is_set_replaces_the_files(void **unused)
{
	const struct source s = {
		.file = "config/minimal.yaml",
		.setting = {{"--listen", "listen", "127.0.0.1:1"},
			    {"--listen", "listen", "127.0.0.1:2"},
			    {"--set", "session_header", "X-Own"}},
		.n_settings = 3,
	};
	struct conf *c = load(&s);

	(void)unused;
	assert_int_equal(c->n_listen, 2);
	assert_string_equal(c->session_header, "x-own");
	conf_unref(&c);
}

static void a_file_that_is_not_there_is_a_fault(void **unused)
{
	const struct source s = {.file = "no/where.yaml"};

	(void)unused;
	refused(&s, ERR_INVALID,
		"config: no/where.yaml: No such file or directory\n");
	assert_string_equal(source_name(&s), "no/where.yaml");
}

static int quietly(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_is_given_is_not_asked_for),
		cmocka_unit_test(workers_are_asked_what_they_serve),
		cmocka_unit_test(a_tokenizer_is_of_one_model),
		cmocka_unit_test(silence_of_all_may_end),
		cmocka_unit_test(an_answer_that_is_none_counts_as_silence),
		cmocka_unit_test(a_wrong_url_is_a_fault),
		cmocka_unit_test(a_wrong_setting_is_a_fault_with_its_name),
		cmocka_unit_test(a_list_that_is_set_replaces_the_files),
		cmocka_unit_test(a_file_that_is_not_there_is_a_fault),
	};

	return cmocka_run_group_tests(tests, quietly, NULL);
}
