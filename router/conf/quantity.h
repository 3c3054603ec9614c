/* Numbers with bounds and units: counts, sizes, durations, ratios. */
#ifndef ROUTER_CONF_QUANTITY_H
#define ROUTER_CONF_QUANTITY_H

#include "router/conf/schema.h"

bool quantity_is(enum schema_type t);
/* As value_set and its neighbours in value.h. */
MUST_USE enum status quantity_set(const struct schema_row *r, void *owner,
				  struct slice text, struct error *err);
void quantity_print(const struct schema_row *r, const void *owner,
		    struct buf *out);
void quantity_print_bounds(const struct schema_row *r, struct buf *out);

#endif
