#include "router/admin/prefixes_report.h"

#include "common/base/fingerprint.h"
#include "common/base/mem.h"
#include "router/admin/prefix_tree.h"

#include <inttypes.h>
#include <string.h>

/* A model's. */
struct forest {
	const struct fleet_model *model;
	struct shared_prefixes *of; /* of each worker */
	uint32_t (*sessions)[PREFIX_TREE_MAX];
	struct prefix_tree tree;
};

/* Of a prefix, at a worker. */
struct holding {
	uint32_t sessions;
	const char *where; /* in its cache, as far as is known; NULL: nowhere */
};

static void forest_init(struct forest *f, const struct fleet_model *m)
{
	f->model = m;
	f->of = mem_zalloc(m->n_workers * sizeof(*f->of) + 1);
	f->sessions = mem_zalloc(m->n_workers * sizeof(*f->sessions) + 1);
	for (size_t i = 0; i < m->n_workers; i++)
		kv_memory_prefixes(&m->worker[i]->kv_memory, &f->of[i]);
	prefix_tree_build(&f->tree, f->of, m->n_workers);
	for (size_t i = 0; i < m->n_workers; i++)
		prefix_tree_sessions(&f->tree, &f->of[i], f->sessions[i]);
}

static void forest_fini(struct forest *f)
{
	mem_free(f->of);
	mem_free(f->sessions);
}

/* By its own word, or because it was sent there. */
static const char *place_of(const uint32_t exact[INDEX_TIERS],
			    const uint32_t routed[INDEX_TIERS])
{
	if (exact[INDEX_GPU] > 0)
		return "gpu";
	if (exact[INDEX_OTHER] > 0)
		return "other";
	return routed[INDEX_GPU] > 0 ? "routed" : NULL;
}

/* Of each of the model's workers, into out[n_workers]. */
static void look_up(const struct prefixes_report *r, const struct forest *f,
		    size_t node, struct holding *out)
{
	uint64_t key = f->tree.node[node].key;
	const struct fleet_model *m = f->model;
	size_t bytes = m->n_workers * INDEX_TIERS * sizeof(uint32_t) + 1;
	uint32_t(*exact)[INDEX_TIERS] = mem_zalloc(bytes);
	uint32_t(*routed)[INDEX_TIERS] = mem_zalloc(bytes);

	index_match(r->exact, &key, 1, m->worker_id, m->n_workers, exact);
	index_match(r->approx, &key, 1, m->worker_id, m->n_workers, routed);
	for (size_t i = 0; i < m->n_workers; i++)
		out[i] = (struct holding){f->sessions[i][node],
					  place_of(exact[i], routed[i])};
	mem_free(exact);
	mem_free(routed);
}

static uint64_t id_of(const struct prefixes_report *r, uint64_t key)
{
	return fingerprint64((struct slice){(const char *)&key, sizeof(key)},
			     r->salt);
}

/* --- for programs --------------------------------------------------------- */

static void put_holder(const struct worker *w, const struct holding *h,
		       bool first, struct buf *out)
{
	buf_puts(out, first ? "{\"worker\":" : ",{\"worker\":");
	buf_json_string(out, slice_of(w->name));
	buf_printf(out, ",\"sessions\":%" PRIu32 ",\"tier\":", h->sessions);
	if (h->where == NULL)
		buf_puts(out, "null}");
	else
		buf_printf(out, "\"%s\"}", h->where);
}

static void put_holders(const struct forest *f, const struct holding *h,
			struct buf *out)
{
	bool first = true;

	buf_puts(out, ",\"holders\":[");
	for (size_t i = 0; i < f->model->n_workers; i++) {
		if (h[i].sessions == 0 && h[i].where == NULL)
			continue;
		put_holder(f->model->worker[i], &h[i], first, out);
		first = false;
	}
	buf_putc(out, ']');
}

static void put_node(const struct prefixes_report *r, const struct forest *f,
		     const struct prefix_node *p, const struct holding *h,
		     struct buf *out)
{
	buf_printf(out,
		   "{\"id\":\"%016" PRIx64 "\",\"parent\":", id_of(r, p->key));
	if (p->parent < 0)
		buf_puts(out, "null");
	else
		buf_printf(out, "\"%016" PRIx64 "\"",
			   id_of(r, f->tree.node[p->parent].key));
	buf_puts(out, ",\"model\":");
	buf_json_string(out, slice_of(f->model->conf->name));
	buf_printf(out,
		   ",\"depth\":%u,\"blocks\":%" PRIu32 ",\"tokens\":%" PRIu64
		   ",\"sessions\":%" PRIu32,
		   p->depth, p->blocks, p->tokens, p->sessions);
	put_holders(f, h, out);
	buf_putc(out, '}');
}

/* --- for people ----------------------------------------------------------- */

static void put_row(const struct prefixes_report *r, const struct forest *f,
		    const struct prefix_node *p, const struct holding *h,
		    struct buf *out)
{
	const char *between = "";

	buf_printf(out,
		   "%*s%016" PRIx64 "%*s  %8" PRIu64 "  %6" PRIu32 "  %8" PRIu32
		   "  %-20s  ",
		   (int)p->depth, "", id_of(r, p->key),
		   p->depth < 12 ? 12 - (int)p->depth : 0, "", p->tokens,
		   p->blocks, p->sessions, f->model->conf->name);
	for (size_t i = 0; i < f->model->n_workers; i++) {
		if (h[i].sessions == 0 && h[i].where == NULL)
			continue;
		buf_printf(out, "%s%s", between, f->model->worker[i]->name);
		if (h[i].sessions > 0)
			buf_printf(out, " (%" PRIu32 ")", h[i].sessions);
		between = ", ";
	}
	buf_putc(out, '\n');
}

/* --- both ----------------------------------------------------------------- */

typedef void put_prefix(const struct prefixes_report *r, const struct forest *f,
			const struct prefix_node *p, const struct holding *h,
			struct buf *out);

static void each_of_model(const struct prefixes_report *r,
			  const struct fleet_model *m, put_prefix *put_one,
			  const char *between, size_t *n, struct buf *out)
{
	struct holding *h = mem_zalloc(m->n_workers * sizeof(*h) + 1);
	struct forest f;

	forest_init(&f, m);
	for (size_t i = 0; i < f.tree.n; i++) {
		if ((*n)++ > 0)
			buf_puts(out, between);
		look_up(r, &f, i, h);
		put_one(r, &f, &f.tree.node[i], h, out);
	}
	forest_fini(&f);
	mem_free(h);
}

static void each(const struct prefixes_report *r, put_prefix *put_one,
		 const char *between, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->fleet->n_models; i++)
		each_of_model(r, &r->fleet->model[i], put_one, between, &n,
			      out);
}

void prefixes_report_json(const struct prefixes_report *r, struct buf *out)
{
	buf_puts(out, "{\"prefixes\":[");
	each(r, put_node, ",", out);
	buf_puts(out, "]}\n");
}

void prefixes_report_table(const struct prefixes_report *r, struct buf *out)
{
	buf_printf(out, "%-28s  %8s  %6s  %8s  %-20s  %s\n", "prefix", "tokens",
		   "blocks", "sessions", "model", "held by (sessions)");
	each(r, put_row, "", out);
}
