#include "router/placement/report.h"

#include <inttypes.h>

static const char *mode_name(const struct placement_view *v)
{
	static const char *const name[] = {
		[CONF_PLACEMENT_OFF] = "off",
		[CONF_PLACEMENT_ADVISE] = "advise",
		[CONF_PLACEMENT_ON] = "on",
	};

	return name[v->fleet->conf->placement];
}

/* The newest that is older than `before`; NULL. */
static const struct move *next_newest(const struct moves *m, uint64_t before)
{
	const struct move *best = NULL;

	for (const struct move *v = m->move; v < m->move + MOVES_KEPT; v++)
		if (v->state != MOVE_FREE && v->number < before &&
		    (best == NULL || v->number > best->number))
			best = v;
	return best;
}

static size_t count_prefixes(const struct book *b)
{
	size_t n = 0;

	for (size_t i = 0; i < BOOK_PREFIXES; i++)
		n += b->prefix[i].blocks > 0;
	return n;
}

static double seconds_ago(const struct placement_view *v, uint64_t ms)
{
	return (double)(v->now_ms - ms) / 1e3;
}

static const char *model_name(const struct placement_view *v, uint32_t number)
{
	return number < v->fleet->n_models ? v->fleet->model[number].conf->name
					   : "";
}

static void put_move(const struct placement_view *v, const struct move *o,
		     struct buf *out)
{
	buf_printf(out, "{\"number\":%" PRIu64 ",\"state\":\"%s\"", o->number,
		   move_state_name(o->state));
	buf_printf(out, ",\"reason\":\"%s\",\"model\":",
		   plan_reason_name(o->reason));
	buf_json_string(out, slice_of(model_name(v, o->model)));
	buf_puts(out, ",\"from\":");
	buf_json_string(out, slice_of(o->from_name));
	buf_puts(out, ",\"to\":");
	buf_json_string(out, slice_of(o->to_name));
	buf_printf(out, ",\"blocks\":%u,\"tokens\":%u", o->blocks, o->tokens);
	buf_printf(out, ",\"requests_per_second\":%.3g,\"gain_ms\":%.4g",
		   o->rate, o->gain_ms);
	buf_printf(out, ",\"fetch_ms\":%.4g,\"planned_s_ago\":%.1f",
		   o->fetch_ms, seconds_ago(v, o->planned_ms));
	buf_printf(out, ",\"state_s\":%.1f}", seconds_ago(v, o->since_ms));
}

static void put_draining(const struct placement_view *v, struct buf *out)
{
	bool any = false;

	buf_puts(out, ",\"draining\":[");
	for (size_t i = 0; i < v->fleet->n_workers; i++) {
		const struct worker *w = v->fleet->worker[i];

		if (v->only_there[w->id] < 0)
			continue;
		buf_puts(out, any ? ",{\"worker\":" : "{\"worker\":");
		buf_json_string(out, slice_of(w->name));
		buf_printf(out, ",\"only_there\":%d}", v->only_there[w->id]);
		any = true;
	}
	buf_putc(out, ']');
}

static void put_draining_lines(const struct placement_view *v, struct buf *out)
{
	for (size_t i = 0; i < v->fleet->n_workers; i++) {
		const struct worker *w = v->fleet->worker[i];

		if (v->only_there[w->id] >= 0)
			buf_printf(out,
				   "%s drains: %d hot prefixes are only "
				   "there\n",
				   w->name, v->only_there[w->id]);
	}
}

void placement_json(const struct placement_view *v, struct buf *out)
{
	const struct move *o = next_newest(v->moves, UINT64_MAX);

	buf_printf(out,
		   "{\"mode\":\"%s\",\"prefixes\":%zu,\"planned\":%" PRIu64,
		   mode_name(v), count_prefixes(v->book), v->moves->n_planned);
	buf_printf(out, ",\"under_way\":%u", v->moves->n_open);
	put_draining(v, out);
	buf_puts(out, ",\"moves\":[");
	while (o != NULL) {
		put_move(v, o, out);
		o = next_newest(v->moves, o->number);
		if (o != NULL)
			buf_putc(out, ',');
	}
	buf_puts(out, "]}\n");
}

void placement_table(const struct placement_view *v, struct buf *out)
{
	const struct move *o = next_newest(v->moves, UINT64_MAX);

	buf_printf(out,
		   "placement is %s: %zu prefixes known, %u moves under "
		   "way\n",
		   mode_name(v), count_prefixes(v->book), v->moves->n_open);
	put_draining_lines(v, out);
	buf_printf(out, "%8s  %-8s  %-8s  %-20s  %-20s  %8s  %10s  %9s  %9s\n",
		   "number", "state", "reason", "from", "to", "blocks",
		   "requests/s", "gain ms", "fetch ms");
	for (; o != NULL; o = next_newest(v->moves, o->number))
		buf_printf(out,
			   "%8" PRIu64 "  %-8s  %-8s  %-20s  %-20s  %8u  "
			   "%10.2f  %9.1f  %9.1f\n",
			   o->number, move_state_name(o->state),
			   plan_reason_name(o->reason), o->from_name,
			   o->to_name, o->blocks, o->rate, o->gain_ms,
			   o->fetch_ms);
}
