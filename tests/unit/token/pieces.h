/* Shows where a scanner cuts: the pieces with | between them. */
#ifndef TESTS_UNIT_TOKEN_PIECES_H
#define TESTS_UNIT_TOKEN_PIECES_H

#include "tests/unit/token/fixture.h"

#include "common/token/scan.h"

static inline const char *pieces(scan_fn *scan, const char *text)
{
	static char out[1024];
	size_t n = strlen(text), made = 0;

	for (size_t at = 0, end; at < n; at = end) {
		end = scan(text, n, at);
		assert_true(end > at && end <= n);
		assert_true(made + end - at + 2 < sizeof(out));
		if (at > 0)
			out[made++] = '|';
		memcpy(out + made, text + at, end - at);
		made += end - at;
	}
	out[made] = '\0';
	return out;
}

#endif
