/* What tells traces to the collector: one message after another, each tried
 * again a few times where the collector is away or busy, and then given up.
 * One loop's thread. */
#ifndef ROUTER_TRACING_EXPORTER_H
#define ROUTER_TRACING_EXPORTER_H

#include "common/base/metric.h"
#include "router/conf/conf.h"
#include "router/tracing/trace.h"
#include "router/upstream/oneshot.h"

#define EXPORTER_MAX_TRIES 3

/* Of spans. */
struct exporter_cells {
	struct metric_cell *sent, *failed;
};

struct exporter_options {
	struct loop *loop;
	struct exporter_cells cells;
	const char *version;     /* ours; outlives it */
	uint64_t first_pause_ms; /* before a second try; then twice that */
	/* A message is told or given up: the next may be sent. */
	void (*idle)(void *arg);
	void *arg;
};

struct exporter {
	struct exporter_options o;
	struct conf *conf; /* counted; NULL: none yet */
	struct oneshot shot;
	struct timer again;
	struct buf body, request, answer;
	size_t n_spans;
	unsigned tries; /* of this message; 0: it is idle */
	bool fails;     /* which was told */
	bool hurried;   /* nothing is tried again */
	/* As of the last look-up. */
	bool placed;
	struct oneshot_server at;
	struct tls_context *context;
};

void exporter_init(struct exporter *e, const struct exporter_options *o);
void exporter_fini(struct exporter *e); /* what is under way is given up */

/* Messages that begin from now on go where this says. */
void exporter_set_conf(struct exporter *e, struct conf *c);
bool exporter_is_idle(const struct exporter *e);
/* It is idle, and has an endpoint. Takes `n` > 0 traces over. */
void exporter_send(struct exporter *e, struct trace **t, size_t n);
/* It ends soon: what fails from now on is given up at once. */
void exporter_hurry(struct exporter *e);

#endif
