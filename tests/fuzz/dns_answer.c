/* Whatever a server sends is read or refused; what is read is within its
 * bounds. */
#include "router/discover/dns_answer.h"
#include "common/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const enum dns_type type[] = {DNS_A, DNS_AAAA, DNS_SRV};
	struct slice message = {(const char *)bytes, n};

	for (size_t i = 0; i < ARRAY_LEN(type); i++) {
		struct dns_answer a = {0};

		if (dns_answer_read(message, type[i], &a) != OK) {
			ASSERT(a.record == NULL);
			continue;
		}
		ASSERT(a.n <= DNS_MAX_RECORDS);
		for (size_t k = 0; k < a.n; k++)
			ASSERT(strnlen(a.record[k].target, DNS_NAME_ROOM) <
			       DNS_NAME_ROOM);
		dns_answer_clear(&a);
	}
	return 0;
}
