#include "router/decision/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/decision/field.h"

#define MAX_COLUMNS 24
#define NAME_WIDTH  60 /* at most */

struct column {
	const struct decision_field *field;
	bool of_term;
	int width;
};

/* The table: its rows in order, and the columns that say something. */
struct layout {
	const struct decision_record *r;
	const struct decision_way **way; /* n_full of them */
	struct column column[MAX_COLUMNS];
	size_t n;
	int name_width;
};

static const void *owner_of(const struct column *c,
			    const struct decision_way *w)
{
	return c->of_term ? (const void *)&w->term
			  : (const void *)&w->candidate;
}

static int by_cost(const void *a, const void *b)
{
	const struct decision_way *const *x = a, *const *y = b;
	double p = (*x)->term.cost, q = (*y)->term.cost;

	if (p != q)
		return p < q ? -1 : 1;
	return (*x)->place < (*y)->place ? -1 : 1;
}

/* A column of zeros alone tells nothing, unless it is the cost. */
static bool says_something(const struct layout *l, const struct column *c)
{
	if (strcmp(c->field->name, "cost") == 0)
		return true;
	for (uint32_t i = 0; i < l->r->n_full; i++)
		if (decision_field_get(c->field, owner_of(c, l->way[i])) != 0)
			return true;
	return false;
}

static void add_columns(struct layout *l, const struct decision_field *f,
			bool of_term)
{
	for (; f->name != NULL && l->n < MAX_COLUMNS; f++) {
		struct column c = {f, of_term, (int)strlen(f->name)};

		if (!(f->flags & DECISION_COLUMN) || !says_something(l, &c))
			continue;
		c.width = c.width > 9 ? c.width : 9;
		l->column[l->n++] = c;
	}
}

static void lay_out(struct layout *l)
{
	const struct decision_record *r = l->r;

	l->way = mem_array(r->n_full ? r->n_full : 1,
			   sizeof(struct decision_way *));
	l->name_width = (int)strlen("worker");
	for (uint32_t i = 0; i < r->n_full; i++) {
		int n = (int)strnlen(r->roster->worker[r->way[i].place],
				     NAME_WIDTH);

		l->way[i] = &r->way[i];
		l->name_width = n > l->name_width ? n : l->name_width;
	}
	qsort(l->way, r->n_full, sizeof(struct decision_way *), by_cost);
	add_columns(l, decision_part_field, true);
	add_columns(l, decision_term_field, true);
	add_columns(l, decision_candidate_field, false);
}

static void put_number(struct buf *out, int width, double value)
{
	if (!isfinite(value))
		buf_printf(out, "  %*s", width, "-");
	else if (value == floor(value) && fabs(value) < 1e15)
		buf_printf(out, "  %*.0f", width, value);
	else
		buf_printf(out, "  %*.*f", width, fabs(value) < 10 ? 3 : 1,
			   value);
}

static void put_row(const struct layout *l, const struct decision_way *w,
		    struct buf *out)
{
	enum policy_exclusion e = w->candidate.exclusion;

	buf_printf(out, "%c %-*s  %-12s",
		   l->r->chosen == (int)w->place ? '*' : ' ', l->name_width,
		   l->r->roster->worker[w->place],
		   e == POLICY_ALLOWED ? "" : policy_exclusion_name(e));
	for (size_t i = 0; i < l->n; i++)
		put_number(out, l->column[i].width,
			   decision_field_get(l->column[i].field,
					      owner_of(&l->column[i], w)));
	if (w->term.source >= 0)
		buf_printf(out, "  fetches %u blocks of %s",
			   w->term.fetch_blocks,
			   l->r->roster->worker[w->term.source]);
	if (decision_load_blocks(&w->candidate, &w->term) > 0)
		buf_printf(out, "  loads %u blocks of %s",
			   decision_load_blocks(&w->candidate, &w->term),
			   l->r->roster->store);
	if (w->term.leaves_store)
		buf_printf(out, "  leaves %s alone", l->r->roster->store);
	buf_putc(out, '\n');
}

static void put_candidates(const struct decision_record *r, struct buf *out)
{
	struct layout l = {.r = r};

	lay_out(&l);
	buf_printf(out, "  %-*s  %-12s", l.name_width, "worker", "excluded");
	for (size_t i = 0; i < l.n; i++)
		buf_printf(out, "  %*s", l.column[i].width,
			   l.column[i].field->name);
	buf_putc(out, '\n');
	for (uint32_t i = 0; i < r->n_full; i++)
		put_row(&l, l.way[i], out);
	if (r->n_brief > 0)
		buf_printf(out, "  and %u more, of higher cost\n", r->n_brief);
	mem_free(l.way);
}

