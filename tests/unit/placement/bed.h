/* A fleet of three workers that can fetch from each other, all idle and all
 * known exactly, with an index: what placement looks at. */
#ifndef TESTS_UNIT_PLACEMENT_BED_H
#define TESTS_UNIT_PLACEMENT_BED_H

#include <string.h>

#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/index/index.h"

#define BED_NOW_MS 1000000
#define BED_BLOCK  16

struct bed {
	struct index *index;
	struct metrics *metrics;
	struct fleet *fleet;
	struct worker **worker;
	struct buf out;
};

static struct fleet *bed_fleet(const char *mode, const struct fleet *old)
{
	struct conf_faults faults = {0};
	struct buf yaml = {0};
	struct fleet *f;
	struct conf *c;

	buf_printf(&yaml,
		   "placement: {mode: %s}\n"
		   "models:\n"
		   "  - name: m\n"
		   "    policy: cost\n"
		   "    hash: {seed: \"0\"}\n"
		   "    workers:\n",
		   mode);
	for (int i = 1; i <= 3; i++)
		buf_printf(&yaml,
			   "      - {name: w%d, url: 'http://127.0.0.1:%d', "
			   "peer: '127.0.0.1:%d', "
			   "events: 'tcp://127.0.0.1:%d'}\n",
			   i, i, i + 10, i + 20);
	c = conf_parse(buf_slice(&yaml), "bed.yaml", &faults);
	if (c == NULL)
		print_error("%.*s\n", SLICE_ARG(buf_slice(&faults.text)));
	assert_non_null(c);
	f = fleet_create(c, old, NULL);
	assert_non_null(f);
	conf_unref(&c);
	buf_fini(&yaml);
	buf_fini(&faults.text);
	return f;
}

static void bed_begin(struct bed *b, const char *mode)
{
	memset(b, 0, sizeof(*b));
	b->index = index_create(INDEX_MIN_BYTES);
	b->metrics = metrics_create("1", "c");
	b->fleet = bed_fleet(mode, NULL);
	b->worker = b->fleet->model[0].worker;
	for (size_t i = 0; i < 3; i++) {
		atomic_store(&b->worker[i]->trust, WORKER_EXACT);
		atomic_store(&b->worker[i]->gate, GATE_ADMITS);
		atomic_store(&b->worker[i]->block_size, BED_BLOCK);
		atomic_store(&b->worker[i]->spills, true);
	}
}

static void bed_end(struct bed *b)
{
	buf_fini(&b->out);
	fleet_unref(&b->fleet);
	metrics_destroy(&b->metrics);
	index_destroy(&b->index);
}

#endif
