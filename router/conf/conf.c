#include "router/conf/conf.h"

#include "common/base/file.h"
#include "common/base/mem.h"
#include "router/conf/fault.h"
#include "router/conf/parse.h"
#include "router/conf/tenants.h"
#include "router/conf/value.h"

/* Of what salts are derived from. */
#define MIN_SECRET_BYTES 16
#define MAX_SECRET_BYTES 4096

static void clear(enum schema_scope scope, void *owner)
{
	size_t n;
	const struct schema_row *row = schema_rows(scope, &n);

	for (size_t i = 0; i < n; i++)
		value_clear(&row[i], owner);
}

void parse_worker_clear(struct conf_worker *w)
{
	clear(SCHEMA_WORKER, w);
	mem_free(w->host);
	w->host = NULL;
}

static void conf_free(struct conf *c)
{
	for (size_t i = 0; i < c->n_models; i++) {
		struct conf_model *m = &c->model[i];

		for (size_t j = 0; j < m->n_workers; j++)
			parse_worker_clear(&m->worker[j]);
		mem_free(m->worker);
		clear(SCHEMA_DISCOVER, &m->discover);
		clear(SCHEMA_MODEL, m);
	}
	mem_free(c->model);
	conf_tenants_unref(&c->tenants.list);
	buf_fini(&c->tenants.salt_secret);
	clear(SCHEMA_TOP, c);
	mem_free(c->file);
	mem_free(c);
}

static void load_secret(struct conf *c, struct conf_faults *faults)
{
	struct conf_tenancy *t = &c->tenants;
	struct error err = {0};

	if (t->cache_salt == CONF_SALT_OFF)
		return;
	if (file_read(t->salt_secret_file, MAX_SECRET_BYTES, &t->salt_secret,
		      &err) != OK)
		fault_add(faults, c->file, 0, "tenants.salt_secret_file", "%s",
			  err.text);
	else if (buf_len(&t->salt_secret) < MIN_SECRET_BYTES)
		fault_add(faults, c->file, 0, "tenants.salt_secret_file",
			  "%s has %zu bytes; %d or more cannot be guessed",
			  t->salt_secret_file, buf_len(&t->salt_secret),
			  MIN_SECRET_BYTES);
}

/* What the other files of tenants have; NULL if they are faulty. */
static struct conf *load_tenancy(struct conf *c, struct conf_faults *faults)
{
	size_t before = faults->n;

	if (c->tenants.file == NULL)
		return c;
	c->tenants.list = conf_tenants_load(c->tenants.file, faults);
	load_secret(c, faults);
	if (faults->n > before)
		conf_unref(&c);
	return c;
}

struct conf *conf_load_text(struct slice yaml, const char *name,
			    struct conf_settings over,
			    struct conf_faults *faults)
{
	struct conf *c = parse_with_settings(yaml, name, over, faults);

	if (c != NULL)
		c = load_tenancy(c, faults);
	if (c != NULL)
		check_doubts(c);
	return c;
}

struct conf *conf_load(const char *file, struct conf_settings over,
		       struct conf_faults *faults)
{
	struct conf *c = NULL;
	struct error err = {0};
	struct buf text;

	buf_init(&text);
	if (file_read(file, YAML_MAX_BYTES, &text, &err) == OK)
		c = conf_load_text(buf_slice(&text), file, over, faults);
	else
		fault_add(faults, "config", 0, "", "%s", err.text);
	buf_fini(&text);
	return c;
}

struct conf *conf_ref(struct conf *c)
{
	ref_hold(&c->ref);
	return c;
}

void conf_unref(struct conf **c)
{
	struct conf *gone = *c;

	*c = NULL;
	if (gone != NULL && ref_drop(&gone->ref))
		conf_free(gone);
}