static void put_head(const struct decision_record *r, struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];

	buf_printf(out, "%s  %s  try %u", clock_text(r->wall_us, when), r->id,
		   r->try);
	if (r->client_id[0] != '\0')
		buf_printf(out, "  %s", r->client_id);
	buf_printf(
		out,
		"\nmodel %s, %u tokens (%s), of which %u blocks of %u may be "
		"in a cache\n",
		r->roster->model, r->prompt_tokens,
		r->tokenized != NULL ? r->tokenized : "none", r->prompt_blocks,
		r->block_size);
}

static void put_choice(const struct decision_record *r, struct buf *out)
{
	const struct decision_way *w = decision_way_of(r, r->chosen);

	buf_printf(out, "policy %s, cost in %s: ", r->policy->name,
		   r->policy->unit);
	if (r->chosen < 0)
		buf_printf(out, "nobody (%s)\n", r->reason);
	else
		buf_printf(out,
			   "%s (%s), where %" PRIu64
			   " tokens are thought to be cached\n",
			   r->roster->worker[r->chosen], r->reason,
			   w == NULL ? 0
				     : (uint64_t)decision_held_blocks(
					       &w->candidate) *
					       r->block_size);
}

static void put_pair(const struct decision_record *r, struct buf *out)
{
	if (r->prefill < 0)
		return;
	buf_printf(out, "its prompt is computed by %s: %.6g ms",
		   r->roster->worker[r->prefill], r->pair_ms);
	if (isfinite(r->alone_ms))
		buf_printf(out, ", where one worker alone costs %.6g",
			   r->alone_ms);
	buf_putc(out, '\n');
}

static void put_shadow(const struct decision_record *r, struct buf *out)
{
	const struct decision_shadow *s = &r->shadow;

	if (s->policy == NULL)
		return;
	buf_printf(out, "shadow %s: %s (%s)", s->policy->name,
		   s->chosen.decode < 0 ? "nobody"
					: r->roster->worker[s->chosen.decode],
		   s->reason);
	if (s->chosen.prefill >= 0)
		buf_printf(out, " by way of %s",
			   r->roster->worker[s->chosen.prefill]);
	if (isfinite(s->cost) && isfinite(s->live_cost))
		buf_printf(out, ", at a cost of %.6g %s beside %.6g", s->cost,
			   s->policy->unit, s->live_cost);
	buf_printf(out, ", %u cached tokens beside %u\n", s->held_tokens,
		   s->live_held_tokens);
}

void decision_table_outcome(const struct decision_outcome *o, struct buf *out)
{
	if (o->name == NULL) {
		buf_puts(out, "not over yet\n");
		return;
	}
	buf_printf(out, "%s, status %u", o->name, o->status);
	if (o->why != NULL)
		buf_printf(out, " (%s)", o->why);
	if (o->cached_tokens >= 0)
		buf_printf(out,
			   ", the worker says %" PRId64 " of %" PRId64
			   " tokens were cached",
			   o->cached_tokens, o->prompt_tokens);
	if (o->prediction != NULL)
		buf_printf(out, " (prediction %s)", o->prediction);
	if (o->first_us > 0)
		buf_printf(out, ", first byte after %.1f ms",
			   (double)o->first_us / 1e3);
	buf_printf(out, ", over after %.1f ms", (double)o->duration_us / 1e3);
	if (o->queue_ms > 0)
		buf_printf(out, ", of which %" PRIu64 " ms in the queue",
			   o->queue_ms);
	buf_putc(out, '\n');
}

void decision_table(const struct decision_record *r, struct buf *out)
{
	put_head(r, out);
	put_choice(r, out);
	put_pair(r, out);
	put_candidates(r, out);
	put_shadow(r, out);
}

/* --- a line each --------------------------------------------------------- */

static void put_line(const struct decision_record *r, struct buf *out)
{
	const struct decision_way *w = decision_way_of(r, r->chosen);
	const struct decision_outcome *o = &r->outcome;
	char when[CLOCK_TEXT_BYTES];

	buf_printf(
		out, "%s  %-20s  %3u  %-20s  %-20s  %-16s  %5u/%-5u",
		clock_text(r->wall_us, when), r->id, r->try, r->roster->model,
		r->chosen < 0 ? "-" : r->roster->worker[r->chosen], r->reason,
		w == NULL ? 0 : decision_held_blocks(&w->candidate),
		r->prompt_blocks);
	put_number(out, 9, w == NULL ? INFINITY : w->term.cost);
	put_number(out, 9,
		   o->first_us > 0 ? (double)o->first_us / 1e3 : INFINITY);
	buf_printf(out, "  %s\n", o->name == NULL ? "under way" : o->name);
}

void decision_lines(const struct decision_record *const *r, size_t n,
		    struct buf *out)
{
	buf_printf(out,
		   "%-27s  %-20s  %3s  %-20s  %-20s  %-16s  %11s  %9s  %9s"
		   "  %s\n",
		   "time", "request", "try", "model", "worker", "reason",
		   "held blocks", "cost", "ttfb ms", "outcome");
	for (size_t i = 0; i < n; i++)
		put_line(r[i], out);
}
