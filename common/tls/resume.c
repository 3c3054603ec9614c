#include "common/tls/resume.h"

#include "common/base/assert.h"
#include "common/base/clock.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

static uint64_t now_s(void)
{
	return clock_ms() / 1000;
}

static bool set_mac(EVP_MAC_CTX *mac, struct tls_ticket_key *key)
{
	char digest[] = "sha256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac,
						  sizeof(key->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int seal(struct tls_tickets *t, unsigned char *name, unsigned char *iv,
		EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	struct tls_ticket_key key;
	bool ok;

	tls_tickets_current(t, now_s(), &key);
	memcpy(name, key.name, sizeof(key.name));
	ok = RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
	     EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher,
				iv) == 1 &&
	     set_mac(mac, &key);
	OPENSSL_cleanse(&key, sizeof(key));
	return ok ? 1 : -1;
}

/* 0: not known, and the handshake is a whole one; 2: give a new ticket, as
 * 1.3 wants it, where a ticket is good for one session. */
static int unseal(struct tls_tickets *t, bool renew, const unsigned char *name,
		  const unsigned char *iv, EVP_CIPHER_CTX *cipher,
		  EVP_MAC_CTX *mac)
{
	struct tls_ticket_key key;
	bool old = false, ok;

	if (!tls_tickets_find(t, now_s(), name, &key, &old))
		return 0;
	ok = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher,
				iv) == 1 &&
	     set_mac(mac, &key);
	OPENSSL_cleanse(&key, sizeof(key));
	return !ok ? -1 : old || renew ? 2 : 1;
}

static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
		     EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int sealing)
{
	struct tls_context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	bool renew = SSL_version(ssl) >= TLS1_3_VERSION;

	return sealing ? seal(c->tickets, name, iv, cipher, mac)
		       : unseal(c->tickets, renew, name, iv, cipher, mac);
}

void resume_offer(struct tls_context *c, struct slice ca)
{
	struct fingerprint_value id = fingerprint128(ca, c->side);

	SSL_CTX_set_app_data(c->ssl, c);
	SSL_CTX_set_session_cache_mode(c->ssl, SSL_SESS_CACHE_OFF);
	ASSERT(SSL_CTX_set_session_id_context(
		       c->ssl, (const unsigned char *)&id, sizeof(id)) == 1);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(c->ssl, on_ticket);
}

/* Returning 1 takes the session over. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL_SESSION *old;

	pthread_mutex_lock(&c->lock);
	old = c->resumable;
	c->resumable = session;
	pthread_mutex_unlock(&c->lock);
	SSL_SESSION_free(old);
	return 1;
}

void resume_remember(struct tls_context *c)
{
	SSL_CTX_set_app_data(c->ssl, c);
	SSL_CTX_set_session_cache_mode(
		c->ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ssl, on_session);
}

void resume_try(struct tls_context *c, SSL *ssl)
{
	SSL_SESSION *session;

	pthread_mutex_lock(&c->lock);
	session = c->resumable;
	if (session != NULL)
		SSL_SESSION_up_ref(session);
	pthread_mutex_unlock(&c->lock);
	if (session == NULL)
		return;
	if (SSL_SESSION_is_resumable(session))
		SSL_set_session(ssl, session);
	SSL_SESSION_free(session);
}
