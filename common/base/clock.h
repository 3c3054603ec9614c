/* Time. Deadlines and durations are monotonic; wall time is for logs. */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_ns(void); /* monotonic */
uint64_t clock_ms(void); /* monotonic */
/* The same clock some milliseconds late, for a third of the price. */
uint64_t clock_coarse_ms(void);
uint64_t clock_wall_us(void); /* since 1970, UTC */
/* What that was, or will be, at a moment of clock_ns() within seconds of now.
 * A wall clock that is put forward or back shows here within a second. */
uint64_t clock_wall_us_at(uint64_t ns);
/* "2026-01-31T12:34:56.123456Z"; returns `out`. */
#define CLOCK_TEXT_BYTES 32
char *clock_text(uint64_t wall_us, char out[CLOCK_TEXT_BYTES]);

#endif
