#include "router/conf/quantity.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER (1ull << 53) /* what a double holds exactly */

struct unit {
	const char *name;
	uint64_t times;
};

/* Largest first: the first that divides a value prints it. */
static const struct unit time_unit[] = {
	{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit size_unit[] = {{"TiB", 1ull << 40},
					{"GiB", 1ull << 30},
					{"MiB", 1ull << 20},
					{"KiB", 1ull << 10},
					{"", 1}};

static void print_units(const struct unit *u, uint64_t value, struct buf *out)
{
	while (value % u->times != 0)
		u++;
	buf_printf(out, "%llu%s", (unsigned long long)(value / u->times),
		   u->name);
}

/* The shortest that gives the same number again. */
static void print_number(double value, struct buf *out)
{
	char text[40];

	if (value == floor(value) && fabs(value) < 1e15) {
		buf_printf(out, "%.0f", value);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_puts(out, text);
}

static void print_one(enum schema_type t, double value, struct buf *out)
{
	if (t == SCHEMA_TIME && value == 0)
		buf_puts(out, "0s");
	else if (t == SCHEMA_TIME)
		print_units(time_unit, (uint64_t)value, out);
	else if (t == SCHEMA_SIZE && value == 0)
		buf_puts(out, "0");
	else if (t == SCHEMA_SIZE)
		print_units(size_unit, (uint64_t)value, out);
	else
		print_number(value, out);
}

static bool parse_units(const struct unit *unit, size_t n, struct slice text,
			uint64_t *out)
{
	struct slice digits = text;
	uint64_t value;

	digits.n = 0;
	while (digits.n < text.n && isdigit((unsigned char)text.p[digits.n]))
		digits.n++;
	if (digits.n == 0 || slice_to_u64(digits, MAX_NUMBER, &value) != OK)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!slice_equal(slice_from(text, digits.n),
				 slice_of(unit[i].name)))
			continue;
		*out = value * unit[i].times;
		return value <= MAX_NUMBER / unit[i].times;
	}
	return false;
}

static bool parse_double(struct slice text, double *out)
{
	char copy[40], *end;

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (memchr("0123456789.eE+-", text.p[i], 15) == NULL)
			return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out);
}

static enum status parse_quantity(const struct schema_row *r, struct slice text,
				  double *out, struct error *err)
{
	uint64_t whole = 0;

	switch (r->type) {
	case SCHEMA_NUMBER:
		if (parse_double(text, out))
			return OK;
		return error_set(err, ERR_INVALID, "'%.*s' is not a number",
				 SLICE_ARG(text));
	case SCHEMA_TIME:
		if (!parse_units(time_unit, ARRAY_LEN(time_unit), text, &whole))
			return error_set(err, ERR_INVALID,
					 "'%.*s' is not a duration; write a "
					 "whole number of ms, s, m or h, such "
					 "as 10s",
					 SLICE_ARG(text));
		break;
	case SCHEMA_SIZE:
		if (!parse_units(size_unit, ARRAY_LEN(size_unit), text, &whole))
			return error_set(err, ERR_INVALID,
					 "'%.*s' is not a size; write a whole "
					 "number of bytes, KiB, MiB or GiB, "
					 "such as 32MiB",
					 SLICE_ARG(text));
		break;
	default:
		if (slice_to_u64(text, MAX_NUMBER, &whole) != OK)
			return error_set(err, ERR_INVALID,
					 "'%.*s' is not a whole number",
					 SLICE_ARG(text));
	}
	*out = (double)whole;
	return OK;
}

static enum status check_bounds(const struct schema_row *r, double value,
				struct slice text, struct error *err)
{
	struct buf bound;
	enum status st = OK;
	bool low = value < r->min;

	if (!low && value <= r->max)
		return OK;
	buf_init(&bound);
	print_one(r->type, low ? r->min : r->max, &bound);
	st = error_set(err, ERR_LIMIT, "%.*s is %s, %.*s", SLICE_ARG(text),
		       low ? "below the minimum" : "above the maximum",
		       SLICE_ARG(buf_slice(&bound)));
	buf_fini(&bound);
	return st;
}

bool quantity_is(enum schema_type t)
{
	return t == SCHEMA_COUNT || t == SCHEMA_U32 || t == SCHEMA_SIZE ||
	       t == SCHEMA_TIME || t == SCHEMA_NUMBER;
}

enum status quantity_set(const struct schema_row *r, void *owner,
			 struct slice text, struct error *err)
{
	void *f = (char *)owner + r->offset;
	double value = 0;
	enum status st = parse_quantity(r, text, &value, err);

	if (st == OK)
		st = check_bounds(r, value, text, err);
	if (st != OK)
		return st;
	switch (r->type) {
	case SCHEMA_U32: *(uint32_t *)f = (uint32_t)value; break;
	case SCHEMA_TIME: *(uint64_t *)f = (uint64_t)value; break;
	case SCHEMA_NUMBER: *(double *)f = value; break;
	default: *(size_t *)f = (size_t)value; break;
	}
	return OK;
}

void quantity_print(const struct schema_row *r, const void *owner,
		    struct buf *out)
{
	const void *f = (const char *)owner + r->offset;

	switch (r->type) {
	case SCHEMA_U32: print_one(r->type, *(const uint32_t *)f, out); break;
	case SCHEMA_TIME:
		print_one(r->type, (double)*(const uint64_t *)f, out);
		break;
	case SCHEMA_NUMBER: print_one(r->type, *(const double *)f, out); break;
	default: print_one(r->type, (double)*(const size_t *)f, out); break;
	}
}

void quantity_print_bounds(const struct schema_row *r, struct buf *out)
{
	print_one(r->type, r->min, out);
	buf_puts(out, " to ");
	print_one(r->type, r->max, out);
}
