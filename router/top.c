#include "router/top.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "common/base/mem.h"
#include "router/probe/promtext.h"

/* Lines of the screen for the last decisions, if there is room. */
#define DECISION_LINES 12

/* --- counters ------------------------------------------------------------ */

static bool has_label(const struct promtext_sample *s, struct slice name,
		      struct slice value)
{
	struct slice found;

	return promtext_label(s, name, &found) && slice_equal(found, value);
}

static void add_decision(struct top_counts *c, const struct promtext_sample *s)
{
	struct slice worker;
	double *n;

	if (!promtext_label(s, SLICE("worker"), &worker))
		return;
	n = map_find(&c->decisions, worker);
	if (n == NULL) {
		n = mem_zalloc(sizeof(*n));
		map_set(&c->decisions, worker, n);
	}
	*n += s->value;
}

static void add_ended(struct top_counts *c, const struct promtext_sample *s)
{
	c->ended += s->value;
	if (!has_label(s, SLICE("outcome"), SLICE("ok")) &&
	    !has_label(s, SLICE("outcome"), SLICE("client_error")))
		c->failed += s->value;
}

static void add_shadow(struct top_counts *c, const struct promtext_sample *s)
{
	c->shadow += s->value;
	if (has_label(s, SLICE("result"), SLICE("other")))
		c->shadow_other += s->value;
}

static void add_sample(struct top_counts *c, const struct promtext_sample *s)
{
	const struct {
		struct slice name;
		double *to;
	} sum[] = {
		{SLICE("warmpath_active_requests"), &c->active},
		{SLICE("warmpath_queued_requests"), &c->queued},
		{SLICE("warmpath_time_to_first_byte_seconds_sum"),
		 &c->first_byte_s},
		{SLICE("warmpath_time_to_first_byte_seconds_count"),
		 &c->first_bytes},
		{SLICE("warmpath_prompt_tokens_total"), &c->prompt_tokens},
		{SLICE("warmpath_reported_cached_tokens_total"),
		 &c->cached_tokens},
		{SLICE("warmpath_predicted_cached_tokens_total"),
		 &c->predicted_tokens},
	};

	for (size_t i = 0; i < ARRAY_LEN(sum); i++)
		if (slice_equal(s->name, sum[i].name))
			*sum[i].to += s->value;
	if (slice_equal(s->name, SLICE("warmpath_requests_total")))
		add_ended(c, s);
	if (slice_equal(s->name, SLICE("warmpath_decisions_total")))
		add_decision(c, s);
	if (slice_equal(s->name, SLICE("warmpath_shadow_decisions_total")))
		add_shadow(c, s);
}

void top_counts_read(struct top_counts *c, struct slice metrics, double at_s)
{
	struct promtext_sample s;
	struct promtext text;

	*c = (struct top_counts){.at_s = at_s};
	map_init(&c->decisions);
	promtext_init(&text, metrics);
	while (promtext_next(&text, &s))
		if (isfinite(s.value))
			add_sample(c, &s);
}

void top_counts_fini(struct top_counts *c)
{
	struct slice key;
	size_t at = 0;
	void *n;

	while (map_next(&c->decisions, &at, &key, &n))
		mem_free(n);
	map_fini(&c->decisions);
	*c = (struct top_counts){0};
}

/* --- the screen ---------------------------------------------------------- */

/* A second; negative: not known. */
static double rate(const struct top *t, double was, double is)
{
	double s = t->was != NULL ? t->is->at_s - t->was->at_s : 0;

	return s > 0 && is >= was ? (is - was) / s : -1;
}

static void put_rate(struct buf *out, const char *what, double value)
{
	if (value < 0)
		buf_printf(out, "%s -  ", what);
	else
		buf_printf(out, "%s %.1f/s  ", what, value);
}

/* Of what has come since, or of all if that is not known. */
static double share(const struct top *t, double was_part, double part,
		    double was_of, double of)
{
	if (t->was != NULL) {
		part -= was_part;
		of -= was_of;
	}
	return of > 0 ? part / of : -1;
}

static void put_percent(struct buf *out, const char *what, double value)
{
	if (value >= 0)
		buf_printf(out, "%s %.1f %%  ", what, 100 * value);
}

