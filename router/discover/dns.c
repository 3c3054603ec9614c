/* Workers that DNS tells of: the addresses of a name at one port, or what
 * its SRV records name. It is asked again when the first record's time is
 * over. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "router/discover/dns_lookup.h"
#include "router/discover/kinds.h"

#define MAX_TARGETS 256

struct dns {
	struct finder *finder;
	struct timer timer;
	uint64_t wait_ms; /* after a failure */
};

/* What one round has brought together. */
struct round {
	const struct conf_dns *conf;
	char **url; /* on the heap */
	size_t n;
	uint32_t ttl_s;
	struct error err;
};

/* --- addresses --------------------------------------------------------- */

static void add_url(struct round *r, const struct dns_record *a,
		    enum dns_type type, unsigned port)
{
	int family = type == DNS_A ? AF_INET : AF_INET6;
	const char *scheme = r->conf->secure ? "https" : "http";
	char host[INET6_ADDRSTRLEN];
	struct buf text = {0};

	inet_ntop(family, a->address, host, sizeof(host));
	buf_printf(&text, type == DNS_A ? "%s://%s:%u" : "%s://[%s]:%u", scheme,
		   host, port);
	r->url = mem_realloc(r->url, (r->n + 1) * sizeof(*r->url));
	r->url[r->n++] = mem_strndup(buf_slice(&text).p, buf_len(&text));
	buf_fini(&text);
}

static void heed_ttl(struct round *r, uint32_t ttl_s)
{
	if (ttl_s < r->ttl_s)
		r->ttl_s = ttl_s;
}

static enum status look_up(struct round *r, const char *name,
			   enum dns_type type, struct dns_answer *out)
{
	return dns_lookup(name, type, r->conf->server, r->conf->n_servers, out,
			  &r->err);
}

static enum status add_addresses(struct round *r, const char *name,
				 enum dns_type type, unsigned port, size_t *n)
{
	struct dns_answer a;
	enum status st = look_up(r, name, type, &a);

	if (st != OK)
		return st;
	*n = a.n;
	for (size_t i = 0; i < a.n; i++)
		add_url(r, &a.record[i], type, port);
	if (a.n > 0)
		heed_ttl(r, a.ttl_s);
	dns_answer_clear(&a);
	return OK;
}

/* --- SRV --------------------------------------------------------------- */

/* The lowest number is who is meant; the others stand in for those, which
 * health checks do here. */
static unsigned first_priority(const struct dns_answer *a)
{
	unsigned first = UINT16_MAX;

	for (size_t i = 0; i < a->n; i++)
		if (a->record[i].priority < first)
			first = a->record[i].priority;
	return first;
}

/* By IPv4, or where there is none by IPv6. */
static enum status add_target(struct round *r, const struct dns_record *srv)
{
	size_t n = 0;
	enum status st = add_addresses(r, srv->target, DNS_A, srv->port, &n);

	if (st == OK && n == 0)
		st = add_addresses(r, srv->target, DNS_AAAA, srv->port, &n);
	return st;
}

static enum status add_targets(struct round *r)
{
	struct dns_answer a;
	enum status st = look_up(r, r->conf->name, DNS_SRV, &a);
	unsigned priority;

	if (st != OK)
		return st;
	priority = first_priority(&a);
	if (a.n > MAX_TARGETS)
		st = error_set(&r->err, ERR_LIMIT, "more than %d targets",
			       MAX_TARGETS);
	for (size_t i = 0; st == OK && i < a.n; i++)
		if (a.record[i].priority == priority && a.record[i].port != 0)
			st = add_target(r, &a.record[i]);
	if (a.n > 0)
		heed_ttl(r, a.ttl_s);
	dns_answer_clear(&a);
	return st;
}

/* --- a round ------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Servers turn the order about; an address may stand twice. */
static void print(struct round *r, struct buf *out)
{
	size_t told = 0;

	if (r->n > 0)
		qsort(r->url, r->n, sizeof(*r->url), by_text);
	buf_putc(out, '[');
	for (size_t i = 0; i < r->n; i++) {
		if (i > 0 && strcmp(r->url[i], r->url[i - 1]) == 0)
			continue;
		buf_printf(out, "%s\n\"%s\"", told++ > 0 ? "," : "", r->url[i]);
	}
	buf_puts(out, "]\n");
}

static enum status gather(struct round *r)
{
	static const enum dns_type type[] = {
		[CONF_DNS_A] = DNS_A, [CONF_DNS_AAAA] = DNS_AAAA};
	size_t n;

	if (r->conf->type == CONF_DNS_SRV)
		return add_targets(r);
	return add_addresses(r, r->conf->name, type[r->conf->type],
			     (unsigned)r->conf->port, &n);
}

/* As long as the records hold, within bounds. */
static uint64_t time_to_wait(const struct round *r)
{
	uint64_t ms = (uint64_t)r->ttl_s * 1000;

	if (ms < r->conf->min_ttl_ms)
		return r->conf->min_ttl_ms;
	return ms < r->conf->max_ttl_ms ? ms : r->conf->max_ttl_ms;
}

static void ask(void *arg)
{
	struct dns *d = arg;
	struct round r = {.conf = &finder_conf(d->finder)->dns,
			  .ttl_s = UINT32_MAX};
	struct buf text = {0};

	if (gather(&r) == OK) {
		d->wait_ms = r.conf->min_ttl_ms;
		timer_set(&d->timer, time_to_wait(&r));
		print(&r, &text);
		finder_take(d->finder, buf_slice(&text));
	} else {
		/* Twice as long each time. */
		timer_set(&d->timer, d->wait_ms);
		d->wait_ms = 2 * d->wait_ms < r.conf->max_ttl_ms
				     ? 2 * d->wait_ms
				     : r.conf->max_ttl_ms;
		finder_fail(d->finder, "%s", r.err.text);
	}
	buf_fini(&text);
	for (size_t i = 0; i < r.n; i++)
		mem_free(r.url[i]);
	mem_free(r.url);
}

/* --- its life ------------------------------------------------------------ */

static void *start(struct finder *f)
{
	struct dns *d = mem_zalloc(sizeof(*d));

	d->finder = f;
	d->wait_ms = finder_conf(f)->dns.min_ttl_ms;
	timer_init(&d->timer, finder_loop(f), ask, d);
	timer_set(&d->timer, 0);
	return d;
}

static void stop(void *own)
{
	struct dns *d = own;

	timer_fini(&d->timer);
	mem_free(d);
}

const struct finder_type kinds_dns = {
	.name = "dns",
	.lenient = true,
	.start = start,
	.stop = stop,
};
