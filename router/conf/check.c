#include "router/conf/parse.h"

#include "common/base/map.h"
#include "common/base/mem.h"
#include "router/conf/url.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_PATH 256
/* Uvicorn, under vLLM, closes what has been idle for this long. */
#define WORKER_IDLE_MS 5000

/* A mapping under check: its node and where it stands. */
struct spot {
	struct parse *p;
	const struct yaml *node;
	char path[MAX_PATH]; /* "models[0].workers[1]." */
};

/* Who has a name already: the line of each is its value, plus one. */
static void take_name(struct spot *s, struct map *names, const char *key,
		      const char *name, const char *what)
{
	size_t line;
	void *old;

	if (name == NULL)
		return;
	old = map_find(names, slice_of(name));
	if (old != NULL) {
		parse_fault(s->p, s->node, s->path, key,
			    "%s '%s' stands twice, first in line %zu", what,
			    name, (size_t)old - 1);
		return;
	}
	line = s->node->line;
	map_set(names, slice_of(name), (void *)(line + 1));
}

/* --- addresses ------------------------------------------------------ */

static bool is_any(const struct addr *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->sa;
	const struct sockaddr_in6 *v6 = (const void *)&a->sa;

	if (a->sa.ss_family == AF_INET)
		return v4->sin_addr.s_addr == INADDR_ANY;
	return a->sa.ss_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
}

static bool same_text(const struct addr *a, const struct addr *b)
{
	char x[ADDR_TEXT_BYTES], y[ADDR_TEXT_BYTES];

	return strcmp(addr_text(a, x), addr_text(b, y)) == 0;
}

/* Could not both be listened on. Port 0 is another one each time. */
static bool collide(const struct addr *a, const struct addr *b)
{
	if (a->n == 0 || b->n == 0)
		return false;
	if (a->sa.ss_family == AF_UNIX || b->sa.ss_family == AF_UNIX)
		return same_text(a, b);
	if (addr_port(a) == 0 || addr_port(a) != addr_port(b))
		return false;
	return is_any(a) || is_any(b) || same_text(a, b);
}

/* Of listen first, then of tls.listen. */
static const struct addr *listened(const struct conf *c, size_t i)
{
	return i < c->n_listen ? &c->listen[i]
			       : &c->tls_listen[i - c->n_listen];
}

static void check_listen(struct parse *p)
{
	const struct conf *c = p->conf;
	char text[ADDR_TEXT_BYTES];

	for (size_t i = 0; i < c->n_listen + c->n_tls_listen; i++) {
		const struct addr *a = listened(c, i);
		const char *key = i < c->n_listen ? "listen" : "tls.listen";

		if (collide(a, &c->admin))
			parse_fault(p, p->root, "", "admin",
				    "must not be what %s takes already, %s",
				    key, addr_text(a, text));
		for (size_t j = 0; j < i; j++)
			if (collide(a, listened(c, j)))
				parse_fault(p, p->root, "", key,
					    "%s is taken twice",
					    addr_text(a, text));
	}
}

/* --- workers -------------------------------------------------------- */

struct check_seen {
	struct map names, addrs, endpoints, models;
};

static void check_endpoints(struct spot *s, struct check_seen *seen,
			    const struct conf_worker *w)
{
	const char *const key[] = {"events", "replay"};
	const char *const endpoint[] = {w->events, w->replay};
	struct error err = {0};

	for (size_t i = 0; i < 2; i++) {
		if (endpoint[i] == NULL)
			continue;
		if (url_check_endpoint(endpoint[i], w->data_parallel, &err) !=
		    OK)
			parse_fault(s->p, s->node, s->path, key[i], "%s",
				    err.text);
		else
			take_name(s, &seen->endpoints, key[i], endpoint[i],
				  "the endpoint");
	}
	if (w->replay != NULL && w->events == NULL)
		parse_fault(s->p, s->node, s->path, "replay",
			    "needs events to know what was missed");
}

