/* What the files of this folder share. Private to it. */
#ifndef COMMON_TLS_STATE_H
#define COMMON_TLS_STATE_H

#include <openssl/ssl.h>
#include <pthread.h>

#include "common/base/fingerprint.h"
#include "common/base/ref.h"
#include "common/tls/by_name.h"
#include "common/tls/context.h"
#include "common/tls/ticket.h"

struct tls_context {
	struct ref ref;
	SSL_CTX *ssl;
	enum tls_side side;
	char *name; /* or NULL */
	bool http2;
	struct fingerprint_value print; /* of the options and the files */
	int64_t expiry_s;
	struct tls_tickets *tickets; /* where we accept */
	struct tls_by_name others;   /* where we accept */
	/* Where we connect: the newest session, to be resumed. */
	pthread_mutex_t lock;
	SSL_SESSION *resumable; /* or NULL */
};

static inline bool tls_accepts(enum tls_side s)
{
	return s != TLS_WORKERS;
}

/* A session of the library's that is set up and has not begun. */
SSL *tls_begin(struct tls_context *c);
/* What an X509_V_ERR_… says, and an error of the library's queue. */
enum tls_result tls_judge(long verdict);
enum tls_result tls_result_of_error(unsigned long error);
/* Why it failed, by the library's queue of errors, which is emptied:
 * `error` is SSL_get_error()'s. The sentence is on the heap. */
enum tls_result tls_explain(struct tls_context *c, SSL *ssl, int error,
			    char **sentence);

#endif
