/* Which certificate a client gets that says whom it wants to talk to
 * (RFC 6066 3).
 *
 * Each of the others has a context of its own, which is like the first but
 * for certificate and key; who asks for none of their names, or for nobody,
 * gets the first. Private to this folder. */
#ifndef COMMON_TLS_BY_NAME_H
#define COMMON_TLS_BY_NAME_H

#include "common/tls/context.h"

struct tls_by_name {
	struct tls_context **context;
	size_t n;
};

/* Reads o->others. */
MUST_USE enum status by_name_load(const struct tls_options *o,
				  struct tls_by_name *out, struct error *err);
void by_name_fini(struct tls_by_name *b);
/* What c->others have is offered from now on, with tickets of `c`. */
void by_name_offer(struct tls_context *c);
/* The first moment at which one of them is no longer valid, or `first`. */
int64_t by_name_expiry(const struct tls_by_name *b, int64_t first);

#endif