/* What is fetched is found by its hash: by one that all compute alike. */
static void check_peer(struct spot *s, struct check_seen *seen,
		       const struct conf_model *m, const struct conf_worker *w)
{
	struct url_peer peer;
	struct error err = {0};

	if (w->peer == NULL)
		return;
	if (url_parse_peer(w->peer, w->data_parallel, &peer, &err) != OK)
		parse_fault(s->p, s->node, s->path, "peer", "%s", err.text);
	else
		take_name(s, &seen->endpoints, "peer", w->peer, "the address");
	if (m->seed == NULL)
		parse_fault(s->p, s->node, s->path, "peer",
			    "needs hash.seed, the PYTHONHASHSEED that all "
			    "engines of the model have");
}

static void check_worker(struct spot *s, struct check_seen *seen,
			 const struct conf_model *m,
			 const struct conf_worker *w)
{
	char text[ADDR_TEXT_BYTES];

	take_name(s, &seen->names, "name", w->name, "the name");
	if (w->name != NULL && strchr(w->name, '/') != NULL)
		parse_fault(s->p, s->node, s->path, "name",
			    "must not have a /, which names a rank");
	if (w->addr.n > 0)
		take_name(s, &seen->addrs, "url", addr_text(&w->addr, text),
			  "the worker");
	check_endpoints(s, seen, w);
	check_peer(s, seen, m, w);
	check_worker_tls(s->p, s->node, s->path, w);
	check_worker_transfer(s->p, s->node, s->path, w);
}

static void seen_init(struct check_seen *s)
{
	map_init(&s->names);
	map_init(&s->addrs);
	map_init(&s->endpoints);
	map_init(&s->models);
}

static void seen_fini(struct check_seen *s)
{
	map_fini(&s->names);
	map_fini(&s->addrs);
	map_fini(&s->endpoints);
	map_fini(&s->models);
}

struct check_seen *check_seen_create(void)
{
	struct check_seen *s = mem_zalloc(sizeof(*s));

	seen_init(s);
	return s;
}

void check_seen_destroy(struct check_seen **s)
{
	seen_fini(*s);
	mem_free(*s);
	*s = NULL;
}

void check_one_worker(struct parse *p, struct check_seen *seen,
		      const char *path, const struct yaml *node,
		      const struct conf_model *m, const struct conf_worker *w)
{
	struct spot s = {p, node, ""};

	snprintf(s.path, sizeof(s.path), "%s", path);
	check_worker(&s, seen, m, w);
}

/* --- models --------------------------------------------------------- */

static void check_tokenizer(struct spot *s, const struct conf_model *m)
{
	struct stat st;

	if (m->tokenizer == NULL)
		return;
	if (stat(m->tokenizer, &st) != 0)
		parse_fault(s->p, s->node, s->path, "tokenizer",
			    "%s: no such directory", m->tokenizer);
	else if (!S_ISDIR(st.st_mode))
		parse_fault(s->p, s->node, s->path, "tokenizer",
			    "%s: must be a directory, the one that has "
			    "tokenizer.json",
			    m->tokenizer);
}

static void check_chat(struct spot *s, const struct conf_model *m)
{
	const struct conf_chat *c = &m->chat;
	struct error err = {0};
	struct stat st;

	if (c->template_file != NULL && m->tokenizer == NULL)
		parse_fault(s->p, s->node, s->path, "chat.template",
			    "needs tokenizer, which makes ids of what it "
			    "renders");
	else if (c->template_file != NULL && stat(c->template_file, &st) != 0)
		parse_fault(s->p, s->node, s->path, "chat.template",
			    "%s: no such file", c->template_file);
	else if (c->template_file != NULL && !S_ISREG(st.st_mode))
		parse_fault(s->p, s->node, s->path, "chat.template",
			    "%s: must be a file, the engines' --chat-template",
			    c->template_file);
	if (c->default_kwargs != NULL &&
	    chat_options_check_kwargs(slice_of(c->default_kwargs), &err) != OK)
		parse_fault(s->p, s->node, s->path,
			    "chat.default_template_kwargs", "%s", err.text);
}

