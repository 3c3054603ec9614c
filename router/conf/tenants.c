#include "router/conf/tenants.h"

#include <ctype.h>
#include <stdio.h>

#include "common/base/file.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "router/conf/fault.h"
#include "router/conf/moment.h"
#include "router/conf/parse.h"
#include "router/conf/value.h"

#define KEY_PREFIX     "sha256:"
#define MAX_PATH       64
#define SECONDS_A_WEEK (7 * 86400.0)
/* A value or a few for each key of so many tenants. */
#define MAX_NODES ((size_t)4 << 20)
/* A file that is something else altogether is told of at some length. */
#define MAX_FAULTS 50

/* The tenants on their way from the file; names and keys that were seen
 * have their line as a value. */
struct reading {
	struct parse parse;
	struct conf_tenants *out;
	struct map names, keys;
};

/* The tenant under check. */
struct spot {
	struct reading *reading;
	struct conf_tenant *tenant;
	const struct yaml *node;
	const char *path; /* "tenants[3]." */
};

static void fault(struct spot *s, const char *key, const char *sentence)
{
	parse_fault(&s->reading->parse, s->node, s->path, key, "%s", sentence);
}

static void check_name(struct spot *s)
{
	struct conf_tenant *t = s->tenant;
	void *first;

	if (t->name == NULL)
		return;
	for (const char *c = t->name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("-_.", *c) == NULL) {
			fault(s, "name",
			      "may have letters, digits, -, _ and . alone");
			return;
		}
	/* Metrics put together under this name what is past their bound. */
	if (strcmp(t->name, "other") == 0)
		fault(s, "name", "must not be other, which metrics use");
	first = map_set(&s->reading->names, slice_of(t->name), (void *)t->line);
	if (first != NULL)
		parse_fault(&s->reading->parse, s->node, s->path, "name",
			    "the name '%s' stands twice, first in line %zu",
			    t->name, (size_t)first);
}

static enum status read_key(const char *text, uint8_t out[SHA256_BYTES])
{
	struct slice s = slice_of(text);

	if (!slice_starts(s, SLICE(KEY_PREFIX)))
		return ERR_INVALID;
	return sha256_parse(slice_from(s, strlen(KEY_PREFIX)), out);
}

/* What stands there may be a key by mistake: it is not told. */
static void check_keys(struct spot *s)
{
	struct conf_tenant *t = s->tenant;

	t->digest = mem_array(t->n_keys + 1, sizeof(*t->digest));
	for (size_t i = 0; i < t->n_keys; i++) {
		struct slice digest = {(const char *)t->digest[i],
				       SHA256_BYTES};
		void *first;

		if (read_key(t->key[i], t->digest[i]) != OK) {
			fault(s, "keys",
			      "must be sha256: and 64 hexadecimal digits, as "
			      "`warmpath hash-key` prints them");
			continue;
		}
		s->reading->out->n_keys++;
		first = map_set(&s->reading->keys, digest, (void *)t->line);
		if (first != NULL)
			parse_fault(&s->reading->parse, s->node, s->path,
				    "keys",
				    "key %zu stands twice, first with the "
				    "tenant in line %zu",
				    i + 1, (size_t)first);
	}
}

static void check_expiry(struct spot *s)
{
	struct conf_tenant *t = s->tenant;

	if (t->expires != NULL &&
	    moment_parse(slice_of(t->expires), &t->expires_us) != OK)
		fault(s, "expires",
		      "must be a day such as 2027-01-31 or a moment such as "
		      "2027-01-31T12:00:00Z");
}

/* Also what keeps the arithmetic of buckets within its bounds. */
static void check_rate(struct spot *s)
{
	struct conf_tenant *t = s->tenant;
	double rate = t->requests_per_second;

	if (t->burst > 0 && rate == 0)
		fault(s, "burst", "needs requests_per_second");
	else if (rate > 0 && (double)(t->burst + 1) / rate > SECONDS_A_WEEK)
		fault(s, "requests_per_second",
		      "is too low: the burst would take over a week to come "
		      "back");
}

