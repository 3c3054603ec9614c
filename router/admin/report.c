#include "router/admin/report.h"

#include "common/base/clock.h"
#include "router/admin/parity_report.h"
#include "router/admin/report_predictions.h"
#include "router/admin/report_rates.h"
#include "router/admin/report_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PPM 1000000.0

static void gauge(struct metrics *m, enum metrics_row row,
		  const struct worker *w, double value)
{
	metric_put(metrics_cell(m, row, w->name), value);
}

static void kv_gauges(struct metrics *m, struct worker *w)
{
	struct kv_memory_view v = kv_memory_view(&w->kv_memory, clock_ms());
	const struct {
		const char *kind;
		uint64_t tokens;
	} of[] = {{"capacity", v.capacity},
		  {"taken", v.taken},
		  {"shared", v.shared},
		  {"foreign", v.foreign}};

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		metric_put(metrics_cell(m, METRICS_WORKER_KV_TOKENS, w->name,
					of[i].kind),
			   (double)of[i].tokens);
	metric_put(metrics_cell(m, METRICS_WORKER_SESSIONS, w->name, "live"),
		   v.live);
	metric_put(metrics_cell(m, METRICS_WORKER_SESSIONS, w->name, "idle"),
		   v.idle);
	gauge(m, METRICS_WORKER_KNEE, w, v.knee);
}

static void worker_gauges(const struct report *r, struct metrics *m,
			  struct worker *w)
{
	enum worker_trust trust = atomic_load(&w->trust);
	enum worker_health health = atomic_load(&w->health);

	gauge(m, METRICS_WORKER_UP, w, health == WORKER_UP ? 1 : 0);
	gauge(m, METRICS_WORKER_DRAINING, w, atomic_load(&w->draining) ? 1 : 0);
	for (int i = 0; i < GATE_N; i++)
		metric_put(metrics_cell(m, METRICS_WORKER_GATE, w->name,
					gate_name((enum gate)i)),
			   (int)atomic_load(&w->gate) == i ? 1 : 0);
	for (int i = 0; i < BREAKER_STATES_N; i++)
		metric_put(
			metrics_cell(m, METRICS_WORKER_BREAKER, w->name,
				     breaker_state_name((enum breaker_state)i)),
			(int)w->breaker.state == i ? 1 : 0);
	gauge(m, METRICS_WORKER_INFLIGHT, w, atomic_load(&w->inflight));
	gauge(m, METRICS_WORKER_INFLIGHT_TOKENS, w,
	      (double)atomic_load(&w->inflight_tokens));
	gauge(m, METRICS_WORKER_RUNNING, w, atomic_load(&w->running));
	gauge(m, METRICS_WORKER_WAITING, w, atomic_load(&w->waiting));
	gauge(m, METRICS_WORKER_KV_USAGE, w,
	      atomic_load(&w->kv_usage_ppm) / PPM);
	kv_gauges(m, w);
	for (int t = WORKER_FALLBACK; t <= WORKER_EXACT; t++)
		metric_put(metrics_cell(m, METRICS_WORKER_TRUST, w->name,
					worker_trust_name(t)),
			   (int)trust == t ? 1 : 0);
	parity_report_gauges(w, m);
	report_rates_gauges(w, m);
	metric_put(metrics_cell(m, METRICS_WORKER_INDEX_BLOCKS, w->name, "gpu"),
		   (double)index_worker_blocks(r->exact, w->id, INDEX_GPU));
	metric_put(
		metrics_cell(m, METRICS_WORKER_INDEX_BLOCKS, w->name, "other"),
		(double)index_worker_blocks(r->exact, w->id, INDEX_OTHER));
	metric_put(
		metrics_cell(m, METRICS_WORKER_INDEX_BLOCKS, w->name, "routed"),
		(double)index_worker_blocks(r->approx, w->id, INDEX_GPU));
}

static void index_gauges(const struct index *ix, struct metrics *m,
			 const char *name)
{
	struct index_stats s;

	index_stats(ix, &s);
	metric_put(metrics_cell(m, METRICS_INDEX_BYTES, name), (double)s.bytes);
	metric_put(metrics_cell(m, METRICS_INDEX_ENTRIES, name),
		   (double)s.entries);
	metrics_raise(metrics_cell(m, METRICS_INDEX_EVICTED, name),
		      (double)s.evicted);
}

