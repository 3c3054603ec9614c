/* One value of a row: from text into the struct, and back. */
#ifndef ROUTER_CONF_VALUE_H
#define ROUTER_CONF_VALUE_H

#include "router/conf/schema.h"

/* Sets the row's field in `owner` (the struct of the row's scope); of a
 * list, appends one item. `numeric`: no name is looked up. On failure the
 * field is untouched and `err` says what is allowed. */
MUST_USE enum status value_set(const struct schema_row *r, void *owner,
			       struct slice text, bool numeric,
			       struct error *err);
/* The default; nothing where there is none. */
void value_preset(const struct schema_row *r, void *owner);
/* Frees what the field holds; it is then as in a zeroed struct. */
void value_clear(const struct schema_row *r, void *owner);
/* A slice's address, looked up unless `numeric`. */
MUST_USE enum status value_parse_addr(struct slice text, bool numeric,
				      struct addr *out, struct error *err);

bool value_is_list(const struct schema_row *r);
bool value_is_set(const struct schema_row *r, const void *owner);
/* As YAML; secrets as "***". */
void value_print(const struct schema_row *r, const void *owner,
		 struct buf *out);
/* "1KiB to 1GiB", "error, warn, info or debug"; nothing where any value
 * will do. */
void value_print_bounds(const struct schema_row *r, struct buf *out);

#endif
