/* What no key of discover can tell by itself. */
#include "router/conf/discover.h"
#include "router/conf/parse.h"
#include "router/conf/workers.h"

static void check_own_keys(struct parse *p, const struct yaml *node,
			   const char *path, const struct yaml *common)
{
	const char *const own[] = {"url", "name"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (yaml_find(common, slice_of(own[i])) != NULL)
			parse_fault(p, node, path, "discover.worker",
				    "%s: each worker has its own", own[i]);
}

/* The sentence is about a key that is written here. What goes together may
 * come with a worker. */
static bool is_about(struct slice line, const struct yaml *common)
{
	struct slice key = line;

	key.n = slice_find(key, ':');
	key.n = slice_find(key, '.');
	return yaml_find(common, key) != NULL;
}

/* With some host in the place of {host}. */
static void check_common(struct parse *p, const struct yaml *node,
			 const char *path, const struct conf_model *m,
			 const struct yaml *common)
{
	bool secure = yaml_find(common, SLICE("tls")) != NULL;
	const char *sample = secure ? "- https://192.0.2.1:8000"
				    : "- http://192.0.2.1:8000";
	const struct conf_workers_rules rules = {
		.whence = "discover.worker", .model = m, .numeric = true};
	struct conf_faults faults = {0};
	struct conf_workers *s = conf_workers_parse(slice_of(sample), &rules,
						    &faults);
	struct slice all = buf_slice(&faults.text);

	while (all.n > 0) {
		struct slice line = slice_split(&all, '\n');

		/* "discover.worker:1: [0].key: sentence" */
		slice_split(&line, '.');
		slice_split(&line, '.');
		if (is_about(line, common))
			parse_fault(p, node, path, "discover.worker", "%.*s",
				    SLICE_ARG(line));
	}
	buf_fini(&faults.text);
	conf_workers_unref(&s);
}

void check_discover(struct parse *p, const struct yaml *node, const char *path,
		    const struct conf_model *m)
{
	const struct conf_discover *d = &m->discover;
	const struct yaml_child *c = yaml_find(node, SLICE("discover"));

	if (d->line != 0 && !conf_discovers(m) &&
	    yaml_find(node, SLICE("workers")) == NULL)
		parse_fault(p, node, path, "discover", "needs a source: file");
	if (d->worker == NULL)
		return;
	c = yaml_find(c->value, SLICE("worker"));
	check_own_keys(p, node, path, c->value);
	check_common(p, node, path, m, c->value);
}
