#include "router/admin/funnel.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

#include <inttypes.h>
#include <string.h>

#define SAMPLES (FUNNEL_KEPT + 1)

enum column {
	REQUESTS,
	OK_REQUESTS,
	CLIENT_ERRORS,
	FIRST_BYTES,
	FIRST_BYTE_S,
	PROMPT,
	TOLD,
	BEST,
	PREDICTED,
	REPORTED,
	LOST, /* from here on */
	LOST_UNKNOWN = LOST,
	LOST_TAIL,
	LOST_COLD,
	LOST_NEW,
	LOST_EVICTED,
	LOST_HEALTH,
	LOST_ADMISSION,
	LOST_LOAD,
	LOST_POLICY,
	LOST_UNTOLD,
	LOST_GUESS,
	LOST_CHANGED,
	LOST_ENGINE,
	COLUMNS
};

/* No two stages have a cause of the same name. */
#define CAUSE(stage, cause)                                                    \
	{                                                                      \
		"lost_" stage "_" cause, METRICS_UNCACHED, false, "cause",     \
			cause                                                  \
	}

/* Where a column comes from; `count`: how many a histogram saw. */
static const struct {
	const char *name;
	enum metrics_row row;
	bool count;
	const char *label, *value;
} source[COLUMNS] = {
	[REQUESTS] = {"requests", METRICS_REQUESTS},
	[OK_REQUESTS] = {"ok", METRICS_REQUESTS, false, "outcome", "ok"},
	[CLIENT_ERRORS] = {"client_error", METRICS_REQUESTS, false, "outcome",
			   "client_error"},
	[FIRST_BYTES] = {"first_bytes", METRICS_FIRST_BYTE, true},
	[FIRST_BYTE_S] = {"first_byte_seconds", METRICS_FIRST_BYTE},
	[PROMPT] = {"prompt_tokens", METRICS_PROMPT_TOKENS},
	[TOLD] = {"told_prompt_tokens", METRICS_PROMPT_TOKENS, false, "source",
		  "worker"},
	[BEST] = {"best_cached_tokens", METRICS_BEST_CACHED},
	[PREDICTED] = {"predicted_cached_tokens", METRICS_PREDICTED_CACHED},
	[REPORTED] = {"reported_cached_tokens", METRICS_REPORTED_CACHED},
	[LOST_UNKNOWN] = CAUSE("held", "unknown"),
	[LOST_TAIL] = CAUSE("held", "tail"),
	[LOST_COLD] = CAUSE("held", "cold"),
	[LOST_NEW] = CAUSE("held", "new"),
	[LOST_EVICTED] = CAUSE("held", "evicted"),
	[LOST_HEALTH] = CAUSE("chosen", "health"),
	[LOST_ADMISSION] = CAUSE("chosen", "admission"),
	[LOST_LOAD] = CAUSE("chosen", "load"),
	[LOST_POLICY] = CAUSE("chosen", "policy"),
	[LOST_UNTOLD] = CAUSE("delivered", "untold"),
	[LOST_GUESS] = CAUSE("delivered", "guess"),
	[LOST_CHANGED] = CAUSE("delivered", "changed"),
	[LOST_ENGINE] = CAUSE("delivered", "engine"),
};

struct counts {
	double n[COLUMNS];
};

struct sample {
	uint64_t wall_us;
	struct counts counts;
};

struct funnel {
	struct metrics *metrics;
	struct sample sample[SAMPLES]; /* a ring */
	size_t n, next;
};

static struct counts count_now(const struct funnel *f)
{
	struct counts c;

	for (int i = 0; i < COLUMNS; i++) {
		struct metric_total t = metric_total(
			f->metrics->set, source[i].row, source[i].label,
			source[i].value);

		c.n[i] = source[i].count ? (double)t.count : t.sum;
	}
	return c;
}

static struct counts minus(const struct counts *a, const struct counts *b)
{
	struct counts c;

	for (int i = 0; i < COLUMNS; i++)
		c.n[i] = a->n[i] - b->n[i];
	return c;
}

/* 0: the oldest. */
static const struct sample *sample_at(const struct funnel *f, size_t i)
{
	return &f->sample[(f->next + SAMPLES - f->n + i) % SAMPLES];
}

static size_t intervals(const struct funnel *f)
{
	return f->n - 1;
}

static const struct sample *end_of(const struct funnel *f, size_t interval)
{
	return sample_at(f, interval + 1);
}

static struct counts grown_in(const struct funnel *f, size_t interval)
{
	return minus(&end_of(f, interval)->counts,
		     &sample_at(f, interval)->counts);
}