static void check_model(struct spot *s, struct check_seen *seen,
			const struct conf_model *m)
{
	take_name(s, &seen->models, "name", m->name, "the model");
	for (size_t i = 0; i < m->n_aliases; i++)
		take_name(s, &seen->models, "aliases", m->alias[i],
			  "the model");
	for (size_t i = 0; i < m->n_loras; i++)
		take_name(s, &seen->models, "loras", m->lora[i], "the model");
	if ((m->block_size & (m->block_size - 1)) != 0)
		parse_fault(s->p, s->node, s->path, "block_size",
			    "%zu is not a power of two", m->block_size);
	if (m->key_mode == CONF_KEY_ENGINE && m->seed == NULL)
		parse_fault(s->p, s->node, s->path, "hash.seed",
			    "must be written where hash.key is engine: the "
			    "engines' PYTHONHASHSEED");
	check_tokenizer(s, m);
	check_chat(s, m);
	check_model_transfer(s->p, s->node, s->path, m);
	check_discover(s->p, s->node, s->path, m);
}

static void check_models(struct parse *p, struct check_seen *seen)
{
	for (size_t i = 0; i < p->conf->n_models; i++) {
		const struct conf_model *m = &p->conf->model[i];
		struct spot s = {p, parse_item(p->root, SLICE("models"), i),
				 ""};
		struct spot w = {p, NULL, ""};

		snprintf(s.path, sizeof(s.path), "models[%zu].", i);
		check_model(&s, seen, m);
		for (size_t j = 0; j < m->n_workers; j++) {
			w.node = parse_item(s.node, SLICE("workers"), j);
			snprintf(w.path, sizeof(w.path),
				 "models[%zu].workers[%zu].", i, j);
			check_worker(&w, seen, m, &m->worker[j]);
		}
	}
}

static void check_tenancy(struct parse *p)
{
	const struct conf_tenancy *t = &p->conf->tenants;

	if (t->file == NULL && t->cache_salt != CONF_SALT_OFF)
		parse_fault(p, p->root, "", "tenants.cache_salt",
			    "needs tenants.file: a salt is a tenant's");
	if (t->file == NULL && t->forward_priority)
		parse_fault(p, p->root, "", "tenants.forward_priority",
			    "needs tenants.file: a priority is a tenant's");
	if (t->cache_salt != CONF_SALT_OFF && t->salt_secret_file == NULL)
		parse_fault(p, p->root, "", "tenants.salt_secret_file",
			    "must be written where tenants.cache_salt is not "
			    "off");
}

void check_all(struct parse *p)
{
	struct check_seen seen;

	seen_init(&seen);
	check_listen(p);
	check_tenancy(p);
	check_own_tls(p);
	check_tracing(p);
	check_models(p, &seen);
	seen_fini(&seen);
}

static void check_peer_doubts(const struct conf *c, const struct conf_model *m)
{
	for (size_t i = 0; i < m->n_workers; i++) {
		const struct conf_worker *w = &m->worker[i];

		if (w->peer != NULL && w->events == NULL)
			log_warn("conf: %s:%zu: %s: peer without events: "
				 "nobody knows what it keeps, so nothing is "
				 "fetched from it",
				 c->file, w->line, w->name);
	}
}

void check_doubts(const struct conf *c)
{
	if (c->timeouts.pool_idle >= WORKER_IDLE_MS)
		log_warn("conf: %s: timeouts.pool_idle: vLLM closes idle "
			 "connections after 5s; requests that meet this fail "
			 "and are tried again",
			 c->file);
	check_tls_doubts(c);
	for (size_t i = 0; i < c->n_models; i++) {
		const struct conf_model *m = &c->model[i];

		if (m->tokenizer == NULL && m->policy->exact)
			log_warn("conf: %s:%zu: %s: without a tokenizer the "
				 "texts of /v1/completions are not tokenized: "
				 "%s goes by what was routed where",
				 c->file, m->line, m->name, m->policy->name);
		check_peer_doubts(c, m);
	}
}
