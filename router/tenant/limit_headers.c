#include "router/tenant/limit_headers.h"

#include <stdio.h>
#include <time.h>

#include "common/http/writer.h"

#define MS_IN_NS ((uint64_t)1000000)
#define S_IN_NS  ((uint64_t)1000000000)

/* Seconds with as many digits of their thousandths as there are. */
static void put_seconds(uint64_t ms, char *out, size_t room)
{
	unsigned long long s = ms / 1000, part = ms % 1000;
	int digits = 3;

	for (; digits > 0 && part % 10 == 0; digits--)
		part /= 10;
	if (digits == 0)
		snprintf(out, room, "%llus", s);
	else
		snprintf(out, room, "%llu.%0*llus", s, digits, part);
}

char *limit_duration(uint64_t ns, char out[LIMIT_DURATION_BYTES])
{
	uint64_t ms = ns / MS_IN_NS + (ns % MS_IN_NS > 0);
	unsigned long long minutes = ms / 60000;
	int n = 0;

	if (ms > 0 && ms < 1000) {
		snprintf(out, LIMIT_DURATION_BYTES, "%ums", (unsigned)ms);
		return out;
	}
	if (minutes >= 60)
		n = snprintf(out, LIMIT_DURATION_BYTES, "%lluh", minutes / 60);
	if (minutes > 0)
		n += snprintf(out + n, LIMIT_DURATION_BYTES - (size_t)n,
			      "%llum", minutes % 60);
	put_seconds(ms % 60000, out + n, LIMIT_DURATION_BYTES - (size_t)n);
	return out;
}

unsigned limit_retry_after_s(uint64_t wait_ns)
{
	uint64_t s = wait_ns / S_IN_NS + (wait_ns % S_IN_NS > 0);

	if (s == 0)
		return 1;
	return s > 86400 ? 86400 : (unsigned)s;
}

struct names {
	const char *limit, *remaining, *reset;
};

static void put(const struct names *name, const struct limit_state *s,
		const char *reset, struct buf *out)
{
	http_write_number(out, name->limit, s->limit);
	http_write_number(out, name->remaining, s->level.remaining);
	http_write_own(out, name->reset, reset);
}

static void put_openai(const struct names *name, const struct limit_state *s,
		       struct buf *out)
{
	char text[LIMIT_DURATION_BYTES];

	if (s->limit > 0)
		put(name, s, limit_duration(s->level.full_in_ns, text), out);
}

void limit_headers_openai(const struct limit_state *requests,
			  const struct limit_state *tokens, struct buf *out)
{
	static const struct names request_names = {
		"x-ratelimit-limit-requests",
		"x-ratelimit-remaining-requests",
		"x-ratelimit-reset-requests",
	};
	static const struct names token_names = {
		"x-ratelimit-limit-tokens",
		"x-ratelimit-remaining-tokens",
		"x-ratelimit-reset-tokens",
	};

	put_openai(&request_names, requests, out);
	put_openai(&token_names, tokens, out);
}

static void put_anthropic(const struct names *name, const struct limit_state *s,
			  uint64_t wall_us, struct buf *out)
{
	/* Rounded up: at that moment it is so. */
	time_t when = (time_t)((wall_us + s->level.full_in_ns / 1000 + 999999) /
			       1000000);
	char text[40];
	struct tm tm;

	if (s->limit == 0 || gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	put(name, s, text, out);
}

void limit_headers_anthropic(const struct limit_state *requests,
			     const struct limit_state *tokens, uint64_t wall_us,
			     struct buf *out)
{
	static const struct names request_names = {
		"anthropic-ratelimit-requests-limit",
		"anthropic-ratelimit-requests-remaining",
		"anthropic-ratelimit-requests-reset",
	};
	static const struct names token_names = {
		"anthropic-ratelimit-tokens-limit",
		"anthropic-ratelimit-tokens-remaining",
		"anthropic-ratelimit-tokens-reset",
	};

	put_anthropic(&request_names, requests, wall_us, out);
	put_anthropic(&token_names, tokens, wall_us, out);
}

static bool begins(struct slice name, struct slice with)
{
	return name.n >= with.n &&
	       slice_equal_nocase((struct slice){name.p, with.n}, with);
}

bool limit_header_is(struct slice name)
{
	return begins(name, SLICE("x-ratelimit-")) ||
	       begins(name, SLICE("anthropic-ratelimit-"));
}
