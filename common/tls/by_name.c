#include "common/tls/by_name.h"

#include "common/base/mem.h"
#include "common/tls/state.h"

#include <openssl/x509v3.h>

enum status by_name_load(const struct tls_options *o, struct tls_by_name *out,
			 struct error *err)
{
	struct tls_options one = *o;
	struct tls_by_name b = {0};

	one.n_others = 0;
	b.context = mem_zalloc((o->n_others + 1) * sizeof(*b.context));
	while (b.n < o->n_others) {
		one.certificate = one.key = o->others[b.n];
		b.context[b.n] = tls_context_create(&one, NULL, err);
		if (b.context[b.n] == NULL) {
			by_name_fini(&b);
			return ERR_INVALID;
		}
		b.n++;
	}
	*out = b;
	return OK;
}

void by_name_fini(struct tls_by_name *b)
{
	for (size_t i = 0; i < b->n; i++)
		tls_context_unref(&b->context[i]);
	mem_free(b->context);
	*b = (struct tls_by_name){0};
}

static bool is_for(const struct tls_context *c, const char *name)
{
	return X509_check_host(SSL_CTX_get0_certificate(c->ssl), name, 0,
			       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

static int choose(SSL *ssl, int *alert, void *arg)
{
	const struct tls_context *c = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (name == NULL || is_for(c, name))
		return SSL_TLSEXT_ERR_OK;
	for (size_t i = 0; i < c->others.n; i++) {
		if (!is_for(c->others.context[i], name))
			continue;
		SSL_set_SSL_CTX(ssl, c->others.context[i]->ssl);
		break;
	}
	return SSL_TLSEXT_ERR_OK;
}

void by_name_offer(struct tls_context *c)
{
	for (size_t i = 0; i < c->others.n; i++) {
		struct tls_context *other = c->others.context[i];

		tls_tickets_unref(&other->tickets);
		other->tickets = tls_tickets_ref(c->tickets);
	}
	if (c->others.n == 0)
		return;
	SSL_CTX_set_tlsext_servername_callback(c->ssl, choose);
	SSL_CTX_set_tlsext_servername_arg(c->ssl, c);
}

int64_t by_name_expiry(const struct tls_by_name *b, int64_t first)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->context[i]->expiry_s < first)
			first = b->context[i]->expiry_s;
	return first;
}
