/* Statements of a template. */
#ifndef COMMON_TEMPLATE_STMT_H
#define COMMON_TEMPLATE_STMT_H

#include "common/template/parser.h"

/* A body up to a tag whose first word is one of `ends` (NULL-terminated),
 * which is left at that word; up to the end of the source if NULL. */
struct node *parse_statements(struct parser *p, const char *const *ends);

#endif