void funnel_sample(struct funnel *f, uint64_t wall_us)
{
	f->sample[f->next] = (struct sample){wall_us, count_now(f)};
	f->next = (f->next + 1) % SAMPLES;
	if (f->n < SAMPLES)
		f->n++;
}

struct funnel *funnel_create(struct metrics *m, uint64_t wall_us)
{
	struct funnel *f = mem_zalloc(sizeof(*f));

	f->metrics = m;
	funnel_sample(f, wall_us);
	return f;
}

void funnel_destroy(struct funnel **f)
{
	mem_free(*f);
	*f = NULL;
}

/* --- for programs --------------------------------------------------------- */

static void put_totals(const struct counts *now, struct buf *out)
{
	for (int i = 0; i < COLUMNS; i++)
		buf_printf(out, "%c\"%s\":%.15g", i == 0 ? '{' : ',',
			   source[i].name, now->n[i]);
	buf_putc(out, '}');
}

static void put_column(const struct funnel *f, enum column column,
		       struct buf *out)
{
	buf_printf(out, "\"%s\":[", source[column].name);
	for (size_t i = 0; i < intervals(f); i++)
		buf_printf(out, "%s%.9g", i == 0 ? "" : ",",
			   grown_in(f, i).n[column]);
	buf_putc(out, ']');
}

void funnel_json(const struct funnel *f, struct buf *out)
{
	struct counts now = count_now(f);

	buf_printf(out, "{\"every_s\":%d,\"totals\":", FUNNEL_EVERY_MS / 1000);
	put_totals(&now, out);
	buf_puts(out, ",\"ends\":[");
	for (size_t i = 0; i < intervals(f); i++)
		buf_printf(out, "%s%" PRIu64, i == 0 ? "" : ",",
			   end_of(f, i)->wall_us / 1000);
	buf_puts(out, "],\"intervals\":{");
	for (int i = 0; i < COLUMNS; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_column(f, (enum column)i, out);
	}
	buf_puts(out, "}}\n");
}

/* --- for people ----------------------------------------------------------- */

static void put_share(double part, double of, struct buf *out)
{
	if (of > 0)
		buf_printf(out, "  %6.1f%%", 100 * part / of);
	else
		buf_printf(out, "  %7s", "-");
}

static void put_line(const char *when, const struct counts *c, struct buf *out)
{
	buf_printf(out, "%-8.8s  %10.0f  %6.0f", when, c->n[REQUESTS],
		   c->n[REQUESTS] - c->n[OK_REQUESTS] - c->n[CLIENT_ERRORS]);
	if (c->n[FIRST_BYTES] > 0)
		buf_printf(out, "  %13.1f",
			   c->n[FIRST_BYTE_S] * 1000 / c->n[FIRST_BYTES]);
	else
		buf_printf(out, "  %13s", "-");
	buf_printf(out, "  %13.0f", c->n[PROMPT]);
	put_share(c->n[BEST], c->n[PROMPT], out);
	put_share(c->n[PREDICTED], c->n[PROMPT], out);
	put_share(c->n[REPORTED], c->n[TOLD], out);
	buf_putc(out, '\n');
}

/* "lost_held_new" as words. */
static void put_cause(enum column column, const struct counts *all,
		      struct buf *out)
{
	const char *stage = source[column].name + sizeof("lost_") - 1;
	const char *cause = source[column].value;

	buf_printf(out, "%-10.*s  %-10s  %13.0f",
		   (int)(strlen(stage) - strlen(cause) - 1), stage, cause,
		   all->n[column]);
	put_share(all->n[column], all->n[PROMPT], out);
	buf_putc(out, '\n');
}

static void put_causes(const struct counts *all, struct buf *out)
{
	bool first = true;

	for (enum column i = LOST; i < COLUMNS; i++) {
		if (all->n[i] <= 0)
			continue;
		if (first)
			buf_printf(out, "\n%-10s  %-10s  %13s  %7s\n", "not",
				   "because", "prompt tokens", "of all");
		put_cause(i, all, out);
		first = false;
	}
}

void funnel_table(const struct funnel *f, struct buf *out)
{
	struct counts now = count_now(f);
	char when[CLOCK_TEXT_BYTES];

	buf_printf(out, "%-8s  %10s  %6s  %13s  %13s  %7s  %7s  %7s\n", "ends",
		   "requests", "failed", "first byte ms", "prompt tokens",
		   "held", "chosen", "cached");
	put_line("in all", &now, out);
	for (size_t i = intervals(f); i > 0; i--) {
		struct counts grown = grown_in(f, i - 1);

		clock_text(end_of(f, i - 1)->wall_us, when);
		put_line(when + sizeof("2026-01-31T") - 1, &grown, out);
	}
	put_causes(&now, out);
}
