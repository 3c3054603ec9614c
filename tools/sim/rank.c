#include "tools/sim/rank.h"

#include "common/base/assert.h"
#include "common/base/clock.h"

#include <event2/event.h>

#include <string.h>

/* Steps that our own lateness may make up for; beyond, time is lost. */
#define MAX_LATE_S 0.05

static const struct {
	const char *name;
	struct engine_model model;
	struct rank_links links;
} profile[] = {
	{"l4",
	 {.01873, 8.19e-5, 6.68e-9, 1e-4, 3.37e-7, .0063, 4096, 0},
	 {{.004, 6e-6}, .026, 2.4e-5}},
	{"qwen30b",
	 {.00455, 3.35e-5, 1e-9, 6e-5, 8.6e-9, .0964, 8192, 0},
	 {{.004, 2e-6}, .026, 5e-6}},
	{"h100",
	 {.014, 4.2e-5, 1.2e-9, 5e-5, 4.9e-8, .012, 8192, 0},
	 {{.004, 5e-6}, .026, 1.05e-5}},
	{"h200",
	 {.020, 3.8e-5, 2e-10, 2e-5, 6e-9, .012, 16384, 0},
	 {{.004, 2e-6}, .026, 4.25e-6}},
	{"fast",
	 {.001, 1e-6, 1e-11, 1e-6, 1e-10, .0005, 16384, 0},
	 {{.0005, 1e-7}, .001, 2e-7}},
};

static void ignore_stored(void *arg, const struct cache_run *run)
{
	(void)arg;
	(void)run;
}

static void ignore_removed(void *arg, const uint8_t *digest)
{
	(void)arg;
	(void)digest;
}

static void ignore_cleared(void *arg)
{
	(void)arg;
}

/* For a cache that finds prefixes again but tells nobody. */
static const struct cache_sink ignore = {
	ignore_stored,
	ignore_removed,
	ignore_cleared,
};

static const struct host_sink ignore_host = {ignore_stored, ignore_removed};

static double given(double value, double otherwise)
{
	return value < 0 ? otherwise : value;
}

static bool model_init(struct rank *r, const struct worker_conf *c,
		       struct error *err)
{
	struct engine_model *m = &r->model;
	struct rank_links *l = &r->links;
	size_t i = 0;

	while (i < ARRAY_LEN(profile) &&
	       strcmp(profile[i].name, c->profile) != 0)
		i++;
	if (i == ARRAY_LEN(profile)) {
		(void)error_set(err, ERR_INVALID,
				"profile: %s is none of l4, qwen30b, h100, "
				"h200, fast",
				c->profile);
		return false;
	}
	*m = profile[i].model;
	*l = profile[i].links;
	m->t0_s = given(c->t0, m->t0_s);
	m->b_s = given(c->b, m->b_s);
	m->c_s = given(c->c, m->c_s);
	m->d_s = given(c->d, m->d_s);
	m->r_s = given(c->r, m->r_s);
	m->f_s = given(c->f, m->f_s);
	m->budget = c->budget ? c->budget : m->budget;
	m->max_seqs = c->max_num_seqs;
	l->host.load_s = given(c->load_t0, l->host.load_s);
	l->host.token_s = given(c->load_b, l->host.token_s);
	l->fetch_s = given(c->fetch_t0, l->fetch_s);
	l->fetch_token_s = given(c->fetch_b, l->fetch_token_s);
	return true;
}

static void arm(struct rank *r, double at_s, double now_s)
{
	double wait_s = (at_s - now_s) / r->conf->speed;
	struct timeval tv;

	wait_s = wait_s > 0 ? wait_s : 0;
	tv.tv_sec = (time_t)wait_s;
	tv.tv_usec = (suseconds_t)((wait_s - (double)tv.tv_sec) * 1e6);
	event_add(r->timer, &tv);
}

static double step_start_s(const struct rank *r, double now_s)
{
	double late_s = MAX_LATE_S * r->conf->speed;

	return r->due_s < now_s - late_s ? now_s - late_s : r->due_s;
}

/* Ends the steps that are over and begins the next, up to the present. */
static void turn_all(struct rank *r, double from_s)
{
	double now_s = rank_now_s(r), at_s;

	for (;;) {
		if (engine_in_step(r->engine)) {
			if (r->due_s > now_s) {
				arm(r, r->due_s, now_s);
				return;
			}
			from_s = step_start_s(r, now_s);
			engine_end(r->engine);
		}
		if (r->publisher)
			publisher_flush(r->publisher);
		switch (engine_begin(r->engine, from_s, &at_s)) {
		case ENGINE_IDLE: return;
		case ENGINE_STEP: r->due_s = at_s; break;
		case ENGINE_WAIT:
			if (at_s > now_s) {
				r->due_s = at_s;
				arm(r, at_s, now_s);
				return;
			}
			from_s = at_s;
			break;
		}
	}
}

