#include "common/base/digits.h"

#include <string.h>

#define TENS(d)                                                                \
	{d, '0'}, {d, '1'}, {d, '2'}, {d, '3'}, {d, '4'}, {d, '5'}, {d, '6'},  \
		{d, '7'}, {d, '8'},                                            \
	{                                                                      \
		d, '9'                                                         \
	}

static const char two[100][2] = {TENS('0'), TENS('1'), TENS('2'), TENS('3'),
				 TENS('4'), TENS('5'), TENS('6'), TENS('7'),
				 TENS('8'), TENS('9')};

char *digits_before(char *end, uint64_t value)
{
	for (; value >= 100; value /= 100) {
		end -= 2;
		memcpy(end, two[value % 100], 2);
	}
	if (value < 10) {
		*--end = (char)('0' + value);
		return end;
	}
	end -= 2;
	memcpy(end, two[value], 2);
	return end;
}

/* By its bits, of which a digit has 3.32. */
static size_t count(uint64_t value)
{
	static const uint64_t least[DIGITS_MAX] = {
		0,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
		1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
	size_t n = (64 - (size_t)__builtin_clzll(value | 1)) * 1233 >> 12;

	return n + (value >= least[n]);
}

size_t digits_write(char *to, uint64_t value)
{
	size_t n = count(value);

	digits_before(to + n, value);
	return n;
}

uint64_t digits_fixed_before(char *end, uint64_t value, unsigned n)
{
	for (; n >= 2; n -= 2, value /= 100) {
		end -= 2;
		memcpy(end, two[value % 100], 2);
	}
	if (n == 0)
		return value;
	end[-1] = (char)('0' + value % 10);
	return value / 10;
}
