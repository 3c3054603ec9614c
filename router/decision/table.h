/* Decisions as a person reads them. Pure. */
#ifndef ROUTER_DECISION_TABLE_H
#define ROUTER_DECISION_TABLE_H

#include "router/decision/record.h"

/* A few sentences, and what each candidate would have cost, the cheapest
 * first. */
void decision_table(const struct decision_record *r, struct buf *out);
/* A sentence on what came of it. */
void decision_table_outcome(const struct decision_outcome *o, struct buf *out);
/* A decision a line, under a heading. */
void decision_lines(const struct decision_record *const *r, size_t n,
		    struct buf *out);

#endif
