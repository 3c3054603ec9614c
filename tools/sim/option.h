/* The table of options: name, kind, bounds, default, help. */
#ifndef TOOLS_SIM_OPTION_H
#define TOOLS_SIM_OPTION_H

#include "tools/sim/conf.h"

enum option_kind { OPTION_TEXT, OPTION_COUNT, OPTION_REAL, OPTION_BOOL };

struct option {
	const char *name; /* with underscores */
	enum option_kind kind;
	size_t offset; /* into struct worker_conf */
	double min, max;
	const char *initial;
	const char *help;
};

extern const struct option option_table[];
extern const size_t option_count;

/* By its name; '-' and '_' are the same. NULL if there is none. */
const struct option *option_find(struct slice name);
/* `err` says what is allowed. The text is copied into the arena. */
MUST_USE enum status option_set(struct worker_conf *w, const struct option *o,
				struct slice text, struct arena *arena,
				struct error *err);
void option_defaults(struct worker_conf *w, struct arena *arena);

#endif
