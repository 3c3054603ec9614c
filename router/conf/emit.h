/* YAML lines with indentation: what print and reference write with. */
#ifndef ROUTER_CONF_EMIT_H
#define ROUTER_CONF_EMIT_H

#include "router/conf/schema.h"

struct emit {
	struct buf *out;
	size_t indent;
	bool dash; /* the next line begins a list's item */
	struct slice section;
};

/* The row's key without its section, which is opened first where it is
 * another than the row before's. Indentation is then the row's. */
struct slice emit_section(struct emit *e, const struct schema_row *r);
/* Back to the level of the scope itself. */
void emit_leave_section(struct emit *e);
/* "key:" or "- key:", without the end of the line. */
void emit_key(struct emit *e, struct slice key);
/* One or more lines of comment. */
void emit_comment(struct emit *e, const char *text);

#endif
