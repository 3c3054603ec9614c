/* Decisions as JSON: for GET /explain/ID and POST /explain, which tell a
 * person all that is not plain, and for the log, from which they can be
 * made again. Pure. */
#ifndef ROUTER_DECISION_WRITE_H
#define ROUTER_DECISION_WRITE_H

#include "router/decision/record.h"

/* An object. `outcome` is null while the request is under way. */
void decision_write(const struct decision_record *r, struct buf *out);
/* Lines of the log, without their ends: a decision, without an outcome but
 * with rates and keys; and, once it is there, its request's outcome. */
void decision_write_log(const struct decision_record *r, struct buf *out);
void decision_write_outcome(const char *id, const struct decision_outcome *o,
			    struct buf *out);

/* The first line of a log's file. */
#define DECISION_LOG_FORMAT 1
#define DECISION_LOG_HEAD   "{\"decisions\":1}"

#endif
