/* The keys of session tickets: with them a client resumes a session that
 * any lane, before or after a reload, has had with it (RFC 5077, 8446 4.6.1).
 *
 * A key makes tickets for TICKET_PERIOD_S and reads them for as long again:
 * who takes it from memory reads what was said in that time, no more.
 * Counted; any thread. */
#ifndef COMMON_TLS_TICKET_H
#define COMMON_TLS_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#define TICKET_PERIOD_S   (12 * 3600)
#define TICKET_NAME_BYTES 16
#define TICKET_KEY_BYTES  32

struct tls_tickets;

struct tls_ticket_key {
	unsigned char name[TICKET_NAME_BYTES];
	unsigned char cipher[TICKET_KEY_BYTES]; /* AES-256-CBC */
	unsigned char mac[TICKET_KEY_BYTES];    /* HMAC-SHA-256 */
};

struct tls_tickets *tls_tickets_create(void);
struct tls_tickets *tls_tickets_ref(struct tls_tickets *t);
void tls_tickets_unref(struct tls_tickets **t); /* NULL is allowed */

/* The key for tickets that are made at this time (s, monotonic). */
void tls_tickets_current(struct tls_tickets *t, uint64_t now_s,
			 struct tls_ticket_key *out);
/* The key that a ticket names. False: none, or too old. `old`: a new ticket
 * should replace it. */
bool tls_tickets_find(struct tls_tickets *t, uint64_t now_s,
		      const unsigned char name[TICKET_NAME_BYTES],
		      struct tls_ticket_key *out, bool *old);

#endif
