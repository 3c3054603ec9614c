#include "router/doctor_fleet.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/discover/discover.h"
#include "router/version.h"

#define WAIT_MS 10000
#define LOOK_MS 20

struct search {
	struct loop loop;
	struct mailbox *mailbox;
	struct metrics *metrics;
	struct discover *discover;
	struct timer look;
	uint64_t until_ms;
};

static void on_changed(void *arg)
{
	(void)arg;
}

static void look(void *arg)
{
	struct search *s = arg;

	if (discover_is_known(s->discover) || clock_ms() > s->until_ms)
		loop_stop(&s->loop);
	else
		timer_set(&s->look, LOOK_MS);
}

static struct found *search(struct conf *c)
{
	struct search s = {.until_ms = clock_ms() + WAIT_MS};
	struct discover_options o = {.changed = on_changed};
	struct found *found;

	loop_init(&s.loop);
	o.mailbox = s.mailbox = mailbox_create(&s.loop, &s);
	o.metrics = s.metrics = metrics_create(version_text, version_commit);
	s.discover = discover_create(&o);
	discover_set_conf(s.discover, c);
	timer_init(&s.look, &s.loop, look, &s);
	timer_set(&s.look, 0);
	loop_run(&s.loop);
	found = discover_found(s.discover);
	discover_stop(s.discover);
	mailbox_destroy(&s.mailbox);
	discover_destroy(&s.discover);
	metrics_destroy(&s.metrics);
	timer_fini(&s.look);
	loop_fini(&s.loop);
	return found;
}

static enum status check_models(const struct fleet *f, struct error *err)
{
	for (size_t i = 0; i < f->n_models; i++)
		if (f->model[i].n_workers == 0)
			return error_set(err, ERR_NOT_FOUND,
					 "models: %s: discover has found no "
					 "worker",
					 f->model[i].conf->name);
	return OK;
}

struct fleet *doctor_fleet_create(struct conf *c, struct error *err)
{
	struct found *found = search(c);
	struct conf_workers **set = found_for(found, c);
	struct fleet *f = fleet_create_with(c, set, NULL, err);

	mem_free(set);
	found_free(&found);
	if (f != NULL && check_models(f, err) != OK)
		fleet_unref(&f);
	return f;
}
