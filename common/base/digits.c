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

size_t digits_write(char to[DIGITS_MAX], uint64_t value)
{
	char room[2 * DIGITS_MAX], *end = room + DIGITS_MAX, *first;

	if (value < 10) {
		*to = (char)('0' + value);
		return 1;
	}
	first = digits_before(end, value);
	/* What is behind the digits is copied with them: always as much. */
	memcpy(to, first, DIGITS_MAX);
	return (size_t)(end - first);
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
