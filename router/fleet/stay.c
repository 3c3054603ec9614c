#include "router/fleet/stay.h"

#include <stdbool.h>

/* Until something is known: a program's next turn comes within it. */
#define FIRST_GAP_MS 1000
#define LEAST_GAP_MS 40
/* One step up outweighs nine down. */
#define UP     1.2
#define DOWN   0.98
#define MARGIN 1.5
#define MEMORY 0.05 /* of the share, that each return moves it by */
#define WORTH  0.25 /* share below which room is not kept */

void stay_init(struct stay *l)
{
	*l = (struct stay){.gap_ms = FIRST_GAP_MS, .soon = 1};
}

void stay_saw(struct stay *l, uint64_t gap_ms)
{
	bool soon = gap_ms <= STAY_MOST_MS;

	l->soon += MEMORY * ((soon ? 1 : 0) - l->soon);
	if (!soon)
		return;
	l->gap_ms *= (double)gap_ms > l->gap_ms ? UP : DOWN;
	if (l->gap_ms < LEAST_GAP_MS)
		l->gap_ms = LEAST_GAP_MS;
	if (l->gap_ms > STAY_MOST_MS)
		l->gap_ms = STAY_MOST_MS;
}

uint64_t stay_ms(const struct stay *l)
{
	double ms = l->gap_ms * MARGIN;

	if (l->soon < WORTH || ms < STAY_LEAST_MS)
		return STAY_LEAST_MS;
	return ms < STAY_MOST_MS ? (uint64_t)ms : STAY_MOST_MS;
}
