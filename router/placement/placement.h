/* Placement: hot prefixes are copied to the workers that are about to be
 * asked for them, before they are (plan.h).
 *
 * Lanes tell what is asked for; once a second the book is brought up to date,
 * what has become of earlier plans is seen by what workers hold, and new ones
 * are made. With placement.mode: advise that is all, and the plans are there
 * to be looked at. With on they are put where lanes see them: the next
 * request that begins with the prefix is drawn to the worker that is to have
 * it, as long as that costs little more, and has it fetched there.
 *
 * Main thread. */
#ifndef ROUTER_PLACEMENT_PLACEMENT_H
#define ROUTER_PLACEMENT_PLACEMENT_H

#include "common/base/buf.h"
#include "common/base/loop.h"
#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/index/index.h"
#include "router/placement/board.h"
#include "router/placement/sighting.h"

struct placement;

/* `exact` outlives it. */
struct placement *placement_create(struct loop *loop, struct metrics *metrics,
				   struct index *exact);
void placement_destroy(struct placement **p);

/* Holds the snapshot by itself. Another configuration's plans are void. */
void placement_set_fleet(struct placement *p, struct fleet *f);
/* Where lanes put what they see, and find what is to be taken along; both
 * live as long as it does. */
struct sighting_slots *placement_sightings(struct placement *p);
struct board *placement_board(struct placement *p);
/* What it does once a second. */
void placement_look(struct placement *p, uint64_t now_ms);

/* The plans and what came of them, newest first: JSON, or a table. */
void placement_report(const struct placement *p, bool text, struct buf *out);

#endif
