/* What is told of a candidate, as rows of one table each: JSON, tables for
 * people and the reader of the log come from them. A value that is added
 * to a candidate or a term is told everywhere by its row here. */
#ifndef ROUTER_DECISION_FIELD_H
#define ROUTER_DECISION_FIELD_H

#include "common/base/buf.h"
#include "router/policy/pair.h"

enum decision_kind {
	DECISION_U32,
	DECISION_U64,
	DECISION_NUMBER, /* double */
	DECISION_BOOL,
	DECISION_MADE, /* a double, of a term's others */
};

enum decision_flag {
	DECISION_PRICED = 1, /* of costs in ms only */
	DECISION_COLUMN = 2, /* stands in the table for people */
	DECISION_TOO = 4,    /* told where it is not 0 only */
};

struct decision_field {
	const char *name;
	enum decision_kind kind;
	size_t offset;
	unsigned flags;
	double (*make)(const struct policy_term *t); /* of one that is made */
};

/* Each ends with a row without a name. The parts are what a cost in ms is
 * the sum of: the time that is thought to pass until the request's first
 * token, what others lose meanwhile, and weights by which no time passes. */
extern const struct decision_field decision_part_field[];
extern const struct decision_field decision_candidate_field[];
extern const struct decision_field decision_side_field[];
extern const struct decision_field decision_term_field[];
extern const struct decision_field decision_rates_field[];

/* The first of the parts. */
double decision_expected_ms(const struct policy_term *t);

/* Its value in `owner`, whatever its kind. */
double decision_field_get(const struct decision_field *f, const void *owner);
/* As JSON: a number, true or false; null for what is not finite. `exact`:
 * every digit that a double has. */
void decision_field_write(const struct decision_field *f, const void *owner,
			  bool exact, struct buf *out);
/* False: out of the field's range, or it is made. */
bool decision_field_set(const struct decision_field *f, void *owner,
			double value);

#endif
