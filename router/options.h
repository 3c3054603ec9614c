/* The gateway's own command line, as rows of one table: parsing, --help and
 * what is made of it (manual page, completion) come from them. What takes a
 * value has a twin in the environment, which the command line overrides. */
#ifndef ROUTER_OPTIONS_H
#define ROUTER_OPTIONS_H

#include "common/base/arena.h"
#include "router/source.h"

enum options_task {
	OPTIONS_RUN,
	OPTIONS_CHECK,
	OPTIONS_PRINT_CONFIG,
	OPTIONS_PRINT_REFERENCE,
	OPTIONS_PRINT_TENANTS,
	OPTIONS_PRINT_METRICS,
	OPTIONS_VERSION,
	OPTIONS_HELP,
};

struct options {
	enum options_task task;
	const char *announce; /* or NULL */
	struct source source;
	struct arena text; /* that stands nowhere else */
};

/* argv[0] is the program's name; a first word "check" is the task. Texts
 * are lent by `argv` and the environment. On ERR_INVALID `o` has nothing to
 * be freed. Uses getopt's globals: main thread. */
MUST_USE enum status options_parse(int argc, char **argv, struct options *o,
				   struct error *err);
void options_fini(struct options *o);
/* Every option with its twin and help, and what else there is to know. */
void options_help(struct buf *out);

#endif
