#include "router/tenant/tenant.h"

#include <math.h>

#include "common/base/mem.h"

#define SECOND_NS 1000000000ull

static struct tenant_meter *meter_create(void)
{
	struct tenant_meter *m = mem_zalloc(sizeof(*m));

	ref_init(&m->ref);
	return m;
}

static struct tenant_meter *meter_of(const struct tenants *old,
				     const char *name)
{
	struct tenant *was = NULL;

	if (old != NULL)
		was = tenants_find(old, slice_of(name));
	if (was == NULL)
		return meter_create();
	ref_hold(&was->meter->ref);
	return was->meter;
}

static struct bucket_rate rate_of_requests(const struct conf_tenant *c)
{
	double rate = c->requests_per_second;
	uint64_t burst = c->burst;

	if (rate == 0)
		return (struct bucket_rate){0};
	if (burst == 0)
		burst = rate > 1 ? (uint64_t)ceil(rate) : 1;
	return (struct bucket_rate){
		burst, (uint64_t)((double)burst * SECOND_NS / rate)};
}

static struct bucket_rate rate_of_tokens(const struct conf_tenant *c)
{
	return (struct bucket_rate){c->tokens_per_minute, 60 * SECOND_NS};
}

static void take_models(struct tenant *t, const struct conf_tenant *c)
{
	t->model = mem_array(c->n_models + 1, sizeof(*t->model));
	for (size_t i = 0; i < c->n_models; i++) {
		t->all_models |= strcmp(c->model[i], "*") == 0;
		t->model[t->n_models++] = mem_strdup(c->model[i]);
	}
}

static struct tenant *tenant_create(const struct conf *conf,
				    const struct conf_tenant *c,
				    const struct tenants *old)
{
	const struct conf_tenancy *all = &conf->tenants;
	struct tenant *t = mem_zalloc(sizeof(*t));

	ref_init(&t->ref);
	t->name = mem_strdup(c->name);
	t->label = "other";
	t->meter = meter_of(old, c->name);
	take_models(t, c);
	t->disabled = c->disabled;
	t->forward_priority = all->forward_priority;
	t->priority = (uint8_t)c->priority;
	t->salting = all->cache_salt;
	t->expires_us = c->expires_us;
	t->requests = rate_of_requests(c);
	t->tokens = rate_of_tokens(c);
	t->max_streams = (unsigned)c->max_streams;
	if (t->salting != CONF_SALT_OFF)
		salt_of_tenant(buf_slice(&all->salt_secret), slice_of(t->name),
			       &t->salt);
	return t;
}

struct tenants *tenants_create(const struct conf *conf,
			       struct conf_tenants *list,
			       const struct tenants *old)
{
	struct tenants *t = mem_zalloc(sizeof(*t));

	ref_init(&t->ref);
	t->list = conf_tenants_ref(list);
	t->tenant = mem_array(list->n + 1, sizeof(*t->tenant));
	key_table_init(&t->keys, list->n_keys);
	map_init(&t->by_name);
	for (size_t i = 0; i < list->n; i++) {
		const struct conf_tenant *c = &list->tenant[i];
		struct tenant *made = tenant_create(conf, c, old);

		if (i < TENANT_LABELS)
			made->label = made->name;
		for (size_t k = 0; k < c->n_keys; k++)
			key_table_add(&t->keys, c->digest[k], i);
		map_set(&t->by_name, slice_of(made->name), made);
		t->tenant[t->n++] = made;
	}
	return t;
}

struct tenants *tenants_ref(struct tenants *t)
{
	ref_hold(&t->ref);
	return t;
}

void tenants_unref(struct tenants **t)
{
	struct tenants *gone = *t;

	*t = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	for (size_t i = 0; i < gone->n; i++)
		tenant_unref(&gone->tenant[i]);
	mem_free(gone->tenant);
	key_table_fini(&gone->keys);
	map_fini(&gone->by_name);
	conf_tenants_unref(&gone->list);
	mem_free(gone);
}

const char *tenant_refusal_name(enum tenant_refusal r)
{
	static const char *const name[] = {
		[TENANT_ADMITTED] = "admitted",
		[TENANT_NO_KEY] = "no_key",
		[TENANT_UNKNOWN_KEY] = "unknown_key",
		[TENANT_EXPIRED] = "expired",
		[TENANT_DISABLED] = "disabled",
	};

	return name[r];
}

struct tenant *tenants_admit(const struct tenants *t, struct key_memo *memo,
			     struct slice key, uint64_t wall_us,
			     enum tenant_refusal *why)
{
	size_t at = key_table_find(&t->keys, memo, key);
	struct tenant *found;

	*why = key.p == NULL ? TENANT_NO_KEY : TENANT_UNKNOWN_KEY;
	if (at == KEY_NOBODY)
		return NULL;
	found = t->tenant[at];
	*why = TENANT_ADMITTED;
	if (found->disabled)
		*why = TENANT_DISABLED;
	else if (found->expires_us != 0 && wall_us >= found->expires_us)
		*why = TENANT_EXPIRED;
	return *why == TENANT_ADMITTED ? tenant_ref(found) : NULL;
}

struct tenant *tenants_find(const struct tenants *t, struct slice name)
{
	return map_find(&t->by_name, name);
}

struct tenant *tenant_ref(struct tenant *t)
{
	ref_hold(&t->ref);
	return t;
}

void tenant_unref(struct tenant **t)
{
	struct tenant *gone = *t;

	*t = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	if (ref_drop(&gone->meter->ref))
		mem_free(gone->meter);
	for (size_t i = 0; i < gone->n_models; i++)
		mem_free(gone->model[i]);
	mem_free(gone->model);
	mem_free(gone->name);
	mem_free(gone);
}

bool tenant_may_call(const struct tenant *t, struct slice model)
{
	if (t->all_models)
		return true;
	for (size_t i = 0; i < t->n_models; i++)
		if (slice_equal(slice_of(t->model[i]), model))
			return true;
	return false;
}
