#include "common/tls/context.h"

#include "common/base/assert.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/tls/pem.h"
#include "common/tls/resume.h"
#include "common/tls/state.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Ephemeral keys, so that a stolen one opens nothing of the past, and
 * authenticated encryption. 1.3 has nothing else. */
#define CIPHERS_OF_1_2                                                         \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

#define CIPHERS_OF_1_3                                                         \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"                       \
	"TLS_CHACHA20_POLY1305_SHA256"
/* Curves only: with the largest of the finite fields a client that does no
 * work at all makes us do milliseconds of it. */
#define GROUPS "X25519:P-256:P-384"

/* The files' bytes, read once: what is compared is what is loaded. */
struct texts {
	struct buf chain, key, ca;
};

static enum status read_one(const char *path, struct buf *out,
			    struct error *err)
{
	return path == NULL ? OK : file_read(path, PEM_MAX_BYTES, out, err);
}

static enum status read_texts(const struct tls_options *o, struct texts *t,
			      struct error *err)
{
	enum status st = read_one(o->certificate, &t->chain, err);

	if (st == OK)
		st = read_one(o->key, &t->key, err);
	if (st == OK)
		st = read_one(o->ca, &t->ca, err);
	return st;
}

static void free_texts(struct texts *t)
{
	buf_fini(&t->chain);
	if (buf_len(&t->key) > 0)
		OPENSSL_cleanse((char *)buf_slice(&t->key).p, buf_len(&t->key));
	buf_fini(&t->key);
	buf_fini(&t->ca);
}

static struct fingerprint_value print_of(const struct tls_options *o,
					 const struct texts *t,
					 const struct tls_by_name *others)
{
	char flags[] = {(char)o->side, o->insecure, o->only_tls_13, o->http2,
			o->ca != NULL};
	struct fingerprint f;

	fingerprint_begin(&f);
	fingerprint_mix(&f, (struct slice){flags, sizeof(flags)});
	fingerprint_mix(&f, slice_of(o->name != NULL ? o->name : ""));
	fingerprint_mix(&f, buf_slice(&t->chain));
	fingerprint_mix(&f, buf_slice(&t->key));
	fingerprint_mix(&f, buf_slice(&t->ca));
	for (size_t i = 0; i < others->n; i++)
		fingerprint_mix(
			&f, (struct slice){(char *)&others->context[i]->print,
					   sizeof(struct fingerprint_value)});
	return fingerprint_so_far(&f);
}

static void set_rules(SSL_CTX *ctx, const struct tls_options *o)
{
	int least = o->only_tls_13 ? TLS1_3_VERSION : TLS1_2_VERSION;

	ASSERT(SSL_CTX_set_min_proto_version(ctx, least) == 1);
	ASSERT(SSL_CTX_set_cipher_list(ctx, CIPHERS_OF_1_2) == 1);
	ASSERT(SSL_CTX_set_ciphersuites(ctx, CIPHERS_OF_1_3) == 1);
	ASSERT(SSL_CTX_set1_groups_list(ctx, GROUPS) == 1);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* A record's head and body in one call to the kernel. */
	SSL_CTX_set_read_ahead(ctx, 1);
}

static enum status load_own(SSL_CTX *ctx, const struct tls_options *o,
			    const struct texts *t, struct error *err)
{
	enum status st;

	if (o->certificate == NULL && o->key == NULL && !tls_accepts(o->side))
		return OK;
	if (o->certificate == NULL || o->key == NULL)
		return error_set(err, ERR_INVALID,
				 "a certificate and its key go together; write "
				 "both");
	st = pem_load_chain(ctx, buf_slice(&t->chain), o->certificate, err);
	if (st == OK)
		st = pem_load_key(ctx, buf_slice(&t->key), o->key,
				  o->certificate, err);
	return st;
}

static enum status load_trust(SSL_CTX *ctx, const struct tls_options *o,
			      const struct texts *t, struct error *err)
{
	bool accepts = tls_accepts(o->side);

	if (o->ca != NULL)
		return pem_load_ca(ctx, buf_slice(&t->ca), o->ca, accepts, err);
	if (!accepts)
		SSL_CTX_set_default_verify_paths(ctx);
	ERR_clear_error();
	return OK;
}

static void set_verify(SSL_CTX *ctx, const struct tls_options *o)
{
	if (tls_accepts(o->side) ? o->ca != NULL : !o->insecure)
		SSL_CTX_set_verify(
			ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			NULL);
	else
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
}