void report_gauges(const struct report *r, struct metrics *m)
{
	for (size_t i = 0; i < r->fleet->n_workers; i++)
		worker_gauges(r, m, r->fleet->worker[i]);
	for (size_t i = 0; i < r->fleet->n_models; i++)
		metric_put(metrics_cell(m, METRICS_FAIL_OPEN,
					r->fleet->model[i].conf->name),
			   r->fleet->model[i].fail_open ? 1 : 0);
	report_store_gauges(r, m);
	index_gauges(r->exact, m, "exact");
	index_gauges(r->approx, m, "approximate");
	metric_put(m->cell[METRICS_CONVERSATIONS],
		   (double)recall_count(r->recall));
	metric_put(m->cell[METRICS_CONVERSATION_BYTES],
		   (double)recall_bytes(r->recall));
}

bool report_ready(const struct report *r, struct buf *out)
{
	bool ready = true;

	for (size_t i = 0; i < r->fleet->n_models; i++) {
		const struct fleet_model *m = &r->fleet->model[i];
		size_t n[3] = {0};

		/* One that only prefills serves nobody. */
		for (size_t k = 0; k < m->n_workers; k++)
			if (m->worker[k]->role != CONF_ROLE_PREFILL)
				n[atomic_load(&m->worker[k]->health)]++;
		if (n[WORKER_UP] > 0)
			continue;
		ready = false;
		buf_printf(out,
			   "model %s: none of its %zu workers is up (%zu down, "
			   "%zu not checked yet)\n",
			   m->conf->name, m->n_workers, n[WORKER_DOWN],
			   n[WORKER_UNKNOWN]);
	}
	return ready;
}

static void json_text(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, ",\"%s\":", key);
	buf_json_string(out, slice_of(text));
}

static void json_number(struct buf *out, const char *key, uint64_t n)
{
	buf_printf(out, ",\"%s\":%" PRIu64, key, n);
}

static void json_events(struct buf *out, const struct worker *w)
{
	uint64_t last = atomic_load(&w->last_event_ms);

	buf_puts(out, ",\"events\":{\"seq\":");
	buf_printf(out, "%" PRIu64, atomic_load(&w->event_seq));
	json_number(out, "batches", atomic_load(&w->event_batches));
	json_number(out, "gaps", atomic_load(&w->event_gaps));
	json_number(out, "replays", atomic_load(&w->event_replays));
	json_number(out, "resyncs", atomic_load(&w->event_resyncs));
	json_number(out, "errors", atomic_load(&w->event_errors));
	buf_printf(out, ",\"lag_ms\":%.3f",
		   (double)atomic_load(&w->event_lag_us) / 1000);
	if (last == 0)
		buf_puts(out, ",\"age_ms\":null}");
	else
		buf_printf(out, ",\"age_ms\":%" PRIu64 "}", clock_ms() - last);
}

static void json_gate(struct buf *out, const struct worker *w)
{
	const struct breaker *b = &w->breaker;
	uint64_t now_ms = clock_ms(), back_ms = atomic_load(&w->back_ms);

	json_text(out, "gate", gate_name(atomic_load(&w->gate)));
	json_text(out, "breaker", breaker_state_name(b->state));
	buf_puts(out, ",\"breaker_reason\":");
	if (b->state == BREAKER_CLOSED)
		buf_puts(out, "null");
	else
		buf_json_string(out, slice_of(breaker_failure_help(b->last)));
	json_number(out, "back_in_ms", back_ms > now_ms ? back_ms - now_ms : 0);
}

static void json_role(struct buf *out, const struct worker *w)
{
	unsigned release = atomic_load(&w->release);

	json_text(out, "role", conf_role_name(w->role));
	json_text(out, "connector", connector_get(w->connector)->name);
	if (release > 0)
		buf_printf(out, ",\"release\":\"%u.%u\"", release / 1000,
			   release % 1000);
	else
		buf_puts(out, ",\"release\":null");
}

