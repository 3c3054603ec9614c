#include "common/tls/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/tls/certificates.h"

static struct certificates files;

static struct tls_options server(void)
{
	return (struct tls_options){
		.side = TLS_CLIENTS,
		.certificate = files.chain,
		.key = files.key,
	};
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* The sentence must have each of the words. */
static void assert_refused(const struct tls_options *o, const char *file,
			   const char *remedy)
{
	struct error err = {0};

	assert_null(tls_context_create(o, NULL, &err));
	assert_int_not_equal(err.status, OK);
	if (strstr(err.text, file) == NULL || strstr(err.text, remedy) == NULL)
		fail_msg("%s", err.text);
}

static void a_pair_is_loaded_and_its_expiry_known(void **unused)
{
	struct tls_options o = server();
	struct tls_context *c = tls_context_create(&o, NULL, NULL);
	int64_t left_s;

	(void)unused;
	assert_non_null(c);
	left_s = tls_context_expiry(c) - (int64_t)(clock_wall_us() / 1000000);
	assert_in_range(left_s, DAY_S - 60, DAY_S);
	tls_context_unref(&c);
	tls_context_unref(&c);
}

static void the_same_files_are_the_same_context(void **unused)
{
	struct tls_options o = server();
	struct tls_context *c = tls_context_create(&o, NULL, NULL);
	struct tls_context *same = tls_context_create(&o, c, NULL), *other;

	(void)unused;
	assert_ptr_equal(c, same);
	o.only_tls_13 = true;
	other = tls_context_create(&o, c, NULL);
	assert_ptr_not_equal(c, other);
	tls_context_unref(&other);
	tls_context_unref(&same);
	tls_context_unref(&c);
}

static void a_file_that_is_not_there_is_named(void **unused)
{
	struct tls_options o = server();

	(void)unused;
	o.certificate = "/nowhere/a.pem";
	assert_refused(&o, "/nowhere/a.pem", "No such file");
	o = server();
	o.key = "/nowhere/a.key";
	assert_refused(&o, "/nowhere/a.key", "No such file");
	o = server();
	o.ca = "/nowhere/ca.pem";
	assert_refused(&o, "/nowhere/ca.pem", "No such file");
}

static void a_key_that_does_not_fit_is_refused(void **unused)
{
	struct tls_options o = server();

	(void)unused;
	o.key = files.client_key;
	assert_refused(&o, files.client_key, files.chain);
}

static void a_key_in_the_place_of_a_certificate_is_refused(void **unused)
{
	struct tls_options o = server();

	(void)unused;
	o.certificate = files.key;
	assert_refused(&o, files.key, "holds no certificate");
	o = server();
	o.key = files.chain;
	assert_refused(&o, files.chain, "holds no private key");
	o = server();
	o.ca = files.key;
	assert_refused(&o, files.key, "holds no certificate");
}

static void a_certificate_without_a_key_is_refused(void **unused)
{
	struct tls_options o = server();

	(void)unused;
	o.key = NULL;
	assert_refused(&o, "", "write both");
	o = (struct tls_options){.side = TLS_WORKERS, .key = files.client_key};
	assert_refused(&o, "", "write both");
}

static void damaged_files_are_refused(void **unused)
{
	static const char *const text[] = {
		"",
		"hello\n",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
		"CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n!!!!\n-----END "
		"CERTIFICATE-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE "
		"KEY-----\n",
	};
	char path[128];

	(void)unused;
	snprintf(path, sizeof(path), "%s/damaged", files.dir);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct tls_options o = server();

		write_text(path, text[i]);
		o.certificate = path;
		assert_refused(&o, path, "PEM");
		o = server();
		o.key = path;
		assert_refused(&o, path, "PEM");
		o = server();
		o.ca = path;
		assert_refused(&o, path, "PEM");
	}
	unlink(path);
}

static void damage_behind_a_good_certificate_is_refused(void **unused)
{
	struct tls_options o = server();
	char path[128];
	FILE *f;

	(void)unused;
	snprintf(path, sizeof(path), "%s/half", files.dir);
	certified_write(path, files.server.cert, NULL, NULL);
	f = fopen(path, "ae");
	assert_non_null(f);
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	      f);
	fclose(f);
	o.certificate = path;
	assert_refused(&o, path, "cannot be read");
	unlink(path);
}

