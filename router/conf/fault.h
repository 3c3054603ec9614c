/* The faults of one configuration: collected, not stopped at. */
#ifndef ROUTER_CONF_FAULT_H
#define ROUTER_CONF_FAULT_H

#include "router/conf/conf.h"

/* Adds "file:line: key: sentence"; `line` 0 and an empty key are left
 * out. */
void fault_add(struct conf_faults *f, const char *file, size_t line,
	       const char *key, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Of n words the one that `word` was probably meant to be; NULL if none is
 * near. */
const char *fault_nearest(struct slice word, const char *const *known,
			  size_t n);

#endif