static void json_kv(struct buf *out, struct worker *w)
{
	struct kv_memory_view v = kv_memory_view(&w->kv_memory, clock_ms());

	if (v.capacity == 0) {
		buf_puts(out, ",\"kv\":null");
		return;
	}
	buf_puts(out, ",\"kv\":{\"knee_sessions\":");
	buf_printf(out, "%.2f", v.knee);
	json_number(out, "capacity_tokens", v.capacity);
	json_number(out, "taken_tokens", v.taken);
	json_number(out, "shared_tokens", v.shared);
	json_number(out, "foreign_tokens", v.foreign);
	json_number(out, "live_sessions", v.live);
	json_number(out, "idle_sessions", v.idle);
	buf_putc(out, '}');
}

static void json_peer(struct buf *out, const struct worker *w)
{
	struct buf text = {0};

	buf_puts(out, ",\"peer\":");
	if (w->peer_host == NULL) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(&text, "%s:%u", w->peer_host, w->peer_port);
	buf_json_string(out, buf_slice(&text));
	buf_fini(&text);
}

static void json_place(struct buf *out, const char *key, const char *name)
{
	buf_printf(out, ",\"%s\":", key);
	if (name == NULL)
		buf_puts(out, "null");
	else
		buf_json_string(out, slice_of(name));
}

static void json_store(struct buf *out, const struct store *s,
		       const struct worker *w)
{
	json_place(out, "shared_store", s != NULL ? s->name : NULL);
	if (s != NULL)
		buf_printf(out, ",\"shared_store_fails\":%s",
			   atomic_load(&w->store_fails) ? "true" : "false");
}

static void json_worker(const struct report *r, const struct fleet_model *m,
			struct worker *w, const struct conf_worker *c,
			struct buf *out)
{
	buf_puts(out, "{\"name\":");
	buf_json_string(out, slice_of(w->name));
	json_text(out, "model", m->conf->name);
	json_text(out, "url", w->url);
	json_text(out, "health", worker_health_name(atomic_load(&w->health)));
	json_text(out, "health_reason", atomic_load(&w->health_reason));
	json_role(out, w);
	json_peer(out, w);
	json_place(out, "zone", c->zone);
	json_place(out, "rack", c->rack);
	json_store(out, fleet_store(m, w), w);
	json_gate(out, w);
	json_text(out, "trust", worker_trust_name(atomic_load(&w->trust)));
	json_text(out, "trust_reason", atomic_load(&w->trust_reason));
	json_text(out, "keys", worker_keys_name(atomic_load(&w->keys)));
	parity_report_worker(w, out);
	buf_printf(out, ",\"draining\":%s",
		   atomic_load(&w->draining) ? "true" : "false");
	json_number(out, "inflight", atomic_load(&w->inflight));
	json_number(out, "inflight_tokens", atomic_load(&w->inflight_tokens));
	json_number(out, "max_inflight", atomic_load(&w->max_inflight));
	json_number(out, "running", atomic_load(&w->running));
	json_number(out, "waiting", atomic_load(&w->waiting));
	buf_printf(out, ",\"kv_usage\":%.6f",
		   atomic_load(&w->kv_usage_ppm) / PPM);
	json_number(out, "kv_blocks", atomic_load(&w->kv_blocks));
	json_kv(out, w);
	json_number(out, "block_size", worker_block_size(w));
	json_number(out, "index_blocks",
		    index_worker_blocks(r->exact, w->id, INDEX_GPU));
	json_number(out, "index_blocks_other",
		    index_worker_blocks(r->exact, w->id, INDEX_OTHER));
	json_number(out, "routed_blocks",
		    index_worker_blocks(r->approx, w->id, INDEX_GPU));
	report_rates_json(w, out);
	report_predictions_json(w, r->metrics, out);
	json_events(out, w);
	buf_putc(out, '}');
}

