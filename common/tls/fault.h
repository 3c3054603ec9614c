/* What became of a handshake, or of a session: one word for metrics and a
 * sentence for people. Any thread. */
#ifndef COMMON_TLS_FAULT_H
#define COMMON_TLS_FAULT_H

#include <stdint.h>

/* Which of our connections a session secures. */
enum tls_side {
	TLS_CLIENTS, /* they connect to us */
	TLS_ADMIN,
	TLS_WORKERS, /* we connect to them */
	TLS_SIDES
};

/* Of the peer's certificate first, then of what it said. */
enum tls_result {
	TLS_DONE,
	TLS_WRONG_NAME,     /* it is another host's */
	TLS_EXPIRED,        /* or not valid yet */
	TLS_UNTRUSTED,      /* no CA that we trust has signed it */
	TLS_NO_CERTIFICATE, /* none came, and we demand one */
	TLS_BAD_CERTIFICATE,
	TLS_REFUSED,    /* the peer ended it with an alert */
	TLS_NO_COMMON,  /* no version or cipher that both speak */
	TLS_PLAIN_HTTP, /* a request without TLS */
	TLS_NOT_TLS,    /* other bytes that are none */
	TLS_GONE,       /* the peer went, or was too slow */
	TLS_FAILED,     /* anything else */
	TLS_RESULTS
};

/* "clients", "wrong_name", …; static storage. */
const char *tls_side_name(enum tls_side s);
const char *tls_result_name(enum tls_result r);
/* "tls: certificate is for another name"; static storage. */
const char *tls_result_sentence(enum tls_result r);

/* Handshakes that ended so since the process began. */
uint64_t tls_handshakes(enum tls_side s, enum tls_result r);
void tls_count_handshake(enum tls_side s, enum tls_result r);

#endif
