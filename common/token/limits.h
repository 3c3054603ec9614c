/* What code that calls tiktoken does to texts and we do not: such a text is
 * not encoded. Pure; any thread. */
#ifndef COMMON_TOKEN_LIMITS_H
#define COMMON_TOKEN_LIMITS_H

#include "common/base/slice.h"

#define LIMITS_MAX_CHARS 400000
#define LIMITS_MAX_RUN   25000 /* characters with or without white space */

enum {
	/* A longer text or run would be cut, for fear of its length. */
	LIMIT_LENGTH = 1 << 0,
	/* Python's normal form of some marks depends on its version. */
	LIMIT_FORMS = 1 << 1,
};

/* The text is valid UTF-8. */
bool limits_hold(unsigned limits, struct slice text);

#endif
