#include "router/fleet/tls.h"

#include "common/base/mem.h"
#include "router/conf/tls.h"

static enum status say_whose(struct error *err, const char *whose,
			     const struct error *why)
{
	return error_set(err, why->status, "%s: %s", whose, why->text);
}

static enum status load_own(struct fleet *f, const struct fleet *old,
			    struct error *err)
{
	struct tls_options clients = conf_tls_of_clients(f->conf);
	struct tls_options admin = conf_tls_of_admin(f->conf);
	struct error why = {0};

	if (conf_has_tls(f->conf)) {
		f->tls_clients = tls_context_create(
			&clients, old != NULL ? old->tls_clients : NULL, &why);
		if (f->tls_clients == NULL)
			return say_whose(err, "tls", &why);
	}
	if (conf_has_admin_tls(f->conf)) {
		f->tls_admin = tls_context_create(
			&admin, old != NULL ? old->tls_admin : NULL, &why);
		if (f->tls_admin == NULL)
			return say_whose(err, "admin_tls", &why);
	}
	return OK;
}

static enum status load_one(struct fleet *f, size_t i, struct error *err)
{
	const struct conf_worker *c = f->worker_conf[i];
	struct worker *w = f->worker[i];
	struct tls_options o = conf_tls_of_worker(c);
	struct tls_context *now = tls_slot_get(&w->tls);
	struct error why = {0};

	if (!c->secure)
		return OK;
	f->worker_tls[i] = tls_context_create(&o, now, &why);
	if (now == NULL)
		tls_slot_put(&w->tls, f->worker_tls[i]);
	tls_context_unref(&now);
	return f->worker_tls[i] != NULL ? OK : say_whose(err, w->name, &why);
}

enum status fleet_tls_load(struct fleet *f, const struct fleet *old,
			   struct error *err)
{
	enum status st = load_own(f, old, err);

	f->worker_tls = mem_zalloc((f->n_workers + 1) *
				   sizeof(struct tls_context *));
	for (size_t i = 0; st == OK && i < f->n_workers; i++)
		st = load_one(f, i, err);
	return st;
}

void fleet_tls_put(struct fleet *f)
{
	for (size_t i = 0; i < f->n_workers; i++)
		if (f->worker_tls[i] != NULL)
			tls_slot_put(&f->worker[i]->tls, f->worker_tls[i]);
}

void fleet_tls_unload(struct fleet *f)
{
	tls_context_unref(&f->tls_clients);
	tls_context_unref(&f->tls_admin);
	for (size_t i = 0; f->worker_tls != NULL && i < f->n_workers; i++)
		tls_context_unref(&f->worker_tls[i]);
	mem_free(f->worker_tls);
}
