/* A configuration with one model whose workers are found, and a file for
 * them. */
#ifndef TESTS_UNIT_DISCOVER_FINDING_H
#define TESTS_UNIT_DISCOVER_FINDING_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "router/conf/conf.h"

struct place {
	char dir[64], path[80], fresh[80];
};

static inline void place_init(struct place *p)
{
	snprintf(p->dir, sizeof(p->dir), "/tmp/warmpath-found-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/workers", p->dir);
	snprintf(p->fresh, sizeof(p->fresh), "%s/fresh", p->dir);
}

static inline void place_fini(struct place *p)
{
	unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0);
}

static inline void place_put(struct place *p, const char *text)
{
	FILE *f = fopen(p->fresh, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(p->fresh, p->path), 0);
}

/* `more`: keys of discover besides. */
static inline struct conf *place_conf(const struct place *p, const char *more)
{
	struct conf_faults faults = {0};
	char text[512];
	struct conf *c;

	snprintf(text, sizeof(text),
		 "models: [{name: m, discover: {file: %s, interval: 100ms, "
		 "settle: 10ms%s}}]\n",
		 p->path, more);
	c = conf_parse_numeric(slice_of(text), "c", &faults);
	assert_int_equal(faults.n, 0);
	return c;
}

#endif
