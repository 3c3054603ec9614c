/* Memory of large tables that are read here and there: in huge pages where
 * the system has them, because with others most reads wait for the
 * processor to find the page, in a virtual machine twice. Zeroed. Any
 * thread. */
#ifndef COMMON_BASE_PAGES_H
#define COMMON_BASE_PAGES_H

#include <stddef.h>

/* Aborts when there is none; at whole cache lines. */
void *pages_alloc(size_t n);
/* `n` as it was asked for; NULL is allowed. */
void pages_free(void *p, size_t n);

#endif