static void turn(struct rank *r, double from_s)
{
	r->is_turning = true;
	turn_all(r, from_s);
	r->is_turning = false;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rank *r = arg;

	(void)fd;
	(void)what;
	turn(r, step_start_s(r, rank_now_s(r)));
}

static void publish_init(struct publish_options *o, const struct worker_conf *c,
			 const struct hash_scheme *scheme,
			 const struct rank_place *place)
{
	*o = (struct publish_options){
		.host = c->host,
		.port = place->event_port,
		.replay_port = place->replay_port,
		.replay = c->replay,
		.topic = c->topic,
		.generation = c->generation,
		.int_hashes = c->int_hashes,
		.buffer_steps = c->buffer_steps,
		.rank = place->id,
		.block_size = c->block_size,
		.hash_bytes = scheme->hash_bytes,
	};
}

static bool join_pool(struct rank *r, struct error *err)
{
	const struct host_link link = {r->conf->store_t0, r->conf->store_b};

	r->pool = pool_open(r->conf->store_dir, r->scheme, &link,
			    r->publisher ? publisher_pool_stored
					 : ignore_stored,
			    r->publisher, err);
	engine_use_pool(r->engine, r->pool);
	return r->pool != NULL;
}

bool rank_init(struct rank *r, const struct machine *m,
	       const struct worker_conf *conf, const struct hash_scheme *scheme,
	       const struct rank_place *place, const struct engine_sink *sink,
	       struct error *err)
{
	const struct cache_sink *to = conf->events ? &publisher_sink : &ignore;

	*r = (struct rank){.machine = m, .conf = conf, .scheme = scheme};
	if (!model_init(r, conf, err))
		return false;
	publish_init(&r->publish, conf, scheme, place);
	if (conf->events && conf->prefix_caching) {
		r->publisher = publisher_create(m->zmq, m->loop, &r->publish,
						err);
		if (!r->publisher)
			return false;
	}
	r->cache = cache_create(scheme, conf->num_gpu_blocks,
				conf->prefix_caching ? to : NULL, r->publisher);
	r->engine = engine_create(&r->model, r->cache, sink, r);
	if (conf->cpu_blocks > 0 && conf->prefix_caching)
		r->host = host_create(scheme, conf->cpu_blocks, &r->links.host,
				      r->publisher ? &publisher_host_sink
						   : &ignore_host,
				      r->publisher);
	engine_use_host(r->engine, r->host);
	if (*conf->store_dir != '\0' && !join_pool(r, err))
		return false;
	r->timer = event_new(loop_base(m->loop), -1, 0, on_timer, r);
	return true;
}

void rank_fini(struct rank *r)
{
	engine_destroy(&r->engine);
	host_destroy(&r->host);
	pool_close(&r->pool);
	cache_destroy(&r->cache);
	publisher_destroy(&r->publisher);
	if (r->timer)
		event_free(r->timer);
	r->timer = NULL;
}

struct rank_copy rank_copy(const struct rank *r)
{
	return (struct rank_copy){
		given(r->conf->transfer_t0, r->links.fetch_s),
		given(r->conf->transfer_b, r->links.fetch_token_s),
	};
}

double rank_now_s(const struct rank *r)
{
	uint64_t ns = clock_ns() - r->machine->start_ns;

	return (double)ns / 1e9 * r->conf->speed;
}

void rank_submit(struct rank *r, struct task *t)
{
	engine_submit(r->engine, t, rank_now_s(r));
	rank_kick(r);
}

void rank_kick(struct rank *r)
{
	/* Who is waited for may not be who is ready first by now. */
	if (!r->is_turning && !engine_in_step(r->engine))
		turn(r, rank_now_s(r));
}

void rank_compute(struct rank *r, struct task *t)
{
	engine_compute(r->engine, t);
	rank_kick(r);
}

void rank_cancel(struct rank *r, struct task *t)
{
	engine_cancel(r->engine, t);
}

bool rank_reset_cache(struct rank *r)
{
	if (!cache_reset(r->cache))
		return false;
	if (r->publisher)
		publisher_flush(r->publisher);
	return true;
}
