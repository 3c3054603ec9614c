#include "router/doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "tests/unit/tcp.h"

static const struct doctor_options options = {.generate = true,
					      .wait_ms = 600000};

static struct conf *conf_of(const char *model)
{
	struct conf_faults faults = {0};
	char yaml[512];
	struct addr at;
	struct conf *c;
	int fd = tcp_listen(&at);

	close(fd); /* nobody listens there */
	snprintf(yaml, sizeof(yaml),
		 "models:\n  - name: m\n%s    workers:\n"
		 "      - {url: \"http://127.0.0.1:%u\", events: "
		 "\"tcp://127.0.0.1:%u\"}\n",
		 model, (unsigned)addr_port(&at), (unsigned)addr_port(&at));
	c = conf_parse_numeric(slice_of(yaml), "test.yaml", &faults);
	assert_non_null(c);
	buf_fini(&faults.text);
	return c;
}

static void nothing_is_waited_for_of_those_that_are_down(void **state)
{
	struct conf *c = conf_of("");
	uint64_t before = clock_ms();
	struct doctor *d;
	struct error err;

	(void)state;
	d = doctor_create(c, &options, &err);
	assert_non_null(d);
	doctor_run(d);
	assert_true(clock_ms() - before < 300000);
	assert_int_equal(doctor_fleet(d)->worker[0]->health, WORKER_DOWN);
	assert_true(doctor_is_wrong(doctor_fleet(d)->worker[0]));
	doctor_destroy(&d);
	assert_null(d);
	conf_unref(&c);
}

static void a_fleet_that_cannot_be_made_is_an_error(void **state)
{
	struct conf *c = conf_of("    tokenizer: tests\n");
	struct error err = {0};

	(void)state;
	assert_null(doctor_create(c, &options, &err));
	assert_non_null(strstr(err.text, "models: m: tokenizer: "));
	conf_unref(&c);
}

static void one_difference_is_enough_to_be_wrong(void **state)
{
	struct conf_worker c = {.name = (char *)"w"};
	struct worker *w = worker_create(&c, 0, -1);

	(void)state;
	assert_true(doctor_is_wrong(w)); /* it may be down */
	w->health = WORKER_UP;
	assert_false(doctor_is_wrong(w));
	(void)parity_set(&w->parity, PARITY_USAGE, PARITY_DIFFERS, NULL, NULL);
	assert_true(doctor_is_wrong(w));
	worker_unref(&w);
}

static void there_may_be_none_to_destroy(void **state)
{
	struct doctor *d = NULL;

	(void)state;
	doctor_destroy(&d);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(nothing_is_waited_for_of_those_that_are_down),
		cmocka_unit_test(a_fleet_that_cannot_be_made_is_an_error),
		cmocka_unit_test(one_difference_is_enough_to_be_wrong),
		cmocka_unit_test(there_may_be_none_to_destroy),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(test, NULL, NULL);
}
