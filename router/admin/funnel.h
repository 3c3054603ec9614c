/* What became of prompts of late: how much of them some worker held, how
 * much the chosen one was thought to hold, how much was delivered from its
 * cache, and what lost the rest; with the requests and first bytes of the
 * same moments. Of the metrics, so that it cannot say anything else than
 * they do.
 *
 * Samples are taken at even times and kept for a while, in fixed memory.
 * The main thread. */
#ifndef ROUTER_ADMIN_FUNNEL_H
#define ROUTER_ADMIN_FUNNEL_H

#include "common/base/buf.h"
#include "router/fleet/metrics.h"

#define FUNNEL_EVERY_MS 5000
#define FUNNEL_KEPT     120 /* intervals: ten minutes */

struct funnel;

/* `m` outlives it. The first interval begins now, at this wall time. */
struct funnel *funnel_create(struct metrics *m, uint64_t wall_us);
void funnel_destroy(struct funnel **f);

/* An interval ends now; to be called every FUNNEL_EVERY_MS. */
void funnel_sample(struct funnel *f, uint64_t wall_us);

/* An object: `told_prompt_tokens` are those of answers that told of tokens,
 * and so of what was cached, `lost_STAGE_CAUSE` those of METRICS_UNCACHED;
 * `totals` as of now, a number a column; `ends`, when the intervals that are
 * over ended, Unix ms, the oldest first; `intervals`, what each column grew
 * by in each. */
void funnel_json(const struct funnel *f, struct buf *out);
/* An interval a line, the newest first, and a line of all there was; then
 * what lost the rest of all, a cause a line. */
void funnel_table(const struct funnel *f, struct buf *out);

#endif
