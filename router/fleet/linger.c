#include "router/fleet/linger.h"

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

void linger_init(struct linger *l)
{
	*l = (struct linger){.gap_ms = FIRST_GAP_MS, .soon = 1};
}

void linger_saw(struct linger *l, uint64_t gap_ms)
{
	bool soon = gap_ms <= LINGER_MOST_MS;

	l->soon += MEMORY * ((soon ? 1 : 0) - l->soon);
	if (!soon)
		return;
	l->gap_ms *= (double)gap_ms > l->gap_ms ? UP : DOWN;
	if (l->gap_ms < LEAST_GAP_MS)
		l->gap_ms = LEAST_GAP_MS;
	if (l->gap_ms > LINGER_MOST_MS)
		l->gap_ms = LINGER_MOST_MS;
}

uint64_t linger_ms(const struct linger *l)
{
	double ms = l->gap_ms * MARGIN;

	if (l->soon < WORTH || ms < LINGER_LEAST_MS)
		return LINGER_LEAST_MS;
	return ms < LINGER_MOST_MS ? (uint64_t)ms : LINGER_MOST_MS;
}
