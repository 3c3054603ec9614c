#include "router/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DECODE                                                                 \
	"  - {url: \"http://127.0.0.2:1\", role: decode, connector: "          \
	"mooncake}\n"

/* Of one prefill worker with these keys; NULL: `faults` say why. */
static struct conf *parse(const char *keys, struct conf_faults *faults)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "models:\n- name: m\n  workers:\n"
		 "  - {url: \"http://127.0.0.1:8000\", role: prefill, "
		 "connector: mooncake, transfer: {%s}}\n" DECODE,
		 keys);
	return conf_parse_numeric(slice_of(yaml), "f.yaml", faults);
}

static void bootstrap_is_at(const char *keys, const char *want)
{
	struct conf_faults faults = {0};
	struct conf *c = parse(keys, &faults);
	char text[ADDR_TEXT_BYTES];

	assert_non_null(c);
	assert_string_equal(
		addr_text(&c->model[0].worker[0].transfer.addr, text), want);
	assert_int_equal(c->model[0].worker[1].transfer.addr.n, 0);
	conf_unref(&c);
}

static void the_bootstrap_server_is_at_the_workers_host(void **unused)
{
	(void)unused;
	bootstrap_is_at("", "127.0.0.1:8998");
	bootstrap_is_at("port: 9000", "127.0.0.1:9000");
	bootstrap_is_at("host: 10.1.2.3", "10.1.2.3:8998");
	bootstrap_is_at("host: \"fd00::7\", port: 7", "[fd00::7]:7");
}

static void whose_engine_id_is_written_has_none(void **unused)
{
	struct conf_faults faults = {0};
	struct conf *c = parse("engine_id: p0, host: nowhere.example", &faults);

	(void)unused;
	assert_non_null(c);
	assert_int_equal(c->model[0].worker[0].transfer.addr.n, 0);
	conf_unref(&c);
}

static void a_host_that_cannot_be_found_is_a_fault(void **unused)
{
	struct conf_faults faults = {0};

	(void)unused;
	assert_null(parse("host: \"no such host\"", &faults));
	assert_true(faults.n > 0);
	buf_putc(&faults.text, '\0');
	assert_non_null(strstr(buf_slice(&faults.text).p, "transfer.host"));
	buf_fini(&faults.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bootstrap_server_is_at_the_workers_host),
		cmocka_unit_test(whose_engine_id_is_written_has_none),
		cmocka_unit_test(a_host_that_cannot_be_found_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
