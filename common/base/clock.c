#include "common/base/clock.h"

#include <string.h>
#include <time.h>

#define SECOND_NS 1000000000u

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

uint64_t clock_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

uint64_t clock_coarse_ms(void)
{
	return read_ns(CLOCK_MONOTONIC_COARSE) / 1000000;
}

uint64_t clock_wall_us(void)
{
	return read_ns(CLOCK_REALTIME) / 1000;
}

uint64_t clock_wall_us_at(uint64_t ns)
{
	static _Thread_local uint64_t seen_ns, ahead_ns;

	if (seen_ns == 0 || (int64_t)(ns - seen_ns) > (int64_t)SECOND_NS) {
		seen_ns = clock_ns();
		ahead_ns = read_ns(CLOCK_REALTIME) - seen_ns;
	}
	return (ns + ahead_ns) / 1000;
}

/* The text up to the second stays for a second, and the lines that ask for
 * it are many. */
struct second {
	uint64_t at;
	size_t n; /* 0: none yet */
	char text[CLOCK_TEXT_BYTES];
};

static const struct second *second_of(uint64_t wall_us)
{
	static _Thread_local struct second last;
	uint64_t at = wall_us / 1000000;
	time_t seconds = (time_t)at;
	struct tm tm;

	if (last.n > 0 && last.at == at)
		return &last;
	gmtime_r(&seconds, &tm);
	last.at = at;
	last.n = strftime(last.text, sizeof(last.text), "%Y-%m-%dT%H:%M:%S",
			  &tm);
	return &last;
}

char *clock_text(uint64_t wall_us, char out[CLOCK_TEXT_BYTES])
{
	const struct second *second = second_of(wall_us);
	char *end = out + second->n + 7;
	uint64_t us = wall_us % 1000000;

	memcpy(out, second->text, second->n);
	out[second->n] = '.';
	for (char *at = end; at > end - 6; us /= 10)
		*--at = (char)('0' + us % 10);
	end[0] = 'Z';
	end[1] = '\0';
	return out;
}
