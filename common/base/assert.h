/* Assertions of our own invariants; on in every build. What the outside
 * world may cause is an error, never an assertion. */
#ifndef COMMON_BASE_ASSERT_H
#define COMMON_BASE_ASSERT_H

#include "common/base/attr.h"

/* Prints where and what to standard error, then aborts. Any thread. */
NORETURN void assert_fail(const char *file, int line, const char *what);

#define ASSERT(cond)                                                           \
	do {                                                                   \
		if (UNLIKELY(!(cond)))                                         \
			assert_fail(__FILE__, __LINE__, #cond);                \
	} while (0)

#endif