/* The first of ours that the client has, too. */
static int choose_protocol(SSL *ssl, const unsigned char **out,
			   unsigned char *n, const unsigned char *theirs,
			   unsigned n_theirs, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";
	const struct tls_context *c = arg;
	unsigned skip = c->http2 ? 0 : 3;

	(void)ssl;
	if (SSL_select_next_proto((unsigned char **)out, n, ours + skip,
				  sizeof(ours) - 1 - skip, theirs,
				  n_theirs) == OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_OK;
	return SSL_TLSEXT_ERR_NOACK;
}

static void offer_http1(SSL_CTX *ctx)
{
	static const unsigned char only[] = "\x08http/1.1";

	ASSERT(SSL_CTX_set_alpn_protos(ctx, only, sizeof(only) - 1) == 0);
}

static enum status fill(struct tls_context *c, const struct tls_options *o,
			const struct texts *t, struct tls_context *old,
			struct error *err)
{
	enum status st = load_own(c->ssl, o, t, err);

	if (st == OK)
		st = load_trust(c->ssl, o, t, err);
	if (st != OK)
		return st;
	set_rules(c->ssl, o);
	set_verify(c->ssl, o);
	if (o->certificate != NULL)
		c->expiry_s = by_name_expiry(&c->others, pem_expiry(c->ssl));
	if (!tls_accepts(o->side)) {
		offer_http1(c->ssl);
		resume_remember(c);
		return OK;
	}
	SSL_CTX_set_alpn_select_cb(c->ssl, choose_protocol, c);
	c->tickets = old != NULL && old->tickets != NULL
			     ? tls_tickets_ref(old->tickets)
			     : tls_tickets_create();
	resume_offer(c, buf_slice(&t->ca));
	by_name_offer(c);
	return OK;
}

/* Takes `others` over. */
static struct tls_context *make(const struct tls_options *o,
				const struct texts *t,
				struct tls_by_name *others,
				struct tls_context *old, struct error *err)
{
	struct fingerprint_value print = print_of(o, t, others);
	struct tls_context *c;

	if (old != NULL && fingerprint_equal(old->print, print)) {
		by_name_fini(others);
		return tls_context_ref(old);
	}
	c = mem_zalloc(sizeof(*c));
	ref_init(&c->ref);
	pthread_mutex_init(&c->lock, NULL);
	c->side = o->side;
	c->name = o->name != NULL ? mem_strdup(o->name) : NULL;
	c->http2 = o->http2;
	c->others = *others;
	c->print = print;
	c->ssl = SSL_CTX_new(tls_accepts(o->side) ? TLS_server_method()
						  : TLS_client_method());
	ASSERT(c->ssl != NULL);
	if (fill(c, o, t, old, err) != OK)
		tls_context_unref(&c);
	return c;
}

struct tls_context *tls_context_create(const struct tls_options *o,
				       struct tls_context *old,
				       struct error *err)
{
	struct texts t = {0};
	struct tls_by_name others = {0};
	struct tls_context *c = NULL;

	if (read_texts(o, &t, err) == OK && by_name_load(o, &others, err) == OK)
		c = make(o, &t, &others, old, err);
	free_texts(&t);
	return c;
}

struct tls_context *tls_context_ref(struct tls_context *c)
{
	ref_hold(&c->ref);
	return c;
}

void tls_context_unref(struct tls_context **c)
{
	struct tls_context *gone = *c;

	*c = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	SSL_SESSION_free(gone->resumable);
	SSL_CTX_free(gone->ssl);
	tls_tickets_unref(&gone->tickets);
	by_name_fini(&gone->others);
	pthread_mutex_destroy(&gone->lock);
	mem_free(gone->name);
	mem_free(gone);
}

int64_t tls_context_expiry(const struct tls_context *c)
{
	return c->expiry_s;
}

static bool is_address(const char *name)
{
	unsigned char any[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, any) == 1 ||
	       inet_pton(AF_INET6, name, any) == 1;
}

/* An address is no server's name (RFC 6066 3), but it can be certified. */
static void expect_name(SSL *ssl, const char *name)
{
	if (is_address(name)) {
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
		return;
	}
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	SSL_set1_host(ssl, name);
	SSL_set_tlsext_host_name(ssl, name);
}

SSL *tls_begin(struct tls_context *c)
{
	SSL *ssl = SSL_new(c->ssl);

	ASSERT(ssl != NULL);
	if (tls_accepts(c->side)) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	SSL_set_connect_state(ssl);
	if (c->name != NULL)
		expect_name(ssl, c->name);
	resume_try(c, ssl);
	return ssl;
}
