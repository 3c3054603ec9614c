#include "router/fleet/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tls/certificates.h"

static struct certificates files;

static struct conf *parse(const char *pattern)
{
	struct conf_faults f = {0};
	struct buf yaml = {0};
	struct conf *c;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%')
			buf_putc(&yaml, *pattern);
		else if (*++pattern == 'c')
			buf_puts(&yaml, files.chain);
		else
			buf_puts(&yaml, *pattern == 'k' ? files.key : files.ca);
	}
	c = conf_parse_numeric(buf_slice(&yaml), "f.yaml", &f);
	if (c == NULL)
		fail_msg("%.*s", SLICE_ARG(buf_slice(&f.text)));
	buf_fini(&f.text);
	buf_fini(&yaml);
	return c;
}

#define OWN                                                                    \
	"tls: {listen: \":1\", certificate: %c, key: %k}\n"                    \
	"admin_tls: {certificate: %c, key: %k}\n"
#define WORKERS(tls)                                                           \
	"models: [{name: m, workers: [{url: \"https://127.0.0.1:1\", "         \
	"data_parallel: 2, tls: {" tls "}}, \"http://127.0.0.1:2\"]}]\n"

static struct fleet *make(struct conf *c, const struct fleet *old)
{
	struct error err = {0};
	struct fleet *f = fleet_create(c, old, &err);

	assert_string_equal(err.text, "");
	assert_non_null(f);
	return f;
}

/* What the worker's sessions are begun with. */
static struct tls_context *of_worker(struct fleet *f, size_t i)
{
	struct tls_context *c = tls_slot_get(&f->worker[i]->tls);
	struct tls_context *seen = c;

	tls_context_unref(&c);
	return seen;
}

static void every_rank_of_an_https_worker_has_its_end(void **unused)
{
	struct conf *c = parse(OWN WORKERS("ca: %a"));
	struct fleet *f = make(c, NULL);

	(void)unused;
	assert_int_equal(f->n_workers, 3);
	assert_non_null(of_worker(f, 0));
	assert_non_null(of_worker(f, 1));
	assert_null(of_worker(f, 2));
	assert_true(f->worker[0]->secure && f->worker[1]->secure);
	assert_false(f->worker[2]->secure);
	assert_non_null(f->tls_clients);
	assert_non_null(f->tls_admin);
	fleet_unref(&f);
	conf_unref(&c);
}

static void without_tls_there_is_none(void **unused)
{
	struct conf *c = parse("models: [{name: m, "
			       "workers: [\"http://127.0.0.1:1\"]}]\n");
	struct fleet *f = make(c, NULL);

	(void)unused;
	assert_null(f->tls_clients);
	assert_null(f->tls_admin);
	fleet_take_effect(f);
	assert_null(of_worker(f, 0));
	fleet_unref(&f);
	conf_unref(&c);
}

static void files_that_stay_keep_their_sessions(void **unused)
{
	struct conf *c = parse(OWN WORKERS("ca: %a"));
	struct fleet *f = make(c, NULL), *next = make(c, f);

	(void)unused;
	assert_ptr_equal(f->tls_clients, next->tls_clients);
	assert_ptr_equal(f->worker_tls[0], next->worker_tls[0]);
	assert_ptr_equal(f->worker[0], next->worker[0]);
	fleet_unref(&f);
	fleet_unref(&next);
	conf_unref(&c);
}

/* A reload may still be refused when the fleet has been made. */
static void a_worker_that_stays_changes_when_the_fleet_takes_effect(
	void **unused)
{
	struct conf *c = parse(WORKERS("ca: %a"));
	struct conf *other = parse(WORKERS("server_name: x.example, ca: %a"));
	struct fleet *f = make(c, NULL), *next;
	struct tls_context *before = of_worker(f, 0);

	(void)unused;
	next = make(other, f);
	assert_ptr_equal(f->worker[0], next->worker[0]);
	assert_ptr_equal(of_worker(f, 0), before);
	fleet_take_effect(next);
	assert_ptr_not_equal(of_worker(f, 0), before);
	assert_ptr_equal(of_worker(f, 0), next->worker_tls[0]);
	fleet_unref(&f);
	fleet_unref(&next);
	conf_unref(&c);
	conf_unref(&other);
}

static void a_file_that_has_broken_is_named_with_whose_it_is(void **unused)
{
	struct conf *c = parse(OWN WORKERS("ca: %a"));
	struct fleet *f = make(c, NULL);
	struct tls_context *before = of_worker(f, 0);
	struct error err = {0};

	(void)unused;
	unlink(files.key);
	assert_null(fleet_create(c, f, &err));
	assert_non_null(strstr(err.text, "tls: "));
	assert_non_null(strstr(err.text, files.key));
	certified_write(files.key, NULL, NULL, files.server.key);
	unlink(files.ca);
	assert_null(fleet_create(c, f, &err));
	assert_non_null(strstr(err.text, "127.0.0.1:1"));
	assert_non_null(strstr(err.text, files.ca));
	certified_write(files.ca, files.root.cert, NULL, NULL);
	assert_ptr_equal(of_worker(f, 0), before);
	fleet_unref(&f);
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
		cmocka_unit_test(every_rank_of_an_https_worker_has_its_end),
		cmocka_unit_test(without_tls_there_is_none),
		cmocka_unit_test(files_that_stay_keep_their_sessions),
		cmocka_unit_test(
			a_worker_that_stays_changes_when_the_fleet_takes_effect),
		cmocka_unit_test(
			a_file_that_has_broken_is_named_with_whose_it_is),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
