/* A DNS server's answer, RFC 1035, 2782 and 3596: the records of one type,
 * and for how long they hold. Pure; the message may hold anything. */
#ifndef ROUTER_DISCOVER_DNS_ANSWER_H
#define ROUTER_DISCOVER_DNS_ANSWER_H

#include <stdint.h>

#include "common/base/slice.h"

#define DNS_MAX_RECORDS 1024
#define DNS_NAME_ROOM   1025 /* with what is escaped in it */

enum dns_type { DNS_A = 1, DNS_AAAA = 28, DNS_SRV = 33 };

struct dns_record {
	unsigned char address[16]; /* 4 of them, or 16 */
	/* SRV: no address. */
	char target[DNS_NAME_ROOM];
	unsigned priority, port;
};

struct dns_answer {
	struct dns_record *record; /* on the heap */
	size_t n;
	uint32_t ttl_s; /* the least on the way to them; 0 if there are none */
};

/* ERR_INVALID: it is no answer, or cut short; ERR_LIMIT: it has more than
 * DNS_MAX_RECORDS. Records of other types, such as those that a CNAME takes
 * on the way, are passed over. `out` is then nothing to be cleared. */
MUST_USE enum status dns_answer_read(struct slice message, enum dns_type type,
				     struct dns_answer *out);
void dns_answer_clear(struct dns_answer *a);

#endif