static void an_encrypted_key_is_refused_with_a_remedy(void **unused)
{
	struct tls_options o = server();
	char path[128];
	FILE *f;

	(void)unused;
	snprintf(path, sizeof(path), "%s/locked.key", files.dir);
	f = fopen(path, "we");
	assert_non_null(f);
	PEM_write_PKCS8PrivateKey(f, files.server.key, EVP_aes_256_cbc(),
				  (char *)"secret", 6, NULL, NULL);
	fclose(f);
	o.key = path;
	assert_refused(&o, path, "openssl pkey");
	unlink(path);
}

static void the_first_of_a_chain_to_expire_counts(void **unused)
{
	struct certified soon = certified_make(
		&(struct certified_options){NULL, NULL, -DAY_S, 3600});
	struct tls_options o = server();
	struct tls_context *c;
	char path[128];
	int64_t left_s;

	(void)unused;
	snprintf(path, sizeof(path), "%s/chain.pem", files.dir);
	certified_write(path, files.server.cert, soon.cert, NULL);
	o.certificate = path;
	c = tls_context_create(&o, NULL, NULL);
	assert_non_null(c);
	left_s = tls_context_expiry(c) - (int64_t)(clock_wall_us() / 1000000);
	assert_in_range(left_s, 3000, 3600);
	tls_context_unref(&c);
	unlink(path);
	certified_free(&soon);
}

static void an_expired_certificate_is_doubtful(void **unused)
{
	struct certified old = certified_make(&(struct certified_options){
		"DNS:a", &files.root, -2 * DAY_S, -DAY_S});
	struct tls_options o = server();
	struct buf out = {0};
	char path[128];

	(void)unused;
	tls_doubts(&o, &out);
	assert_int_equal(buf_len(&out), 0);
	snprintf(path, sizeof(path), "%s/old.pem", files.dir);
	certified_write(path, old.cert, NULL, NULL);
	o.certificate = path;
	tls_doubts(&o, &out);
	buf_putc(&out, '\0');
	assert_non_null(strstr(buf_slice(&out).p, "has expired on"));
	buf_fini(&out);
	unlink(path);
	certified_free(&old);
}

static void a_key_that_everybody_can_read_is_doubtful(void **unused)
{
	struct tls_options o = server();
	struct buf out = {0};

	(void)unused;
	chmod(files.key, 0644);
	tls_doubts(&o, &out);
	chmod(files.key, 0600);
	buf_putc(&out, '\0');
	assert_non_null(strstr(buf_slice(&out).p, "chmod o-r"));
	buf_fini(&out);
}

static void a_file_that_changes_changes_the_stamp(void **unused)
{
	struct tls_options o = server();
	uint64_t before = tls_stamp(&o), without;

	(void)unused;
	assert_true(tls_stamp(&o) == before);
	unlink(files.chain);
	without = tls_stamp(&o);
	assert_true(without != before);
	certified_write(files.chain, files.server.cert, files.root.cert, NULL);
	assert_true(tls_stamp(&o) != before);
	assert_true(tls_stamp(&o) != without);
	certified_write(files.chain, files.server.cert, NULL, NULL);
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
		cmocka_unit_test(a_pair_is_loaded_and_its_expiry_known),
		cmocka_unit_test(the_same_files_are_the_same_context),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(a_key_that_does_not_fit_is_refused),
		cmocka_unit_test(
			a_key_in_the_place_of_a_certificate_is_refused),
		cmocka_unit_test(a_certificate_without_a_key_is_refused),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(damage_behind_a_good_certificate_is_refused),
		cmocka_unit_test(an_encrypted_key_is_refused_with_a_remedy),
		cmocka_unit_test(the_first_of_a_chain_to_expire_counts),
		cmocka_unit_test(an_expired_certificate_is_doubtful),
		cmocka_unit_test(a_key_that_everybody_can_read_is_doubtful),
		cmocka_unit_test(a_file_that_changes_changes_the_stamp),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
