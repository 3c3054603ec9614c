/* Certificates that tests make for themselves: keys on P-256, so that
 * making one takes no time. Needs cmocka's header before it. */
#ifndef TESTS_UNIT_TLS_CERTIFICATES_H
#define TESTS_UNIT_TLS_CERTIFICATES_H

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S ((long)24 * 3600)

struct certified {
	X509 *cert;
	EVP_PKEY *key;
};

struct certified_options {
	const char *name; /* "DNS:a.example,IP:127.0.0.1"; NULL: a CA's */
	const struct certified *by; /* NULL: itself */
	long begins_s, ends_s;      /* from now; 0: a day each way */
};

static inline void certified_extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

static inline struct certified certified_make(const struct certified_options *o)
{
	static long serial = 1;
	struct certified c = {X509_new(), EVP_EC_gen("P-256")};
	const struct certified *by = o->by != NULL ? o->by : &c;
	X509_NAME *name = X509_get_subject_name(c.cert);
	const char *common = o->name != NULL ? "an end" : "a CA of a test";

	X509_set_version(c.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c.cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(c.cert),
			o->begins_s ? o->begins_s : -DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(c.cert),
			o->ends_s ? o->ends_s : DAY_S);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)common, -1, -1, 0);
	X509_set_pubkey(c.cert, c.key);
	if (o->by == NULL)
		X509_set_issuer_name(c.cert, name);
	else
		X509_set_issuer_name(c.cert, X509_get_subject_name(by->cert));
	if (o->name != NULL)
		certified_extend(c.cert, NID_subject_alt_name, o->name);
	else
		certified_extend(c.cert, NID_basic_constraints,
				 "critical,CA:TRUE");
	assert_true(X509_sign(c.cert, by->key, EVP_sha256()) > 0);
	return c;
}

static inline void certified_free(struct certified *c)
{
	X509_free(c->cert);
	EVP_PKEY_free(c->key);
	*c = (struct certified){0};
}

/* Writes what is not NULL as PEM. */
static inline void certified_write(const char *path, X509 *first, X509 *next,
				   EVP_PKEY *key)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	chmod(path, 0600);
	if (first != NULL)
		assert_int_equal(PEM_write_X509(f, first), 1);
	if (next != NULL)
		assert_int_equal(PEM_write_X509(f, next), 1);
	if (key != NULL)
		assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL,
							   0, NULL, NULL),
				 1);
	fclose(f);
}

/* A directory with what most tests need: a CA, and two that it vouches for. */
struct certificates {
	char dir[64];
	char ca[96], chain[96], key[96], client_chain[96], client_key[96];
	struct certified root, server, client;
};

static inline void certificates_open(struct certificates *c)
{
	strcpy(c->dir, "/tmp/warmpath-tls-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	snprintf(c->ca, sizeof(c->ca), "%s/ca.pem", c->dir);
	snprintf(c->chain, sizeof(c->chain), "%s/server.pem", c->dir);
	snprintf(c->key, sizeof(c->key), "%s/server.key", c->dir);
	snprintf(c->client_chain, sizeof(c->client_chain), "%s/client.pem",
		 c->dir);
	snprintf(c->client_key, sizeof(c->client_key), "%s/client.key", c->dir);
	c->root = certified_make(&(struct certified_options){NULL});
	c->server = certified_make(&(struct certified_options){
		"DNS:worker.example,IP:127.0.0.1", &c->root});
	c->client = certified_make(
		&(struct certified_options){"DNS:gateway", &c->root});
	certified_write(c->ca, c->root.cert, NULL, NULL);
	certified_write(c->chain, c->server.cert, NULL, NULL);
	certified_write(c->key, NULL, NULL, c->server.key);
	certified_write(c->client_chain, c->client.cert, NULL, NULL);
	certified_write(c->client_key, NULL, NULL, c->client.key);
}

static inline void certificates_close(struct certificates *c)
{
	unlink(c->ca);
	unlink(c->chain);
	unlink(c->key);
	unlink(c->client_chain);
	unlink(c->client_key);
	assert_int_equal(rmdir(c->dir), 0);
	certified_free(&c->root);
	certified_free(&c->server);
	certified_free(&c->client);
}

#endif
