/* A request for a model of two workers, one of which computes prompts for
 * the other, as it stands before one is chosen. Nothing is sent. */
#ifndef TESTS_UNIT_PROXY_TWO_WORKERS_H
#define TESTS_UNIT_PROXY_TWO_WORKERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "router/proxy/legs.h"
#include "router/proxy/match.h"

struct two {
	struct loop loop;
	struct proxy proxy;
	struct conf *conf;
	struct worker *prefill, *decode; /* the fleet's */
	struct request request;
	struct http_head head; /* without a header */
	char body[8192];
};

/* What the lane tells of workers is not what is looked at. */
static inline void two_report(void *arg, struct worker *w,
			      const struct worker_report *says)
{
	(void)arg;
	(void)w;
	(void)says;
}

/* `connector` of both workers, and more keys of theirs. */
static inline void two_open(struct two *t, const char *connector)
{
	struct conf_faults faults = {0};
	struct error err;
	char text[1024];

	*t = (struct two){0};
	snprintf(text, sizeof(text),
		 "models: [{name: m, workers: ["
		 "{name: p, url: \"http://127.0.0.1:1\", role: prefill, "
		 "connector: %s},"
		 "{name: d, url: \"http://127.0.0.1:2\", role: decode, "
		 "connector: %s}]}]\n",
		 connector, connector);
	t->conf = conf_parse_numeric(slice_of(text), "c", &faults);
	assert_int_equal(faults.n, 0);
	t->proxy.fleet = fleet_create(t->conf, NULL, &err);
	assert_non_null(t->proxy.fleet);
	t->prefill = t->proxy.fleet->worker[0];
	t->decode = t->proxy.fleet->worker[1];
	atomic_store(&t->prefill->gate, GATE_ADMITS);
	atomic_store(&t->decode->gate, GATE_ADMITS);

	loop_init(&t->loop);
	t->proxy.o.loop = &t->loop;
	t->proxy.o.underway = underway_create();
	t->proxy.o.report = two_report;
	slab_init(&t->proxy.chunks, SLAB_MAX_BYTES, 0);
	cells_init(&t->proxy.cells, metrics_create("1", "abc"));
}

/* A completion of `n` bytes of text, with `more` members. */
static inline void two_ask(struct two *t, size_t n, const char *more)
{
	struct request *r = &t->request;
	struct draft *d;

	snprintf(t->body, sizeof(t->body), "{\"prompt\":\"%0*d\"%s}", (int)n, 0,
		 more);
	*r = (struct request){
		.proxy = &t->proxy,
		.fleet = t->proxy.fleet,
		.model = &t->proxy.fleet->model[0],
		.id = "req-1",
		.choice = {.block_size = 16},
	};
	assert_int_equal(endpoint_find(HTTP_METHOD_POST,
				       SLICE("/v1/completions"), &r->endpoint),
			 200);
	d = r->draft = draft_create(r, &t->proxy.chunks);
	d->head = &t->head;
	d->api.max_tokens = d->api.max_output_tokens = -1;
	buf_puts(&d->body, t->body);
	assert_int_equal(splice_parse(&d->api.body, &d->arena,
				      slice_of(t->body), 16, 64),
			 OK);
	match_candidates(r);
	d->query = (struct policy_query){
		.candidate = d->candidate,
		.n = d->n_candidates,
		.block_size = r->choice.block_size,
	};
}

static inline void two_answered(struct two *t)
{
	struct request *r = &t->request;

	legs_end(r);
	draft_destroy(&r->draft);
	mem_free(r->handed);
	r->handed = NULL;
}

static inline void two_close(struct two *t)
{
	struct metrics *m = t->proxy.cells.metrics;

	cells_fini(&t->proxy.cells);
	metrics_destroy(&m);
	if (t->request.draft != NULL) /* the test has failed */
		two_answered(t);
	slab_fini(&t->proxy.chunks);
	underway_destroy(&t->proxy.o.underway);
	fleet_unref(&t->proxy.fleet);
	conf_unref(&t->conf);
	loop_fini(&t->loop);
}

#endif
