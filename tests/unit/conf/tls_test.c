#include "router/conf/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/tls/certificates.h"

static struct certificates files;

#define MODEL(worker) "models: [{name: m, workers: [" worker "]}]\n"
#define PLAIN         MODEL("\"http://127.0.0.1:1\"")

/* %c: the certificate, %k: its key, %a: the CA. */
static struct conf *parse(const char *pattern, char faults[4096])
{
	struct conf_faults f = {0};
	struct buf yaml = {0};
	struct conf *c;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%') {
			buf_putc(&yaml, *pattern);
			continue;
		}
		pattern++;
		buf_puts(&yaml, *pattern == 'c'   ? files.chain
				: *pattern == 'k' ? files.key
				: *pattern == 'a' ? files.ca
						  : files.client_key);
	}
	c = conf_parse_numeric(buf_slice(&yaml), "f.yaml", &f);
	snprintf(faults, 4096, "%.*s", SLICE_ARG(buf_slice(&f.text)));
	buf_fini(&f.text);
	buf_fini(&yaml);
	return c;
}

static struct conf *good(const char *pattern)
{
	char faults[4096];
	struct conf *c = parse(pattern, faults);

	if (c == NULL)
		fail_msg("%s", faults);
	return c;
}

static void bad(const char *pattern, const char *part)
{
	char faults[4096];
	struct conf *c = parse(pattern, faults);

	if (c != NULL)
		fail_msg("was taken: %s", pattern);
	if (strstr(faults, part) == NULL)
		fail_msg("'%s' is not in: %s", part, faults);
}

static void a_gateway_may_speak_tls_alone(void **unused)
{
	struct conf *c = good(
		"listen: []\n"
		"tls: {listen: [\":8443\"], certificate: %c, "
		"key: %k, client_ca: %a, min_version: \"1.3\"}\n" PLAIN);
	struct tls_options o = conf_tls_of_clients(c);

	(void)unused;
	assert_int_equal(c->n_listen, 0);
	assert_int_equal(c->n_tls_listen, 1);
	assert_true(conf_has_tls(c));
	assert_false(conf_has_admin_tls(c));
	assert_string_equal(o.certificate, files.chain);
	assert_string_equal(o.ca, files.ca);
	assert_true(o.only_tls_13);
	conf_unref(&c);
}

static void by_itself_there_is_no_tls(void **unused)
{
	struct conf *c = good(PLAIN);

	(void)unused;
	assert_false(conf_has_tls(c));
	assert_int_equal(c->tls.min_version, CONF_TLS_1_2);
	assert_false(c->model[0].worker[0].secure);
	conf_unref(&c);
}

