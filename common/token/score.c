#include "common/token/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_POWER    308
#define MAX_EXPONENT 100000 /* beyond, every number is 0 or too large */

struct reader {
	struct slice rest;
	uint64_t digits; /* as a whole number; the first that fit */
	int exponent;
	bool full; /* no more digits fit */
};

static bool take(struct reader *r, char c)
{
	if (r->rest.n == 0 || r->rest.p[0] != c)
		return false;
	r->rest = slice_from(r->rest, 1);
	return true;
}

/* Digits that no longer fit count by their place only, and behind the
 * point not at all. */
static void take_digits(struct reader *r, bool behind_point)
{
	for (; r->rest.n > 0; r->rest = slice_from(r->rest, 1)) {
		unsigned digit = (unsigned char)r->rest.p[0] - '0';

		if (digit > 9)
			return;
		if (!r->full && r->digits > (UINT64_MAX - digit) / 10)
			r->full = true;
		if (!r->full)
			r->digits = r->digits * 10 + digit;
		if (r->full != behind_point && r->exponent < MAX_EXPONENT &&
		    r->exponent > -MAX_EXPONENT)
			r->exponent += behind_point ? -1 : 1;
	}
}

static void take_exponent(struct reader *r)
{
	bool minus = take(r, '-');
	int n = 0;

	(void)take(r, '+');
	for (; r->rest.n > 0; r->rest = slice_from(r->rest, 1))
		if (n < MAX_EXPONENT)
			n = n * 10 + (r->rest.p[0] - '0');
	r->exponent += minus ? -n : n;
}

static double power_of_ten(int n)
{
	char text[16];

	snprintf(text, sizeof(text), "1e%d", n);
	return strtod(text, NULL);
}

static double scale(double f, int exponent)
{
	for (; exponent < -MAX_POWER && f != 0.0; exponent += MAX_POWER)
		f /= power_of_ten(MAX_POWER);
	if (f == 0.0)
		return f;
	if (exponent > MAX_POWER)
		return INFINITY;
	return exponent < 0 ? f / power_of_ten(-exponent)
			    : f * power_of_ten(exponent);
}

enum status score_parse(struct slice raw, double *out)
{
	struct reader r = {.rest = raw};
	bool minus = take(&r, '-');
	double f;

	take_digits(&r, false);
	r.full = false;
	if (take(&r, '.'))
		take_digits(&r, true);
	if (take(&r, 'e') || take(&r, 'E'))
		take_exponent(&r);
	f = scale((double)r.digits, r.exponent);
	if (isinf(f))
		return ERR_LIMIT;
	*out = minus ? -f : f;
	return OK;
}
