#include "router/tenant/limit_headers.h"

#include <time.h>

#include "common/http/writer.h"

#define MS_IN_NS ((uint64_t)1000000)
#define S_IN_NS  ((uint64_t)1000000000)

static char *put_whole(char *at, uint64_t n, char unit)
{
	at += digits_write(at, n);
	*at = unit;
	return at + 1;
}

/* With as many digits of their thousandths as there are. */
static char *put_seconds(char *at, uint64_t ms)
{
	unsigned part = ms % 1000;

	at = put_whole(at, ms / 1000, '.');
	for (unsigned of = 100; part > 0; of /= 10) {
		*at++ = (char)('0' + part / of);
		part %= of;
	}
	if (at[-1] == '.')
		at--;
	*at++ = 's';
	return at;
}

char *limit_duration(uint64_t ns, char out[LIMIT_DURATION_BYTES])
{
	uint64_t ms = ns / MS_IN_NS + (ns % MS_IN_NS > 0);
	uint64_t minutes = ms / 60000;
	char *at = out;

	if (ms > 0 && ms < 1000) {
		at = put_whole(at, ms, 'm');
		*at++ = 's';
		*at = '\0';
		return out;
	}
	if (minutes >= 60)
		at = put_whole(at, minutes / 60, 'h');
	if (minutes > 0)
		at = put_whole(at, minutes % 60, 'm');
	*put_seconds(at, ms % 60000) = '\0';
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
	struct slice limit, remaining, reset;
};

static void put(const struct names *name, const struct limit_state *s,
		const char *reset, struct buf *out)
{
	http_write_number_line(out, name->limit, s->limit);
	http_write_number_line(out, name->remaining, s->level.remaining);
	http_write_line(out, name->reset, slice_of(reset));
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
		SLICE("x-ratelimit-limit-requests"),
		SLICE("x-ratelimit-remaining-requests"),
		SLICE("x-ratelimit-reset-requests"),
	};
	static const struct names token_names = {
		SLICE("x-ratelimit-limit-tokens"),
		SLICE("x-ratelimit-remaining-tokens"),
		SLICE("x-ratelimit-reset-tokens"),
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
		SLICE("anthropic-ratelimit-requests-limit"),
		SLICE("anthropic-ratelimit-requests-remaining"),
		SLICE("anthropic-ratelimit-requests-reset"),
	};
	static const struct names token_names = {
		SLICE("anthropic-ratelimit-tokens-limit"),
		SLICE("anthropic-ratelimit-tokens-remaining"),
		SLICE("anthropic-ratelimit-tokens-reset"),
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
