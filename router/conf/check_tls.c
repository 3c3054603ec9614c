#include "router/conf/parse.h"
#include "router/conf/tls.h"

#include "common/base/log.h"

#include <stdio.h>
#include <string.h>

/* Where a mapping with TLS stands: "tls", or "models[0].workers[1].tls". */
struct tls_spot {
	struct parse *p;
	const struct yaml *node;
	const char *path, *section;
};

static void fault(const struct tls_spot *s, const char *key,
		  const char *sentence)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s.%s", s->section, key);
	parse_fault(s->p, s->node, s->path, whole, "%s", sentence);
}

static bool is_about(const struct error *err, const char *path)
{
	return path != NULL &&
	       slice_starts(slice_of(err->text), slice_of(path));
}

static bool is_about_one(const struct error *err, const char *const *path,
			 size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_about(err, path[i]))
			return true;
	return false;
}

/* The sentence begins with the file, which says which key it is of. */
static void check_files(const struct tls_spot *s, const struct tls_options *o,
			const char *ca_key)
{
	struct error err = {0};
	struct tls_context *c = tls_context_create(o, NULL, &err);

	if (c != NULL)
		tls_context_unref(&c);
	else if (is_about(&err, o->key))
		fault(s, "key", err.text);
	else if (is_about(&err, o->ca))
		fault(s, ca_key, err.text);
	else if (is_about_one(&err, o->others, o->n_others))
		fault(s, "certificates", err.text);
	else
		fault(s, "certificate", err.text);
}

static const char *one_that_is_set(const struct conf_tls *t)
{
	return t->certificate != NULL ? "certificate"
	       : t->key != NULL       ? "key"
	       : t->n_others > 0      ? "certificates"
	       : t->ca != NULL        ? "client_ca"
				      : NULL;
}

/* Where we accept. `used`: something is listened on with it. */
static void check_accepting(const struct tls_spot *s, const struct conf_tls *t,
			    bool used, const struct tls_options *o)
{
	const char *idle = one_that_is_set(t);

	if (!used && idle != NULL)
		fault(s, idle,
		      strcmp(s->section, "tls") == 0
			      ? "is of no use without tls.listen"
			      : "is of no use without admin_tls.certificate");
	if (!used)
		return;
	if (t->certificate == NULL)
		fault(s, "listen", "needs tls.certificate and tls.key");
	else if (t->key == NULL)
		fault(s, "certificate",
		      "needs its key: write it beside this, as key");
	else
		check_files(s, o, "client_ca");
}

static const char *workers_key(const struct conf_tls *t)
{
	return t->ca != NULL            ? "ca"
	       : t->server_name != NULL ? "server_name"
	       : t->certificate != NULL ? "certificate"
	       : t->key != NULL         ? "key"
	       : t->insecure            ? "insecure"
					: NULL;
}

void check_worker_tls(struct parse *p, const struct yaml *node,
		      const char *path, const struct conf_worker *w)
{
	const struct tls_spot s = {p, node, path, "tls"};
	struct tls_options o = conf_tls_of_worker(w);
	const char *idle = workers_key(&w->tls);

	if (w->secure)
		check_files(&s, &o, "ca");
	else if (idle != NULL && w->host != NULL)
		fault(&s, idle, "needs a url that begins with https://");
}

void check_own_tls(struct parse *p)
{
	const struct tls_spot clients = {p, p->root, "", "tls"};
	const struct tls_spot admin = {p, p->root, "", "admin_tls"};
	struct tls_options of_clients = conf_tls_of_clients(p->conf);
	struct tls_options of_admin = conf_tls_of_admin(p->conf);

	if (p->conf->n_listen == 0 && p->conf->n_tls_listen == 0)
		parse_fault(p, p->root, "", "listen",
			    "must not be empty, unless tls.listen is written");
	check_accepting(&clients, &p->conf->tls, conf_has_tls(p->conf),
			&of_clients);
	check_accepting(&admin, &p->conf->admin_tls,
			conf_has_admin_tls(p->conf), &of_admin);
}

static void doubt(const struct conf *c, const struct tls_options *o,
		  const char *whose)
{
	struct buf out = {0};
	struct slice all;

	tls_doubts(o, &out);
	all = buf_slice(&out);
	while (all.n > 0) {
		struct slice line = slice_split(&all, '\n');

		log_warn("conf: %s: %s: %.*s", c->file, whose, SLICE_ARG(line));
	}
	buf_fini(&out);
}

static void doubt_worker(const struct conf *c, const struct conf_worker *w)
{
	struct tls_options o = conf_tls_of_worker(w);

	if (!w->secure)
		return;
	doubt(c, &o, w->name);
	if (w->tls.insecure)
		log_warn("conf: %s:%zu: %s: tls.insecure: whoever can redirect "
			 "the connection can read prompts and write answers; "
			 "set tls.ca instead",
			 c->file, w->line, w->name);
}

void check_tls_doubts(const struct conf *c)
{
	struct tls_options clients = conf_tls_of_clients(c);
	struct tls_options admin = conf_tls_of_admin(c);

	if (conf_has_tls(c))
		doubt(c, &clients, "tls");
	if (conf_has_admin_tls(c))
		doubt(c, &admin, "admin_tls");
	for (size_t i = 0; i < c->n_models; i++)
		for (size_t j = 0; j < c->model[i].n_workers; j++)
			doubt_worker(c, &c->model[i].worker[j]);
}
