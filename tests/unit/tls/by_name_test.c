#include "common/tls/by_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/tls/pair.h"

/* Beside the files of all: two with a key of their own in them. */
static char one[128], many[128];
static const char *const others[] = {one, many};
#define N_OTHERS ARRAY_LEN(others)

static void write_other(char path[128], const char *file, const char *names,
			long ends_s)
{
	struct certified c = certified_make(
		&(struct certified_options){names, &files.root, 0, ends_s});

	snprintf(path, 128, "%s/%s", files.dir, file);
	certified_write(path, c.cert, NULL, c.key);
	certified_free(&c);
}

static int make_all(void **state)
{
	make_files(state);
	write_other(one, "one.pem", "DNS:one.example", 3600);
	write_other(many, "many.pem", "DNS:*.many.example", 0);
	return 0;
}

static int remove_all(void **state)
{
	unlink(one);
	unlink(many);
	return remove_files(state);
}

static void prepare_others(struct pair *p, const char *name)
{
	prepare(p);
	p->server_options.others = others;
	p->server_options.n_others = N_OTHERS;
	p->client_options.name = name;
}

/* A client takes only the certificate of whom it has asked for. */
static void each_name_gets_its_own(void **unused)
{
	static const char *const name[] = {"one.example", "a.many.example",
					   "B.MANY.example", "worker.example",
					   "127.0.0.1"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		for (int only_13 = 0; only_13 < 2; only_13++) {
			struct pair p;

			prepare_others(&p, name[i]);
			p.client_options.only_tls_13 = only_13 != 0;
			shake(&p);
			say(&p.client, "hello");
			assert_heard(&p, &p.server, "hello");
			say(&p.server, "you");
			assert_heard(&p, &p.client, "you");
			close_pair(&p);
		}
}

static void a_name_that_none_is_for_gets_the_first(void **unused)
{
	static const char *const name[] = {"two.example", "many.example",
					   "a.b.many.example"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		struct pair p;

		prepare_others(&p, name[i]);
		open_both(&p);
		STAGE_UNTIL(&p.stage, p.client.ended);
		assert_non_null(strstr(p.client.fault, "is not for"));
		assert_non_null(strstr(p.client.fault, name[i]));
		close_pair(&p);
	}
}

/* As the first one's, whatever certificate they get. */
static void clients_still_need_the_certificate_that_they_must_have(
	void **unused)
{
	struct pair p;

	(void)unused;
	prepare_others(&p, "one.example");
	p.server_options.ca = files.ca;
	open_both(&p);
	STAGE_UNTIL(&p.stage, p.server.ended);
	close_pair(&p);

	prepare_others(&p, "one.example");
	p.server_options.ca = files.ca;
	p.client_options.certificate = files.client_chain;
	p.client_options.key = files.client_key;
	shake(&p);
	say(&p.client, "hello");
	assert_heard(&p, &p.server, "hello");
	close_pair(&p);
}

static struct tls_options server(void)
{
	return (struct tls_options){
		.side = TLS_CLIENTS,
		.certificate = files.chain,
		.key = files.key,
		.others = others,
		.n_others = N_OTHERS,
	};
}

static void the_first_that_expires_is_told(void **unused)
{
	struct tls_options o = server();
	struct tls_context *c = tls_context_create(&o, NULL, NULL);
	int64_t left_s;

	(void)unused;
	left_s = tls_context_expiry(c) - (int64_t)(clock_wall_us() / 1000000);
	assert_in_range(left_s, 3600 - 300, 3600);
	tls_context_unref(&c);
}

static void one_that_has_changed_makes_another_context(void **unused)
{
	struct tls_options o = server();
	uint64_t stamp = tls_stamp(&o);
	struct tls_context *c = tls_context_create(&o, NULL, NULL);
	struct tls_context *now = tls_context_create(&o, c, NULL);

	(void)unused;
	assert_ptr_equal(now, c);
	tls_context_unref(&now);
	write_other(one, "one.pem", "DNS:one.example,DNS:new.example", 3600);
	now = tls_context_create(&o, c, NULL);
	assert_ptr_not_equal(now, c);
	assert_true(tls_stamp(&o) != stamp);
	tls_context_unref(&now);
	o.n_others = 1;
	now = tls_context_create(&o, c, NULL);
	assert_ptr_not_equal(now, c);
	tls_context_unref(&now);
	tls_context_unref(&c);
}

static void assert_refused(const char *file, const char *why)
{
	const char *const list[] = {one, file};
	struct tls_options o = server();
	struct error err = {0};

	o.others = list;
	o.n_others = 2;
	assert_null(tls_context_create(&o, NULL, &err));
	assert_int_equal(strncmp(err.text, file, strlen(file)), 0);
	if (strstr(err.text, why) == NULL)
		fail_msg("%s", err.text);
}

static void what_is_not_a_certificate_with_its_key_is_refused(void **unused)
{
	(void)unused;
	assert_refused("/nowhere/other.pem", "No such file");
	assert_refused(files.chain, "holds no private key");
	assert_refused(files.key, "holds no certificate");
}

static void what_is_doubtful_of_any_is_told(void **unused)
{
	struct tls_options o = server();
	struct buf out = {0};

	(void)unused;
	tls_doubts(&o, &out);
	assert_int_equal(buf_len(&out), 0);
	chmod(many, 0644);
	tls_doubts(&o, &out);
	buf_putc(&out, '\0');
	assert_non_null(strstr(buf_slice(&out).p, many));
	chmod(many, 0600);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_gets_its_own),
		cmocka_unit_test(a_name_that_none_is_for_gets_the_first),
		cmocka_unit_test(
			clients_still_need_the_certificate_that_they_must_have),
		cmocka_unit_test(the_first_that_expires_is_told),
		cmocka_unit_test(one_that_has_changed_makes_another_context),
		cmocka_unit_test(
			what_is_not_a_certificate_with_its_key_is_refused),
		cmocka_unit_test(what_is_doubtful_of_any_is_told),
	};

	return cmocka_run_group_tests(tests, make_all, remove_all);
}
