/* What one end of TLS sessions is: its certificate and key, whom it trusts,
 * which versions it speaks. TLS 1.2 (ephemeral keys and AEAD only) and 1.3.
 *
 * Immutable and counted; any thread may begin sessions with it. When files
 * change, a new context is made and sessions that begin from then on use
 * that; those that are open go on. */
#ifndef COMMON_TLS_CONTEXT_H
#define COMMON_TLS_CONTEXT_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/tls/fault.h"

struct tls_context;

/* Files are in PEM form; each may be NULL. */
struct tls_options {
	enum tls_side side;
	/* The chain, beginning with our own certificate, and its key. Both
	 * must be there where we accept. */
	const char *certificate, *key;
	/* Where we accept: further ones, each a file with its chain and its
	 * key, for who asks for one of their names. */
	const char *const *others;
	size_t n_others;
	/* Whom we trust. Where we accept: clients must present a certificate
	 * that it has signed; NULL: they need none. Where we connect: NULL
	 * means the system's own list. */
	const char *ca;
	/* Where we connect: the host name or address that the peer's
	 * certificate must be for. */
	const char *name;
	bool insecure;    /* where we connect: takes any certificate */
	bool only_tls_13; /* else 1.2 as well */
	bool http2;       /* offers "h2" before "http/1.1" */
};

/* NULL with `err`: one sentence that names the file and a remedy. Blocking.
 * `old` may be NULL: if the files hold what they did and the options are the
 * same it is that, held once more; else what lets sessions be resumed is
 * taken over from it. */
struct tls_context *tls_context_create(const struct tls_options *o,
				       struct tls_context *old,
				       struct error *err);
struct tls_context *tls_context_ref(struct tls_context *c);
void tls_context_unref(struct tls_context **c); /* NULL is allowed */

/* When the first certificate of our chains expires, Unix time; 0: there is
 * none. */
int64_t tls_context_expiry(const struct tls_context *c);

/* What is allowed but doubtful, a sentence a line: a certificate that has
 * expired, a key that others can read. */
void tls_doubts(const struct tls_options *o, struct buf *out);
/* Changes when one of the files does; costs a stat(2) for each. */
uint64_t tls_stamp(const struct tls_options *o);

#endif
