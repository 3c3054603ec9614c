#include "router/conf/parse.h"

#include "common/base/mem.h"
#include "router/conf/fault.h"
#include "router/conf/flow.h"
#include "router/conf/url.h"
#include "router/conf/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATH 256

/* Where a mapping stands and which struct it fills. */
struct place {
	enum schema_scope scope;
	void *owner;
	const char *path;    /* "models[0]." */
	const char *section; /* "hash", or "" */
};

/* --- faults --------------------------------------------------------- */

static size_t line_of(const struct yaml *map, struct slice key)
{
	const struct yaml_child *c = yaml_find(map, key);
	struct slice rest = key, head;

	if (c != NULL)
		return c->line;
	head = slice_split(&rest, '.');
	c = rest.n > 0 ? yaml_find(map, head) : NULL;
	if (c != NULL && c->value->kind == YAML_MAP)
		return line_of(c->value, rest);
	return c != NULL ? c->line : (map != NULL ? map->line : 0);
}

void parse_fault(struct parse *p, const struct yaml *map, const char *path,
		 const char *key, const char *fmt, ...)
{
	char whole[MAX_PATH], sentence[768];
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "%s%s", path, key);
	fault_add(p->faults, p->file, line_of(map, slice_of(key)), whole, "%s",
		  sentence);
}

static void fault_here(struct parse *p, const struct place *at, size_t line,
		       struct slice key, const char *sentence)
{
	char whole[MAX_PATH];

	snprintf(whole, sizeof(whole), "%s%s%s%.*s", at->path, at->section,
		 at->section[0] != '\0' && key.n > 0 ? "." : "",
		 SLICE_ARG(key));
	fault_add(p->faults, p->file, line, whole, "%s", sentence);
}

/* The names that may stand in a mapping, sections by their own. */
static size_t names_of(const struct place *at, struct slice *name)
{
	size_t skip = at->section[0] != '\0' ? strlen(at->section) + 1 : 0;
	size_t n = 0, n_rows;
	const struct schema_row *row = schema_rows(at->scope, &n_rows);

	for (size_t i = 0; i < n_rows; i++) {
		struct slice k = slice_of(row[i].key), first;

		if (skip > 0 && (!slice_starts(k, slice_of(at->section)) ||
				 k.n <= skip || k.p[skip - 1] != '.'))
			continue;
		k = slice_from(k, skip);
		first = slice_split(&k, '.');
		if (n == 0 || !slice_equal(name[n - 1], first))
			name[n++] = first;
	}
	return n;
}

static void fault_unknown(struct parse *p, const struct place *at,
			  const struct yaml_child *c)
{
	struct slice name[64];
	char *word[64];
	size_t n = names_of(at, name);
	struct buf text;
	const char *near;

	for (size_t i = 0; i < n; i++)
		word[i] = mem_strndup(name[i].p, name[i].n);
	near = fault_nearest(c->key, (const char *const *)word, n);
	buf_init(&text);
	buf_puts(&text, "no such key; ");
	if (near != NULL)
		buf_printf(&text, "did you mean %s?", near);
	else
		buf_puts(&text, "there are ");
	for (size_t i = 0; near == NULL && i < n; i++)
		buf_printf(&text, "%s%s",
			   i == 0 ? "" : (i + 1 < n ? ", " : " and "), word[i]);
	buf_putc(&text, '\0');
	fault_here(p, at, c->line, c->key, buf_slice(&text).p);
	buf_fini(&text);
	for (size_t i = 0; i < n; i++)
		mem_free(word[i]);
}

/* --- values --------------------------------------------------------- */

static void set_one(struct parse *p, const struct place *at,
		    const struct schema_row *r, struct slice key,
		    const struct yaml *value)
{
	struct error err = {0};

	if (value->kind == YAML_NULL && r->preset == NULL &&
	    !(r->flags & SCHEMA_REQUIRED) && !value_is_list(r))
		return;
	if (value->kind == YAML_NULL)
		error_set(&err, ERR_INVALID, "a value is missing");
	else if (value->kind != YAML_SCALAR)
		error_set(&err, ERR_INVALID, "must be a single value%s%s",
			  r->example ? ", such as " : "",
			  r->example ? r->example : "");
	else if (value_set(r, at->owner, value->text, p->numeric, &err) == OK)
		return;
	fault_here(p, at, value->line, key, err.text);
}

