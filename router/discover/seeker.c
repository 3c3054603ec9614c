#include "router/discover/seeker.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/base/thread.h"
#include "router/discover/finder.h"

struct seeker {
	struct loop loop;
	struct mailbox *mailbox, *to;
	struct thread thread;
	void (*deliver)(struct mail *m, void *receiver);
	void *arg;
	struct finder **finder;
	size_t n;
};

struct order {
	struct mail mail;
	struct conf *conf; /* counted */
};

/* --- news ----------------------------------------------------------------- */

void seeker_news_free(struct seeker_news *n)
{
	conf_workers_unref(&n->set);
	mem_free(n->model);
	mem_free(n->failure);
	mem_free(n);
}

static void post(struct seeker *k, const struct finder *s,
		 struct conf_workers *set, const char *failure)
{
	struct seeker_news *n = mem_zalloc(sizeof(*n));

	n->mail.deliver = k->deliver;
	n->arg = k->arg;
	n->model = mem_strdup(finder_model(s));
	n->set = set;
	n->failure = failure != NULL ? mem_strdup(failure) : NULL;
	mailbox_post(k->to, &n->mail);
}

static void on_found(void *arg, const struct finder *s,
		     struct conf_workers *set)
{
	post(arg, s, set, NULL);
}

static void on_failed(void *arg, const struct finder *s, const char *why)
{
	post(arg, s, NULL, why);
}

static const struct finder_events events = {
	.found = on_found,
	.failed = on_failed,
};

/* --- sources ------------------------------------------------------------- */

/* The source of a model by its name, taken out; NULL. */
static struct finder *take_out(struct seeker *k, const char *model)
{
	for (size_t i = 0; i < k->n; i++) {
		struct finder *s = k->finder[i];

		if (s == NULL || strcmp(finder_model(s), model) != 0)
			continue;
		k->finder[i] = NULL;
		return s;
	}
	return NULL;
}

static struct finder *finder_for(struct seeker *k, struct conf *c,
				 const struct conf_model *m)
{
	struct finder *s = take_out(k, m->name);

	if (s != NULL && finder_keep(s, c, m))
		return s;
	finder_destroy(&s);
	return finder_create(&k->loop, c, m, &events, k);
}

static void drop_finders(struct seeker *k)
{
	for (size_t i = 0; i < k->n; i++)
		finder_destroy(&k->finder[i]);
	mem_free(k->finder);
	k->finder = NULL;
	k->n = 0;
}

static void take_conf(struct seeker *k, struct conf *c)
{
	struct finder **now = mem_array(c->n_models + 1, sizeof(*now));
	size_t n = 0;

	for (size_t i = 0; i < c->n_models; i++)
		if (conf_discovers(&c->model[i]))
			now[n++] = finder_for(k, c, &c->model[i]);
	drop_finders(k);
	k->finder = now;
	k->n = n;
}

/* --- the thread ---------------------------------------------------------- */

static void do_set_conf(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);

	take_conf(receiver, o->conf);
	conf_unref(&o->conf);
	mem_free(o);
}

static void do_stop(struct mail *m, void *receiver)
{
	struct seeker *k = receiver;

	mem_free(m);
	loop_stop(&k->loop);
}

static void run(void *arg)
{
	struct seeker *k = arg;

	loop_run(&k->loop);
}

struct seeker *seeker_create(struct mailbox *to,
			     void (*deliver)(struct mail *m, void *receiver),
			     void *arg)
{
	struct seeker *k = mem_zalloc(sizeof(*k));

	k->to = to;
	k->deliver = deliver;
	k->arg = arg;
	loop_init(&k->loop);
	k->mailbox = mailbox_create(&k->loop, k);
	thread_start(&k->thread, "discover", run, k);
	return k;
}

void seeker_destroy(struct seeker **s)
{
	struct seeker *gone = *s;
	struct mail *stop;

	*s = NULL;
	if (gone == NULL)
		return;
	stop = mem_zalloc(sizeof(*stop));
	stop->deliver = do_stop;
	mailbox_post(gone->mailbox, stop);
	thread_join(&gone->thread);
	drop_finders(gone);
	mailbox_destroy(&gone->mailbox);
	loop_fini(&gone->loop);
	mem_free(gone);
}

void seeker_set_conf(struct seeker *s, struct conf *conf)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_set_conf;
	o->conf = conf_ref(conf);
	mailbox_post(s->mailbox, &o->mail);
}
