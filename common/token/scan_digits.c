#include "common/token/scan.h"

/* Digits of their own, `most` together; what lies between in one piece. */
static inline size_t scan(const char *p, size_t n, size_t at, unsigned class,
			  size_t most)
{
	size_t end = scan_some(p, n, at, class, most);

	return end > at ? end : scan_run_not(p, n, at, class);
}

size_t scan_digits(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_DIGITS, 1);
}

size_t scan_digit_runs(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_DIGITS, SIZE_MAX);
}

size_t scan_numbers3(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, CLASS_NUMBER, 3);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool starts_three(const char *p, size_t n, size_t at)
{
	return n - at >= 3 && is_digit(p[at]) && is_digit(p[at + 1]) &&
	       is_digit(p[at + 2]);
}

size_t scan_ascii3(const char *p, size_t n, size_t at)
{
	if (starts_three(p, n, at))
		return at + 3;
	while (at < n && !starts_three(p, n, at))
		at++;
	return at;
}