void report_json(const struct report *r, struct buf *out)
{
	size_t n = 0;

	buf_puts(out, "{\"workers\":[");
	for (size_t i = 0; i < r->fleet->n_models; i++) {
		const struct fleet_model *m = &r->fleet->model[i];

		for (size_t k = 0; k < m->n_workers; k++) {
			if (n > 0)
				buf_putc(out, ',');
			json_worker(r, m, m->worker[k],
				    r->fleet->worker_conf[n++], out);
		}
	}
	buf_puts(out, "],\"models\":");
	parity_report_models(r->fleet, out);
	buf_puts(out, ",\"stores\":");
	report_store_json(r, out);
	buf_puts(out, "}\n");
}

/* Widths of the two columns that vary, over all rows and the heading. */
struct widths {
	int name, model;
};

static int wider(int width, const char *text)
{
	int n = (int)strnlen(text, 60);

	return n > width ? n : width;
}

static struct widths widths_of(const struct fleet *f)
{
	struct widths w = {.name = 6, .model = 5};

	for (size_t i = 0; i < f->n_models; i++)
		w.model = wider(w.model, f->model[i].conf->name);
	for (size_t i = 0; i < f->n_workers; i++)
		w.name = wider(w.name, f->worker[i]->name);
	return w;
}

/* Why it is not believed, not up, or not of one mind with us. */
static void table_why(const struct worker *w, struct buf *out)
{
	struct buf reason = {0};

	buf_puts(out, atomic_load(&w->trust_reason));
	if (atomic_load(&w->health) != WORKER_UP)
		buf_printf(out, "; %s", atomic_load(&w->health_reason));
	if (w->breaker.state != BREAKER_CLOSED)
		buf_printf(out, "; breaker %s: %s",
			   breaker_state_name(w->breaker.state),
			   breaker_failure_help(w->breaker.last));
	parity_report_reason(w, &reason);
	if (buf_len(&reason) > 0)
		buf_printf(out, "; %.*s", SLICE_ARG(buf_slice(&reason)));
	buf_fini(&reason);
}

/* One word: its health, unless its gate has more to say. */
static const char *table_health(const struct worker *w)
{
	enum gate g = atomic_load(&w->gate);

	if (g == GATE_ADMITS || g == GATE_DOWN)
		return worker_health_name(atomic_load(&w->health));
	return gate_name(g);
}

static void table_row(const struct report *r, struct widths width,
		      const struct fleet_model *m, const struct worker *w,
		      struct buf *out)
{
	buf_printf(out,
		   "%-*s  %-*s  %-10s  %-8s  %-8s  %-7s  %8u  %7u  %7u  "
		   "%5.1f%%  %9.0f  %8zu  %5zu  %10" PRIu64 "  %4" PRIu64
		   "  %7.1f  ",
		   width.name, w->name, width.model, m->conf->name,
		   table_health(w), worker_trust_name(atomic_load(&w->trust)),
		   worker_keys_name(atomic_load(&w->keys)),
		   parity_state_name(parity_state_of(&w->parity)),
		   atomic_load(&w->inflight), atomic_load(&w->running),
		   atomic_load(&w->waiting),
		   atomic_load(&w->kv_usage_ppm) * 100 / PPM,
		   report_rates_prefill(w),
		   index_worker_blocks(r->exact, w->id, INDEX_GPU),
		   worker_block_size(w), atomic_load(&w->event_seq),
		   atomic_load(&w->event_gaps),
		   (double)atomic_load(&w->event_lag_us) / 1000);
	table_why(w, out);
	buf_putc(out, '\n');
}

void report_table(const struct report *r, struct buf *out)
{
	struct widths width = widths_of(r->fleet);

	buf_printf(out,
		   "%-*s  %-*s  %-10s  %-8s  %-8s  %-7s  %8s  %7s  %7s  %6s  "
		   "%9s  %8s  %5s  %10s  %4s  %7s  %s\n",
		   width.name, "worker", width.model, "model", "health",
		   "trust", "keys", "parity", "inflight", "running", "waiting",
		   "kv", "prefill/s", "blocks", "block", "seq", "gaps",
		   "lag ms", "why");
	for (size_t i = 0; i < r->fleet->n_models; i++) {
		const struct fleet_model *m = &r->fleet->model[i];

		for (size_t k = 0; k < m->n_workers; k++)
			table_row(r, width, m, m->worker[k], out);
	}
}