static void put_caches(const struct top *t, struct buf *out)
{
	static const struct top_counts none;
	const struct top_counts *was = t->was ? t->was : &none, *is = t->is;
	double first = share(t, was->first_byte_s, is->first_byte_s,
			     was->first_bytes, is->first_bytes);

	if (first >= 0)
		buf_printf(out, "first byte %.1f ms  ", first * 1e3);
	put_percent(out, "cached",
		    share(t, was->cached_tokens, is->cached_tokens,
			  was->prompt_tokens, is->prompt_tokens));
	put_percent(out, "expected",
		    share(t, was->predicted_tokens, is->predicted_tokens,
			  was->prompt_tokens, is->prompt_tokens));
	put_percent(out, "shadow elsewhere",
		    share(t, was->shadow_other, is->shadow_other, was->shadow,
			  is->shadow));
	buf_putc(out, '\n');
}

static void put_head(const struct top *t, struct buf *out)
{
	const struct top_counts *is = t->is, *was = t->was ? t->was : t->is;

	buf_printf(out, "warmpath at %s\n", t->url);
	put_rate(out, "requests", rate(t, was->ended, is->ended));
	put_rate(out, "failed", rate(t, was->failed, is->failed));
	buf_printf(out, "active %.0f  queued %.0f\n", is->active, is->queued);
	put_caches(t, out);
}

static double count_of(const struct top_counts *c, const char *worker)
{
	const double *n = c != NULL ? map_find(&c->decisions, slice_of(worker))
				    : NULL;

	return n != NULL ? *n : 0;
}

static const char *text_of(const json_t *worker, const char *key)
{
	const char *text = json_string_value(json_object_get(worker, key));

	return text != NULL ? text : "-";
}

static double number_of(const json_t *worker, const char *key)
{
	return json_number_value(json_object_get(worker, key));
}

static void put_worker(const struct top *t, const json_t *w, struct buf *out)
{
	const char *name = text_of(w, "name");
	double sent = rate(t, count_of(t->was, name), count_of(t->is, name));
	char text[16] = "-";

	if (sent >= 0)
		snprintf(text, sizeof(text), "%.1f", sent);
	buf_printf(out,
		   "%-24.24s  %-20.20s  %-11.11s  %-8.8s  %6s  %8.0f  %7.0f  "
		   "%7.0f  %5.1f%%  %9.0f\n",
		   name, text_of(w, "model"), text_of(w, "gate"),
		   text_of(w, "trust"), text, number_of(w, "inflight"),
		   number_of(w, "running"), number_of(w, "waiting"),
		   100 * number_of(w, "kv_usage"),
		   number_of(w, "index_blocks"));
}

static enum status put_workers(const struct top *t, struct buf *out,
			       struct error *err)
{
	json_t *all = json_loadb(t->workers.n > 0 ? t->workers.p : "",
				 t->workers.n, 0, NULL);
	json_t *list = json_object_get(all, "workers"), *w;
	bool fine = json_is_array(list);
	size_t i;

	buf_printf(out,
		   "\n%-24s  %-20s  %-11s  %-8s  %6s  %8s  %7s  %7s  %6s  "
		   "%9s\n",
		   "worker", "model", "gate", "trust", "sent/s", "inflight",
		   "running", "waiting", "kv", "blocks");
	json_array_foreach(list, i, w) put_worker(t, w, out);
	json_decref(all);
	if (fine)
		return OK;
	return error_set(err, ERR_INVALID,
			 "%s: /workers does not tell of workers: is it a "
			 "gateway's admin address?",
			 t->url);
}

static void put_decisions(const struct top *t, struct buf *out)
{
	struct slice left = t->decisions;

	buf_putc(out, '\n');
	for (int i = 0; i <= DECISION_LINES && left.n > 0; i++) {
		buf_append(out, slice_split(&left, '\n'));
		buf_putc(out, '\n');
	}
}

/* What a terminal would obey is nothing to be shown. */
static void put_visible(struct slice line, struct buf *out)
{
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		buf_putc(out, c < 0x20 || c == 0x7f ? '?' : line.p[i]);
	}
	buf_putc(out, '\n');
}

/* No more lines than rows, none longer than the columns; what would be a
 * part of a character goes with it. */
static void fit(const struct top *t, struct slice all, struct buf *out)
{
	for (size_t row = 0; all.n > 0 && (t->rows == 0 || row < t->rows);
	     row++) {
		struct slice line = slice_split(&all, '\n');

		if (line.n > t->columns) {
			line.n = t->columns;
			while (line.n > 0 &&
			       ((unsigned char)line.p[line.n] & 0xc0) == 0x80)
				line.n--;
		}
		put_visible(line, out);
	}
}

enum status top_draw(const struct top *t, struct buf *out, struct error *err)
{
	struct buf all = {0};
	enum status st;

	put_head(t, &all);
	st = put_workers(t, &all, err);
	put_decisions(t, &all);
	if (st == OK)
		fit(t, buf_slice(&all), out);
	buf_fini(&all);
	return st;
}