static void take_tenant(struct reading *g, size_t i, const struct yaml *node)
{
	struct conf_tenant *t = &g->out->tenant[i];
	char path[MAX_PATH];
	struct spot s = {g, t, node, path};

	snprintf(path, sizeof(path), "tenants[%zu].", i);
	t->line = node->line;
	parse_mapping(&g->parse, SCHEMA_TENANT, t, path, node);
	check_name(&s);
	check_keys(&s);
	check_expiry(&s);
	check_rate(&s);
}

static void take_list(struct reading *g, const struct yaml_child *c)
{
	const struct yaml *list = c->value;
	struct conf_faults *faults = g->parse.faults;
	const char *sentence = NULL;

	if (list->kind != YAML_LIST || list->n == 0)
		sentence = "must be a list of at least one";
	else if (list->n > CONF_TENANTS_MAX)
		sentence = "more than 65536 items";
	if (sentence != NULL) {
		parse_fault(&g->parse, g->parse.root, "", "tenants", "%s",
			    sentence);
		return;
	}
	g->out->tenant = mem_zalloc(list->n * sizeof(*g->out->tenant));
	for (c = list->child; c != NULL; c = c->next) {
		take_tenant(g, g->out->n++, c->value);
		if (faults->n < MAX_FAULTS)
			continue;
		fault_add(faults, g->parse.file, c->line, "",
			  "here the reading was given up");
		return;
	}
}

static void take_all(struct reading *g)
{
	const struct yaml_child *list;

	map_init(&g->names);
	map_init(&g->keys);
	parse_mapping(&g->parse, SCHEMA_TENANTS, NULL, "", g->parse.root);
	list = yaml_find(g->parse.root, SLICE("tenants"));
	if (list != NULL)
		take_list(g, list);
	map_fini(&g->names);
	map_fini(&g->keys);
}

struct conf_tenants *conf_tenants_parse(struct slice yaml, const char *file,
					struct conf_faults *faults)
{
	static const struct yaml_bounds bounds = {CONF_TENANTS_MAX_BYTES,
						  MAX_NODES};
	struct reading g = {
		.parse = {.file = file, .faults = faults, .numeric = true}};
	size_t before = faults->n, line = 0;
	struct error err = {0};
	struct arena arena;

	arena_init(&arena);
	g.out = mem_zalloc(sizeof(*g.out));
	ref_init(&g.out->ref);
	g.out->file = mem_strdup(file);
	if (yaml_parse_within(yaml, &bounds, &arena, &g.parse.root, &line,
			      &err) == OK)
		take_all(&g);
	else
		fault_add(faults, file, line, "", "%s", err.text);
	arena_fini(&arena);
	if (faults->n > before)
		conf_tenants_unref(&g.out);
	return g.out;
}

struct conf_tenants *conf_tenants_load(const char *file,
				       struct conf_faults *faults)
{
	/* What changes while it is read is read again. */
	struct conf_stamp stamp = conf_stamp_of(file);
	struct conf_tenants *t = NULL;
	struct error err = {0};
	struct buf text = {0};

	if (file_read(file, CONF_TENANTS_MAX_BYTES, &text, &err) == OK)
		t = conf_tenants_parse(buf_slice(&text), file, faults);
	else
		fault_add(faults, "tenants", 0, "", "%s", err.text);
	buf_fini(&text);
	if (t != NULL)
		t->stamp = stamp;
	return t;
}

struct conf_tenants *conf_tenants_ref(struct conf_tenants *t)
{
	ref_hold(&t->ref);
	return t;
}

static void tenant_clear(struct conf_tenant *t)
{
	for (size_t i = 0; i < schema_tenant_n; i++)
		value_clear(&schema_tenant_row[i], t);
	mem_free(t->digest);
}

void conf_tenants_unref(struct conf_tenants **t)
{
	struct conf_tenants *gone = *t;

	*t = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	for (size_t i = 0; i < gone->n; i++)
		tenant_clear(&gone->tenant[i]);
	mem_free(gone->tenant);
	mem_free(gone->file);
	mem_free(gone);
}
