#include "common/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void assert_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "warmpath: %s:%d: assertion failed: %s\n", file, line,
		what);
	fflush(stderr);
	abort();
}
