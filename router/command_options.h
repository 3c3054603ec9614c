/* The command line of a command such as `warmpath hash`: long options
 * only, mostly no arguments; faults in one sentence. Uses getopt's globals:
 * main thread. */
#ifndef ROUTER_COMMAND_OPTIONS_H
#define ROUTER_COMMAND_OPTIONS_H

#include <getopt.h>

#include "common/base/error.h"

#define COMMAND_FINE     0
#define COMMAND_BAD_LINE 1
#define COMMAND_USAGE    2 /* exit statuses */

struct command_options {
	const struct option *known; /* `val` a letter each; ends with {0} */
	const char *reads; /* "token ids": what stdin is for; NULL: nothing */
	/* `value` is NULL for an option that takes none. */
	enum status (*take)(void *of, int letter, const char *value,
			    struct error *err);
	/* Of a word that is no option; NULL: there may be none. */
	enum status (*take_argument)(void *of, const char *value,
				     struct error *err);
};

/* argv[0] is the command's own name. */
MUST_USE enum status command_options_parse(const struct command_options *c,
					   void *of, int argc, char **argv,
					   struct error *err);
/* "what value: mend", with ERR_INVALID; `value` may be NULL. */
enum status command_usage(struct error *err, const char *what,
			  const char *value, const char *mend);

#endif