static void a_worker_is_expected_under_the_name_of_its_url(void **unused)
{
	static const char *const row[][2] = {
		{MODEL("\"https://127.0.0.1:1\""), "127.0.0.1"},
		{MODEL("\"https://127.0.0.1\""), "127.0.0.1"},
		{MODEL("\"https://[::1]:7/\""), "::1"},
		{MODEL("{url: \"https://127.0.0.1\", "
		       "tls: {server_name: engine.example}}"),
		 "engine.example"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct conf *c = good(row[i][0]);
		struct tls_options o = conf_tls_of_worker(
			&c->model[0].worker[0]);

		assert_true(c->model[0].worker[0].secure);
		assert_string_equal(o.name, row[i][1]);
		assert_null(o.ca);
		assert_false(o.insecure);
		conf_unref(&c);
	}
}

static void https_has_a_port_of_its_own(void **unused)
{
	struct conf *c = good(MODEL("\"https://127.0.0.1\""));

	(void)unused;
	assert_int_equal(addr_port(&c->model[0].worker[0].addr), 443);
	conf_unref(&c);
}

static void what_goes_together_is_asked_for(void **unused)
{
	(void)unused;
	bad("listen: []\n" PLAIN, "f.yaml:1: listen: must not be empty");
	bad("tls: {listen: \":1\"}\n" PLAIN, "tls.listen: needs");
	bad("tls: {listen: \":1\", certificate: %c}\n" PLAIN,
	    "tls.certificate: needs its key");
	bad("tls: {certificates: [%c]}\n" PLAIN,
	    "tls.certificates: is of no use without tls.listen");
	bad("tls: {certificate: %c, key: %k}\n" PLAIN,
	    "tls.certificate: is of no use without tls.listen");
	bad("admin_tls: {client_ca: %a}\n" PLAIN,
	    "admin_tls.client_ca: is of no use");
	bad("admin_tls: {certificate: %c}\n" PLAIN,
	    "admin_tls.certificate: needs its key");
}

static void a_fault_of_a_file_is_told_at_its_key(void **unused)
{
	(void)unused;
	bad("tls:\n  listen: \":1\"\n  certificate: %c\n  key: %x\n" PLAIN,
	    "f.yaml:4: tls.key: ");
	bad("tls:\n  listen: \":1\"\n  certificate: %x\n  key: %k\n" PLAIN,
	    "f.yaml:3: tls.certificate: ");
	bad("tls:\n  listen: \":1\"\n  certificate: %c\n  key: %k\n"
	    "  certificates: [%a]\n" PLAIN,
	    "f.yaml:5: tls.certificates: ");
	bad("tls:\n  listen: \":1\"\n  certificate: %c\n  key: %k\n"
	    "  certificates: [/nowhere]\n" PLAIN,
	    "f.yaml:5: tls.certificates: /nowhere: No such file");
	bad("tls:\n  listen: \":1\"\n  certificate: %c\n  key: %k\n"
	    "  client_ca: /nowhere\n" PLAIN,
	    "f.yaml:5: tls.client_ca: /nowhere");
	bad(MODEL("{url: \"https://127.0.0.1:1\", tls: {ca: /nowhere}}"),
	    "models[0].workers[0].tls.ca: /nowhere");
	bad(MODEL("{url: \"https://127.0.0.1:1\", tls: {key: %k}}"),
	    "models[0].workers[0].tls.certificate: ");
}

static void a_plain_worker_has_no_use_for_tls(void **unused)
{
	(void)unused;
	bad(MODEL("{url: \"http://127.0.0.1:1\", tls: {ca: %a}}"),
	    "tls.ca: needs a url that begins with https://");
	bad(MODEL("{url: \"http://127.0.0.1:1\", tls: {insecure: true}}"),
	    "tls.insecure: needs a url");
}

static void an_address_is_taken_once_however_it_is_spoken_at(void **unused)
{
	(void)unused;
	bad("listen: \":7\"\n"
	    "tls: {listen: \":7\", certificate: %c, key: %k}\n" PLAIN,
	    "tls.listen: 0.0.0.0:7 is taken twice");
	bad("admin: \":7\"\n"
	    "tls: {listen: \":7\", certificate: %c, key: %k}\n" PLAIN,
	    "admin: must not be what tls.listen takes already");
}

static void a_worker_s_file_that_changes_changes_the_stamp(void **unused)
{
	struct conf *c = good(
		MODEL("{url: \"https://127.0.0.1:1\", tls: {ca: %a}}"));
	uint64_t before = conf_tls_stamp(c, NULL);

	(void)unused;
	assert_true(conf_tls_stamp(c, NULL) == before);
	unlink(files.ca);
	certified_write(files.ca, files.root.cert, files.root.cert, NULL);
	assert_true(conf_tls_stamp(c, NULL) != before);
	conf_unref(&c);
}

static int make_files(void **unused)
{
	(void)unused;
	certificates_open(&files);
	return 0;
}

static int remove_files(void **unused)
{
	(void)unused;
	certificates_close(&files);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gateway_may_speak_tls_alone),
		cmocka_unit_test(by_itself_there_is_no_tls),
		cmocka_unit_test(
			a_worker_is_expected_under_the_name_of_its_url),
		cmocka_unit_test(https_has_a_port_of_its_own),
		cmocka_unit_test(what_goes_together_is_asked_for),
		cmocka_unit_test(a_fault_of_a_file_is_told_at_its_key),
		cmocka_unit_test(a_plain_worker_has_no_use_for_tls),
		cmocka_unit_test(
			an_address_is_taken_once_however_it_is_spoken_at),
		cmocka_unit_test(
			a_worker_s_file_that_changes_changes_the_stamp),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
