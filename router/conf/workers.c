#include "router/conf/workers.h"

#include <stdio.h>

#include "common/base/mem.h"
#include "router/conf/fault.h"
#include "router/conf/parse.h"

#define MAX_PATH 64
#define HOST     SLICE("{host}")

struct reading {
	struct parse parse;
	const struct conf_workers_rules *rules;
	struct conf_workers *out;
	struct arena arena;
	const struct yaml *common; /* of discover.worker; NULL: nothing is */
	struct check_seen *seen;
};

/* --- what all of them have ------------------------------------------ */

/* Of a url the host, a v6 address with its brackets; empty if it is none. */
static struct slice host_of(const struct yaml *node)
{
	const struct yaml_child *c = yaml_find(node, SLICE("url"));
	struct slice s = c != NULL ? c->value->text : node->text;

	while (s.n >= 3 && memcmp(s.p, "://", 3) != 0)
		s = slice_from(s, 1);
	if (s.n < 3)
		return (struct slice){0};
	s = slice_from(s, 3);
	s.n = slice_find(s, '/');
	for (size_t i = s.n; i > 0 && s.p[i - 1] != ']'; i--)
		if (s.p[i - 1] == ':')
			s.n = i - 1;
	return s;
}

static struct slice fill_text(struct slice text, struct slice host,
			      struct arena *a)
{
	struct buf out = {0};
	struct slice whole;

	while (text.n > 0) {
		bool is = slice_starts(text, HOST);

		if (is)
			buf_append(&out, host);
		else
			buf_putc(&out, *text.p);
		text = slice_from(text, is ? HOST.n : 1);
	}
	whole = arena_copy(a, buf_slice(&out));
	buf_fini(&out);
	return whole;
}

/* A copy of the node with the worker's host in place of {host}. */
static const struct yaml *fill(const struct yaml *node, struct slice host,
			       struct arena *a)
{
	struct yaml *copy = arena_zalloc(a, sizeof(*copy));
	struct yaml_child **to = &copy->child;

	*copy = *node;
	copy->text = fill_text(node->text, host, a);
	for (const struct yaml_child *c = node->child; c != NULL; c = c->next) {
		*to = arena_zalloc(a, sizeof(**to));
		**to = *c;
		(*to)->value = fill(c->value, host, a);
		to = &(*to)->next;
	}
	*to = NULL;
	return copy;
}

static void read_common(struct reading *g)
{
	const char *text = g->rules->model->discover.worker;
	size_t line = 0;

	/* It was written by flow_print(). */
	if (text != NULL && yaml_parse(slice_of(text), &g->arena, &g->common,
				       &line, NULL) != OK)
		g->common = NULL;
}

/* --- one by one ------------------------------------------------------ */

static void take_worker(struct reading *g, size_t i, const struct yaml *node)
{
	struct conf_worker *w = &g->out->worker[g->out->n];
	const struct yaml *common = NULL;
	size_t before = g->parse.faults->n;
	char path[MAX_PATH];

	snprintf(path, sizeof(path), "[%zu].", i);
	if (g->common != NULL)
		common = fill(g->common, host_of(node), &g->arena);
	parse_worker(&g->parse, path, w, common, node);
	check_one_worker(&g->parse, g->seen, path, node, g->rules->model, w);
	if (g->parse.faults->n == before) {
		g->out->n++;
		return;
	}
	parse_worker_clear(w);
	*w = (struct conf_worker){0};
}

static const struct yaml *list_in(struct reading *g)
{
	const struct yaml *root = g->parse.root;
	const struct yaml_child *c = yaml_find(root, SLICE("workers"));

	if (c != NULL && root->n == 1)
		root = c->value;
	if (root->kind == YAML_LIST)
		return root;
	fault_add(g->parse.faults, g->parse.file, root->line, "",
		  "must be a list of workers; [] if there are none");
	return NULL;
}

static void take_all(struct reading *g)
{
	const struct yaml *list = list_in(g);
	size_t i = 0;

	if (list == NULL)
		return;
	if (list->n > g->rules->model->discover.max_workers) {
		fault_add(g->parse.faults, g->parse.file, list->line, "",
			  "%zu workers are more than discover.max_workers, %zu",
			  list->n, g->rules->model->discover.max_workers);
		return;
	}
	g->out = mem_zalloc(sizeof(*g->out));
	ref_init(&g->out->ref);
	g->out->worker = mem_zalloc((list->n + 1) * sizeof(struct conf_worker));
	read_common(g);
	for (const struct yaml_child *c = list->child; c != NULL; c = c->next)
		take_worker(g, i++, c->value);
}

struct conf_workers *conf_workers_parse(struct slice text,
					const struct conf_workers_rules *rules,
					struct conf_faults *faults)
{
	struct reading g = {
		.parse = {.file = rules->whence,
			  .faults = faults,
			  .numeric = rules->numeric},
		.rules = rules,
		.seen = check_seen_create(),
	};
	size_t before = faults->n, line = 0;
	struct error err = {0};

	arena_init(&g.arena);
	if (yaml_parse(text, &g.arena, &g.parse.root, &line, &err) == OK)
		take_all(&g);
	else
		fault_add(faults, rules->whence, line, "", "%s", err.text);
	arena_fini(&g.arena);
	check_seen_destroy(&g.seen);
	if (faults->n > before && !rules->leave_out)
		conf_workers_unref(&g.out);
	return g.out;
}

struct conf_workers *conf_workers_ref(struct conf_workers *s)
{
	ref_hold(&s->ref);
	return s;
}

void conf_workers_unref(struct conf_workers **s)
{
	struct conf_workers *gone = *s;

	*s = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	for (size_t i = 0; i < gone->n; i++)
		parse_worker_clear(&gone->worker[i]);
	mem_free(gone->worker);
	mem_free(gone);
}