static void set_list(struct parse *p, const struct place *at,
		     const struct schema_row *r, struct slice key,
		     const struct yaml *value)
{
	value_clear(r, at->owner);
	if (value->kind != YAML_LIST) {
		set_one(p, at, r, key, value);
		return;
	}
	if (value->n > SCHEMA_MAX_ITEMS) {
		fault_here(p, at, value->line, key, "more than 1024 items");
		return;
	}
	for (const struct yaml_child *c = value->child; c != NULL; c = c->next)
		set_one(p, at, r, key, c->value);
}

static void set_flow(struct parse *p, const struct place *at,
		     const struct schema_row *r, struct slice key,
		     const struct yaml *value)
{
	char **to = (char **)((char *)at->owner + r->offset);
	struct buf text = {0};

	if (value->kind != YAML_MAP) {
		fault_here(p, at, value->line, key, "must be keys and values");
		return;
	}
	flow_print(value, NULL, &text);
	mem_free(*to);
	*to = mem_strndup(buf_slice(&text).p, buf_len(&text));
	buf_fini(&text);
}

static void walk(struct parse *p, const struct place *at,
		 const struct yaml *map);

static void take_pair(struct parse *p, const struct place *at,
		      const struct yaml_child *c)
{
	char full[MAX_PATH], section[MAX_PATH];
	bool inside = at->section[0] != '\0';
	const struct schema_row *r;

	snprintf(full, sizeof(full), "%s%s%.*s", at->section, inside ? "." : "",
		 SLICE_ARG(c->key));
	r = schema_find(at->scope, slice_of(full));
	/* Whatever has a dot names a row of a section, not of this level. */
	if (slice_find(c->key, '.') < c->key.n)
		r = NULL;
	if (r != NULL && value_is_list(r)) {
		set_list(p, at, r, c->key, c->value);
	} else if (r != NULL && r->type == SCHEMA_FLOW) {
		set_flow(p, at, r, c->key, c->value);
	} else if (r != NULL && r->type < SCHEMA_MODELS) {
		set_one(p, at, r, c->key, c->value);
	} else if (r == NULL && !inside &&
		   schema_is_section(at->scope, c->key)) {
		struct place in = *at;

		snprintf(section, sizeof(section), "%.*s", SLICE_ARG(c->key));
		in.section = section;
		walk(p, &in, c->value);
	} else if (r == NULL) {
		fault_unknown(p, at, c);
	}
}

static void walk(struct parse *p, const struct place *at,
		 const struct yaml *map)
{
	const struct schema_row *brief = schema_short_form(
		at->scope, slice_of(at->section));

	if (map->kind == YAML_SCALAR && brief != NULL) {
		set_one(p, at, brief, (struct slice){0}, map);
		return;
	}
	if (map->kind == YAML_NULL)
		return;
	if (map->kind != YAML_MAP) {
		fault_here(p, at, map->line, (struct slice){0},
			   "must be keys and values");
		return;
	}
	for (const struct yaml_child *c = map->child; c != NULL; c = c->next)
		take_pair(p, at, c);
}

static void preset(enum schema_scope scope, void *owner)
{
	size_t n;
	const struct schema_row *row = schema_rows(scope, &n);

	for (size_t i = 0; i < n; i++)
		value_preset(&row[i], owner);
}

static void require(struct parse *p, const struct place *at,
		    const struct yaml *map)
{
	size_t n;
	const struct schema_row *row = schema_rows(at->scope, &n);

	for (size_t i = 0; i < n; i++) {
		const struct schema_row *r = &row[i];

		if (!(r->flags & SCHEMA_REQUIRED) ||
		    yaml_find(map, slice_of(r->key)) != NULL)
			continue;
		if (map->kind == YAML_SCALAR && r->type == SCHEMA_TEXT)
			continue; /* the short form */
		parse_fault(p, map, at->path, r->key, "must be written: %s",
			    r->help);
	}
}

