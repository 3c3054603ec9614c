#include "common/tls/pem.h"

#include "common/base/assert.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

static BIO *open_text(struct slice text)
{
	BIO *b = BIO_new_mem_buf(text.n ? text.p : "", (int)text.n);

	ASSERT(text.n <= INT_MAX && b != NULL);
	return b;
}

static const char *library_reason(void)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	return why != NULL ? why : "unknown reason";
}

/* The end of the file is told as an error, too. */
static bool is_end(void)
{
	unsigned long e = ERR_peek_last_error();

	return ERR_GET_LIB(e) == ERR_LIB_PEM &&
	       ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

static enum status not_pem(const char *path, struct error *err)
{
	enum status st = error_set(err, ERR_INVALID,
				   "%s: a certificate in it cannot be read "
				   "(%s); write it in PEM form",
				   path, library_reason());

	ERR_clear_error();
	return st;
}

/* A certificate for which the library has no use (a weak key, say). */
static enum status refused(const char *path, const char *what,
			   struct error *err)
{
	enum status st = error_set(err, ERR_INVALID,
				   "%s: this %s cannot be used: %s", path, what,
				   library_reason());

	ERR_clear_error();
	return st;
}

static enum status no_certificate(const char *path, struct error *err)
{
	ERR_clear_error();
	return error_set(err, ERR_INVALID,
			 "%s: holds no certificate; write it in PEM form "
			 "(-----BEGIN CERTIFICATE-----)",
			 path);
}

static enum status add_chain(SSL_CTX *ctx, BIO *in, const char *path,
			     struct error *err)
{
	X509 *cert;

	while ((cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		int added = SSL_CTX_add1_chain_cert(ctx, cert);

		X509_free(cert);
		if (added != 1)
			return refused(path, "chain", err);
	}
	if (!is_end())
		return not_pem(path, err);
	ERR_clear_error();
	return OK;
}

enum status pem_load_chain(SSL_CTX *ctx, struct slice text, const char *path,
			   struct error *err)
{
	BIO *in = open_text(text);
	X509 *own = PEM_read_bio_X509(in, NULL, NULL, NULL);
	enum status st;

	if (own == NULL)
		st = is_end() ? no_certificate(path, err) : not_pem(path, err);
	else if (SSL_CTX_use_certificate(ctx, own) != 1)
		st = refused(path, "certificate", err);
	else
		st = add_chain(ctx, in, path, err);
	X509_free(own);
	BIO_free(in);
	return st;
}

/* Nobody is there to type a pass phrase. */
static int no_pass_phrase(char *out, int size, int writing, void *asked)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static enum status bad_key(const char *path, bool encrypted, struct error *err)
{
	ERR_clear_error();
	if (encrypted)
		return error_set(err, ERR_UNSUPPORTED,
				 "%s: the key is encrypted; write it without a "
				 "pass phrase: openssl pkey -in %s -out FILE",
				 path, path);
	return error_set(err, ERR_INVALID,
			 "%s: holds no private key; write it in PEM form "
			 "(-----BEGIN PRIVATE KEY-----)",
			 path);
}

static enum status use_key(SSL_CTX *ctx, EVP_PKEY *key, const char *path,
			   const char *chain_path, struct error *err)
{
	X509 *own = SSL_CTX_get0_certificate(ctx);

	if (X509_check_private_key(own, key) != 1) {
		ERR_clear_error();
		return error_set(err, ERR_INVALID,
				 "%s: is not the key of the first certificate "
				 "in %s; write the two that belong together, "
				 "the server's own certificate first",
				 path, chain_path);
	}
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
		return refused(path, "key", err);
	return OK;
}

enum status pem_load_key(SSL_CTX *ctx, struct slice text, const char *path,
			 const char *chain_path, struct error *err)
{
	bool encrypted = false;
	BIO *in = open_text(text);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_pass_phrase,
						&encrypted);
	enum status st = key == NULL ? bad_key(path, encrypted, err)
				     : use_key(ctx, key, path, chain_path, err);

	EVP_PKEY_free(key);
	BIO_free(in);
	return st;
}

static bool trust(SSL_CTX *ctx, X509 *ca, bool offer)
{
	return X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca) == 1 &&
	       (!offer || SSL_CTX_add_client_CA(ctx, ca) == 1);
}

enum status pem_load_ca(SSL_CTX *ctx, struct slice text, const char *path,
			bool offer, struct error *err)
{
	BIO *in = open_text(text);
	enum status st = OK;
	size_t n = 0;
	X509 *ca;

	while (st == OK &&
	       (ca = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		if (!trust(ctx, ca, offer))
			st = refused(path, "certificate", err);
		X509_free(ca);
		n++;
	}
	if (st == OK && !is_end())
		st = not_pem(path, err);
	else if (st == OK && n == 0)
		st = no_certificate(path, err);
	ERR_clear_error();
	BIO_free(in);
	return st;
}

static int64_t not_after(const X509 *cert)
{
	struct tm tm;

	if (cert == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return INT64_MAX;
	return (int64_t)timegm(&tm);
}

int64_t pem_expiry(SSL_CTX *ctx)
{
	int64_t first = not_after(SSL_CTX_get0_certificate(ctx));
	STACK_OF(X509) *chain = NULL;

	SSL_CTX_get0_chain_certs(ctx, &chain);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		int64_t at = not_after(sk_X509_value(chain, i));

		first = at < first ? at : first;
	}
	return first;
}
