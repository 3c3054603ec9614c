/* The rows of the gateway's command line, and the help that is made of
 * them. */
#ifndef ROUTER_OPTIONS_TABLE_H
#define ROUTER_OPTIONS_TABLE_H

#include "router/options.h"

#define OPTIONS_MAX_ROWS 32

enum options_kind {
	OPTION_TASK,    /* no value; `task` */
	OPTION_TEXT,    /* a text at `offset` of struct options */
	OPTION_KEY,     /* goes over the configuration's `key` */
	OPTION_SET,     /* KEY=VALUE, the same for any key */
	OPTION_WORKERS, /* may be repeated; its twin has a list */
};

struct options_row {
	char letter;              /* 'f' for -f; or 0 */
	const char *name;         /* "--config" */
	const char *value, *twin; /* "FILE", "WARMPATH_CONFIG"; or NULL */
	enum options_kind kind;
	enum options_task task;
	size_t offset;
	const char *key, *help;
};

extern const struct options_row options_row[];
extern const size_t options_rows;

#endif