static void take_mapping(struct parse *p, const struct place *at,
			 const struct yaml *map)
{
	preset(at->scope, at->owner);
	walk(p, at, map);
	require(p, at, map);
}

void parse_mapping(struct parse *p, enum schema_scope scope, void *owner,
		   const char *path, const struct yaml *map)
{
	struct place at = {scope, owner, path, ""};

	take_mapping(p, &at, map);
}

/* --- lists of mappings ---------------------------------------------- */

static size_t count_items(struct parse *p, const struct place *at,
			  const struct yaml *map, struct slice key)
{
	const struct yaml_child *c = yaml_find(map, key);

	if (c == NULL)
		return 0;
	if (c->value->kind != YAML_LIST || c->value->n == 0)
		fault_here(p, at, c->line, key,
			   "must be a list of at least one");
	else if (c->value->n > SCHEMA_MAX_ITEMS)
		fault_here(p, at, c->line, key, "more than 1024 items");
	else
		return c->value->n;
	return 0;
}

const struct yaml *parse_item(const struct yaml *map, struct slice key,
			      size_t i)
{
	const struct yaml_child *c = yaml_find(map, key);

	if (c == NULL || c->value->kind != YAML_LIST)
		return NULL;
	for (c = c->value->child; c != NULL && i > 0; c = c->next)
		i--;
	return c != NULL ? c->value : NULL;
}

void parse_worker(struct parse *p, const char *path, struct conf_worker *w,
		  const struct yaml *common, const struct yaml *node)
{
	struct place at = {SCHEMA_WORKER, w, path, ""};
	struct url_parts parts;
	struct error err = {0};

	w->line = node->line;
	preset(at.scope, w);
	if (common != NULL)
		walk(p, &at, common);
	walk(p, &at, node);
	require(p, &at, node);
	if (w->url == NULL)
		return;
	if (url_parse(w->url, p->numeric, &parts, &err) != OK) {
		parse_fault(p, node, path, "url", "%s", err.text);
		return;
	}
	w->host = parts.host;
	w->addr = parts.addr;
	w->secure = parts.secure;
	if (w->name == NULL)
		w->name = mem_strdup(w->host);
	transfer_complete(p, node, path, w, parts.server_name);
	if (w->secure && w->tls.server_name == NULL)
		w->tls.server_name = parts.server_name;
	else
		mem_free(parts.server_name);
}

static void take_discover(struct parse *p, const char *path,
			  struct conf_model *m, const struct yaml *node)
{
	const struct yaml_child *c = yaml_find(node, SLICE("discover"));
	char below[MAX_PATH + 64];
	struct place at = {SCHEMA_DISCOVER, &m->discover, below, ""};

	if (c == NULL || c->value->kind == YAML_NULL)
		return;
	snprintf(below, sizeof(below), "%sdiscover.", path);
	m->discover.line = c->line;
	take_mapping(p, &at, c->value);
}

/* No key, nothing behind it, or []. */
static bool names_nobody(const struct yaml *node)
{
	const struct yaml_child *c = yaml_find(node, SLICE("workers"));

	return c == NULL || c->value->kind == YAML_NULL ||
	       (c->value->kind == YAML_LIST && c->value->n == 0);
}

static size_t count_workers(struct parse *p, const struct place *at,
			    const struct conf_model *m, const struct yaml *node)
{
	if (conf_discovers(m) && names_nobody(node))
		return 0;
	if (yaml_find(node, SLICE("workers")) == NULL)
		parse_fault(p, node, at->path, "workers", "must be written: %s",
			    schema_find(SCHEMA_MODEL, SLICE("workers"))->help);
	return count_items(p, at, node, SLICE("workers"));
}

