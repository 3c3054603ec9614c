/* Values by which two renderings can be compared: by what they are, since
 * the first one's memory is gone. Pure; any thread. */
#ifndef COMMON_TEMPLATE_MARK_H
#define COMMON_TEMPLATE_MARK_H

#include "common/base/fingerprint.h"
#include "common/template/value.h"

/* `kind` 0: of a value that cannot be compared; it equals nothing. */
struct mark {
	uint32_t kind;
	struct fingerprint_value of;
};

/* Of a variable; one without a value is equal to another such. Under a
 * secret, so that no client can make two values that seem alike. */
struct mark mark_of(struct value v, uint64_t secret);
bool mark_equal(struct mark a, struct mark b);

#endif
