#include "common/tls/bufferevent.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/tls/state.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

/* What goes with a session; freed with it. */
struct companion {
	struct tls_context *context;
	bool shaken;
};

static int companion_index;

static enum tls_result verdict_of(const SSL *ssl)
{
	long verdict = SSL_get_verify_result(ssl);

	return verdict == X509_V_OK ? TLS_GONE : tls_judge(verdict);
}

static void free_companion(void *ssl, void *held, CRYPTO_EX_DATA *all,
			   int index, long unused, void *arg)
{
	struct companion *c = held;

	(void)all;
	(void)index;
	(void)unused;
	(void)arg;
	if (c == NULL)
		return;
	if (!c->shaken)
		tls_count_handshake(c->context->side, verdict_of(ssl));
	tls_context_unref(&c->context);
	mem_free(c);
}

static void make_index(void)
{
	companion_index = SSL_get_ex_new_index(0, NULL, NULL, NULL,
					       free_companion);
	ASSERT(companion_index >= 0);
}

static void on_state(const SSL *ssl, int where, int value)
{
	struct companion *c = SSL_get_ex_data(ssl, companion_index);

	(void)value;
	if (!(where & SSL_CB_HANDSHAKE_DONE) || c == NULL || c->shaken)
		return;
	c->shaken = true;
	tls_count_handshake(c->context->side, TLS_DONE);
}

static void accompany(SSL *ssl, struct tls_context *context)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct companion *c = mem_zalloc(sizeof(*c));

	pthread_once(&once, make_index);
	c->context = tls_context_ref(context);
	ASSERT(SSL_set_ex_data(ssl, companion_index, c) == 1);
	SSL_set_info_callback(ssl, on_state);
}

struct bufferevent *tls_bufferevent_create(struct event_base *base,
					   struct tls_context *c)
{
	SSL *ssl = tls_begin(c);
	struct bufferevent *bev;

	/* It looks for records that have been read, but not for bytes. */
	SSL_set_read_ahead(ssl, 0);
	accompany(ssl, c);
	bev = bufferevent_openssl_socket_new(
		base, -1, ssl,
		tls_accepts(c->side) ? BUFFEREVENT_SSL_ACCEPTING
				     : BUFFEREVENT_SSL_CONNECTING,
		BEV_OPT_CLOSE_ON_FREE);
	ASSERT(bev != NULL);
	return bev;
}

enum tls_result tls_bufferevent_result(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	const struct companion *c = SSL_get_ex_data(ssl, companion_index);
	unsigned long error = bufferevent_get_openssl_error(bev);

	if (c->shaken && error == 0)
		return TLS_DONE;
	if (SSL_get_verify_result(ssl) != X509_V_OK &&
	    SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
		return tls_judge(SSL_get_verify_result(ssl));
	return error != 0 ? tls_result_of_error(error) : TLS_GONE;
}
