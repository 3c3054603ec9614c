/* What no key of discover can tell by itself. */
#include "router/conf/discover.h"
#include "router/conf/parse.h"
#include "router/conf/workers.h"

/* As many as /etc/resolv.conf may name. */
#define MAX_DNS_SERVERS 3

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

static void check_kubernetes(struct parse *p, const struct yaml *node,
			     const char *path, const struct conf_kubernetes *k)
{
	size_t n = (k->service != NULL) + (k->pool != NULL) +
		   (k->selector != NULL);

	if (n > 1)
		parse_fault(p, node, path, "discover.kubernetes",
			    "of service, pool and selector only one can be "
			    "meant");
	if (k->pool != NULL && k->port != NULL)
		parse_fault(p, node, path, "discover.kubernetes.port",
			    "is what the pool's targetPorts say");
}

static void check_dns(struct parse *p, const struct yaml *node,
		      const char *path, const struct conf_dns *d)
{
	if (d->type != CONF_DNS_SRV && d->port == 0)
		parse_fault(p, node, path, "discover.dns.port",
			    "must be written, unless dns.type is srv");
	if (d->type == CONF_DNS_SRV && d->port != 0)
		parse_fault(p, node, path, "discover.dns.port",
			    "is what SRV records say");
	if (d->n_servers > MAX_DNS_SERVERS)
		parse_fault(p, node, path, "discover.dns.servers",
			    "more than %d", MAX_DNS_SERVERS);
	for (size_t i = 0; i < d->n_servers; i++)
		if (d->server[i].sa.ss_family != AF_INET)
			parse_fault(p, node, path, "discover.dns.servers",
				    "must be IPv4 addresses; others can stand "
				    "in /etc/resolv.conf");
	if (d->min_ttl_ms > d->max_ttl_ms)
		parse_fault(p, node, path, "discover.dns.min_ttl",
			    "must not be above dns.max_ttl");
}

/* A section without the key that names what is looked for would do nothing. */
static void check_sections(struct parse *p, const struct yaml *node,
			   const char *path, const struct conf_discover *d,
			   const struct yaml *written)
{
	if (yaml_find(written, SLICE("kubernetes")) != NULL &&
	    !conf_uses_kubernetes(d))
		parse_fault(p, node, path, "discover.kubernetes",
			    "needs service, pool or selector");
	if (yaml_find(written, SLICE("dns")) != NULL && d->dns.name == NULL)
		parse_fault(p, node, path, "discover.dns", "needs name");
}

static void check_source(struct parse *p, const struct yaml *node,
			 const char *path, const struct conf_model *m,
			 const struct yaml *written)
{
	const struct conf_discover *d = &m->discover;
	int n = (d->file != NULL) + (d->dns.name != NULL) +
		conf_uses_kubernetes(d);
	size_t before = p->faults->n;

	/* The reference has every key, and no source. */
	if (n == 0 && m->n_workers == 0)
		check_sections(p, node, path, d, written);
	if (n == 0 && m->n_workers == 0 && p->faults->n == before)
		parse_fault(p, node, path, "discover",
			    "needs a source: file, dns or kubernetes");
	if (n > 1)
		parse_fault(p, node, path, "discover",
			    "of file, dns and kubernetes only one can be "
			    "meant");
	if (d->dns.name != NULL)
		check_dns(p, node, path, &d->dns);
	if (conf_uses_kubernetes(d))
		check_kubernetes(p, node, path, &d->kubernetes);
}

void check_discover(struct parse *p, const struct yaml *node, const char *path,
		    const struct conf_model *m)
{
	const struct conf_discover *d = &m->discover;
	const struct yaml_child *c = yaml_find(node, SLICE("discover"));

	if (d->line == 0)
		return;
	check_source(p, node, path, m, c->value);
	if (d->worker == NULL)
		return;
	c = yaml_find(c->value, SLICE("worker"));
	check_own_keys(p, node, path, c->value);
	check_common(p, node, path, m, c->value);
}