static void take_model(struct parse *p, const char *path, struct conf_model *m,
		       const struct yaml *node)
{
	struct place at = {SCHEMA_MODEL, m, path, ""};
	char below[MAX_PATH + 64];
	size_t n;

	m->line = node->line;
	m->policy = p->conf->policy;
	m->policy_options = p->conf->policy_options;
	take_mapping(p, &at, node);
	take_discover(p, path, m, node);
	n = count_workers(p, &at, m, node);
	m->worker = mem_zalloc(n * sizeof(struct conf_worker) + 1);
	for (; m->n_workers < n; m->n_workers++) {
		size_t i = m->n_workers;

		snprintf(below, sizeof(below), "%sworkers[%zu].", path, i);
		parse_worker(p, below, &m->worker[i], NULL,
			     parse_item(node, SLICE("workers"), i));
	}
}

static void take_models(struct parse *p, const struct place *at)
{
	size_t n = count_items(p, at, p->root, SLICE("models"));
	char path[MAX_PATH];

	p->conf->model = mem_zalloc(n * sizeof(struct conf_model) + 1);
	for (; p->conf->n_models < n; p->conf->n_models++) {
		size_t i = p->conf->n_models;

		snprintf(path, sizeof(path), "models[%zu].", i);
		take_model(p, path, &p->conf->model[i],
			   parse_item(p->root, SLICE("models"), i));
	}
}

/* --- settings that go over the file --------------------------------- */

static enum status set_over(struct parse *p, const struct conf_setting *s,
			    struct error *err)
{
	const struct schema_row *r = schema_find(SCHEMA_TOP, slice_of(s->key));

	if (r == NULL)
		return error_set(err, ERR_INVALID, "no such key");
	if (r->type >= SCHEMA_MODELS)
		return error_set(err, ERR_INVALID,
				 "is not a single value: it needs a file");
	return value_set(r, p->conf, slice_of(s->text), p->numeric, err);
}

/* What the file has in a list that is given elsewhere, goes. */
static void clear_lists(struct parse *p)
{
	for (size_t i = 0; i < p->over.n; i++) {
		const char *key = p->over.setting[i].key;
		const struct schema_row *r = schema_find(SCHEMA_TOP,
							 slice_of(key));

		if (r != NULL && value_is_list(r))
			value_clear(r, p->conf);
	}
}

static void take_settings(struct parse *p)
{
	struct error err = {0};

	clear_lists(p);
	for (size_t i = 0; i < p->over.n; i++) {
		const struct conf_setting *s = &p->over.setting[i];

		if (set_over(p, s, &err) != OK)
			fault_add(p->faults, s->from, 0, s->key, "%s",
				  err.text);
	}
}

static void take_all(struct parse *p)
{
	struct place at = {SCHEMA_TOP, p->conf, "", ""};

	take_mapping(p, &at, p->root);
	take_settings(p);
	take_models(p, &at);
	check_all(p);
}

static struct conf *parse_text(struct parse p, struct slice yaml)
{
	size_t before = p.faults->n, line = 0;
	struct error err = {0};
	struct arena arena;

	arena_init(&arena);
	p.conf = mem_zalloc(sizeof(*p.conf));
	ref_init(&p.conf->ref);
	p.conf->file = mem_strdup(p.file);
	if (yaml_parse(yaml, &arena, &p.root, &line, &err) == OK)
		take_all(&p);
	else
		fault_add(p.faults, p.file, line, "", "%s", err.text);
	arena_fini(&arena);
	if (p.faults->n > before)
		conf_unref(&p.conf);
	return p.conf;
}

struct conf *parse_with_settings(struct slice yaml, const char *file,
				 struct conf_settings over,
				 struct conf_faults *faults)
{
	struct parse p = {.file = file, .faults = faults, .over = over};

	return parse_text(p, yaml);
}

struct conf *conf_parse(struct slice yaml, const char *file,
			struct conf_faults *faults)
{
	return parse_with_settings(yaml, file, (struct conf_settings){0},
				   faults);
}

struct conf *conf_parse_numeric(struct slice yaml, const char *file,
				struct conf_faults *faults)
{
	struct parse p = {.file = file, .faults = faults, .numeric = true};

	return parse_text(p, yaml);
}
