/* The kernel's side of a session, as the library sees it: a BIO that reads
 * from the socket and never refuses to write. What the kernel does not take
 * is kept, which is at most a record, a flight of a handshake or an alert:
 * nothing is encrypted while some of it waits. Private to this folder. */
#ifndef COMMON_TLS_WIRE_H
#define COMMON_TLS_WIRE_H

#include <openssl/bio.h>

#include "common/base/buf.h"
#include "common/base/sock.h"

struct tls_wire {
	struct sock *sock; /* of the call that is running */
	struct buf out;    /* what the kernel did not take */
	int err;           /* errno of the socket's; 0: none */
	bool ended;        /* the peer ended the connection */
};

/* For SSL_set_bio(); the wire outlives it. */
BIO *tls_wire_bio(struct tls_wire *w);
/* True: nothing waits. */
bool tls_wire_flush(struct tls_wire *w);

#endif
