#include "router/conf/tls.h"

bool conf_has_tls(const struct conf *c)
{
	return c->n_tls_listen > 0;
}

bool conf_has_admin_tls(const struct conf *c)
{
	return c->admin_tls.certificate != NULL;
}

static struct tls_options options(enum tls_side side, const struct conf_tls *t)
{
	return (struct tls_options){
		.side = side,
		.certificate = t->certificate,
		.key = t->key,
		.others = (const char *const *)t->other,
		.n_others = t->n_others,
		.ca = t->ca,
		.name = t->server_name,
		.insecure = t->insecure,
		.only_tls_13 = t->min_version == CONF_TLS_1_3,
	};
}

struct tls_options conf_tls_of_clients(const struct conf *c)
{
	struct tls_options o = options(TLS_CLIENTS, &c->tls);

	o.http2 = c->http2.enabled;
	return o;
}

struct tls_options conf_tls_of_admin(const struct conf *c)
{
	return options(TLS_ADMIN, &c->admin_tls);
}

struct tls_options conf_tls_of_worker(const struct conf_worker *w)
{
	return options(TLS_WORKERS, &w->tls);
}

static uint64_t mix(uint64_t stamp, const struct tls_options *o)
{
	return (stamp ^ tls_stamp(o)) * UINT64_C(0x100000001b3);
}

static uint64_t mix_workers(uint64_t stamp, const struct conf_worker *w,
			    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tls_options o = conf_tls_of_worker(&w[i]);

		if (w[i].secure)
			stamp = mix(stamp, &o);
	}
	return stamp;
}

uint64_t conf_tls_stamp(const struct conf *c, struct conf_workers *const *found)
{
	struct tls_options clients = conf_tls_of_clients(c);
	struct tls_options admin = conf_tls_of_admin(c);
	uint64_t stamp = 0;

	if (conf_has_tls(c))
		stamp = mix(stamp, &clients);
	if (conf_has_admin_tls(c))
		stamp = mix(stamp, &admin);
	for (size_t i = 0; i < c->n_models; i++)
		stamp = mix_workers(stamp, c->model[i].worker,
				    c->model[i].n_workers);
	for (size_t i = 0; found != NULL && i < c->n_models; i++)
		if (found[i] != NULL)
			stamp = mix_workers(stamp, found[i]->worker,
					    found[i]->n);
	return stamp;
}
