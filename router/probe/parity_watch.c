#include "router/probe/parity_watch.h"

#include "common/base/assert.h"

#include <stdlib.h>
#include <string.h>

static void is(struct parity_found *f, enum parity_state s)
{
	f->state = s;
}

/* --- /metrics ------------------------------------------------------- */

static void watch_caching(const struct parity_view *v, struct parity_found *f)
{
	if (!v->told->caching_known) {
		buf_puts(&f->says, "its /metrics do not tell");
		return;
	}
	is(f, v->told->caching ? PARITY_HOLDS : PARITY_DIFFERS);
	if (v->told->caching)
		return;
	buf_puts(&f->says, "prefix caching is off");
	buf_puts(&f->mend, "start vLLM with --enable-prefix-caching");
}

static void watch_block_size(const struct parity_view *v,
			     struct parity_found *f)
{
	size_t is_size = worker_block_size(v->worker);
	size_t configured = v->model->block_size;

	if (is_size == 0) {
		buf_puts(&f->says, "neither events nor /metrics have told it");
		return;
	}
	is(f, PARITY_HOLDS);
	if (is_size == v->block_size) {
		buf_printf(&f->says, "%zu tokens", is_size);
		return;
	}
	is(f, PARITY_DIFFERS);
	buf_printf(&f->says, "its blocks have %zu tokens, ", is_size);
	if (configured != 0) {
		buf_printf(&f->says, "but block_size: says %zu", configured);
		buf_puts(&f->mend, "remove block_size: to learn it, or ");
	} else {
		buf_printf(&f->says, "those of the model's other workers %zu",
			   v->block_size);
	}
	buf_printf(&f->mend, "start vLLM with --block-size %zu", v->block_size);
}

/* --- names of blocks ------------------------------------------------ */

static void mend_hash(const struct conf_model *m, struct buf *out)
{
	buf_printf(out,
		   "start vLLM with PYTHONHASHSEED=%s and "
		   "--prefix-caching-hash-algo %s",
		   m->seed, hash_algorithm_name(m->algorithm));
}

static void say_guess(const struct parity_view *v, const struct worker_guess *g,
		      struct parity_found *f)
{
	const struct conf_model *m = v->model;
	const char *algorithm = hash_algorithm_name(g->algorithm);
	const char *told = v->told->algorithm;

	buf_puts(&f->says, "its blocks are named by ");
	buf_puts(&f->says, algorithm);
	if (g->seed != NULL)
		buf_printf(&f->says, " with PYTHONHASHSEED=%s", g->seed);
	buf_printf(&f->says, ", but hash says %s",
		   hash_algorithm_name(m->algorithm));
	if (g->seed != NULL)
		buf_printf(&f->says, " with seed %s", m->seed);
	if (told[0] != '\0' && strcmp(told, algorithm) != 0)
		buf_printf(&f->says, " and its /metrics say %s", told);
	mend_hash(m, &f->mend);
	buf_printf(&f->mend, ", or set hash.algorithm: %s", algorithm);
	if (g->seed != NULL)
		buf_printf(&f->mend, " and hash.seed: \"%s\"", g->seed);
}

static void watch_disproved(const struct parity_view *v, struct parity_found *f)
{
	const struct worker_guess *g = atomic_load(&v->worker->guess);
	const struct conf_model *m = v->model;

	is(f, PARITY_DIFFERS);
	if (g != NULL) {
		say_guess(v, g, f);
		return;
	}
	buf_printf(&f->says,
		   "its blocks have other names than seed %s gives: another "
		   "PYTHONHASHSEED, or none",
		   m->seed);
	mend_hash(m, &f->mend);
}

static void watch_unproved(const struct parity_view *v, struct parity_found *f)
{
	const struct conf_model *m = v->model;
	const char *ours = hash_algorithm_name(m->algorithm);

	if (v->told->algorithm[0] == '\0' ||
	    strcmp(v->told->algorithm, ours) == 0) {
		buf_puts(&f->says, "no block of it has been seen yet");
		return;
	}
	is(f, PARITY_DIFFERS);
	buf_printf(&f->says, "its /metrics say %s, but hash.algorithm: says %s",
		   v->told->algorithm, ours);
	mend_hash(m, &f->mend);
	buf_printf(&f->mend, ", or set hash.algorithm: %s", v->told->algorithm);
}

static void watch_hash(const struct parity_view *v, struct parity_found *f)
{
	const struct conf_model *m = v->model;

	if (m->key_mode == CONF_KEY_TOKENS || m->seed == NULL ||
	    v->worker->events == NULL) {
		is(f, PARITY_HOLDS);
		buf_puts(&f->says, "blocks are not keyed by their names");
		return;
	}
	switch (atomic_load(&v->worker->proof)) {
	case WORKER_PROVED:
		is(f, PARITY_HOLDS);
		buf_printf(&f->says, "%s, as the first block shows",
			   hash_algorithm_name(m->algorithm));
		return;
	case WORKER_DISPROVED: watch_disproved(v, f); return;
	case WORKER_NOT_PROVED: break;
	}
	watch_unproved(v, f);
}

/* --- events --------------------------------------------------------- */

/* The number behind the last colon, or `otherwise`. */
static unsigned long port_of(const char *endpoint, unsigned long otherwise)
{
	const char *colon = endpoint ? strrchr(endpoint, ':') : NULL;
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	return port > 0 && port <= 65535 ? port : otherwise;
}

void parity_events_flag(const struct worker *w, struct buf *out)
{
	/* Ranks count up from the first one's ports. */
	unsigned long rank = w->rank > 0 ? (unsigned long)w->rank : 0;
	unsigned long events = port_of(w->events, 5557 + rank);

	buf_printf(out,
		   "--kv-events-config '{\"enable_kv_cache_events\": true, "
		   "\"publisher\": \"zmq\", \"endpoint\": \"tcp://*:%lu\", "
		   "\"replay_endpoint\": \"tcp://*:%lu\"}'",
		   events - rank, port_of(w->replay, events + 1000) - rank);
}

static void mend_events(const struct parity_view *v, struct buf *out)
{
	buf_puts(out, "start vLLM with ");
	parity_events_flag(v->worker, out);
}

static void watch_events(const struct parity_view *v, struct parity_found *f)
{
	static const char *const says[] = {
		[WORKER_NO_ENDPOINT] = "no events: is configured",
		[WORKER_BAD_ENDPOINT] = "events: is no endpoint",
		[WORKER_UNREACHABLE] = "nobody publishes events at ",
		[WORKER_UNHEARD] = "new prompts bring no events at ",
		[WORKER_CONTRADICTED] = "the cached_tokens of its answers "
					"contradict the events at ",
	};
	const struct worker *w = v->worker;
	enum worker_doubt doubt = atomic_load(&w->doubt);

	/* Of hashes and block sizes the others speak. */
	if (doubt == WORKER_NO_DOUBT || doubt == WORKER_OTHER_HASHES ||
	    doubt == WORKER_OTHER_BLOCK_SIZE) {
		if (atomic_load(&w->event_batches) > 0)
			is(f, PARITY_HOLDS);
		else
			buf_puts(&f->says, "none has come yet");
		return;
	}
	is(f, PARITY_DIFFERS);
	buf_puts(&f->says, says[doubt]);
	if (doubt >= WORKER_UNREACHABLE)
		buf_puts(&f->says, w->events);
	mend_events(v, &f->mend);
	if (doubt == WORKER_NO_ENDPOINT)
		buf_puts(&f->mend, " and set events: and replay:");
	if (doubt == WORKER_CONTRADICTED)
		buf_puts(&f->mend, ", and look for another publisher there");
}

static void watch_replay(const struct parity_view *v, struct parity_found *f)
{
	const struct worker *w = v->worker;
	enum worker_replay replays = atomic_load(&w->replays);

	if (w->events == NULL ||
	    (w->replay != NULL && replays == WORKER_NOT_ASKED)) {
		buf_puts(&f->says, "nobody was asked yet");
		return;
	}
	if (w->replay != NULL && replays == WORKER_REPLAYS) {
		is(f, PARITY_HOLDS);
		return;
	}
	is(f, PARITY_DIFFERS);
	if (w->replay == NULL)
		buf_puts(&f->says, "no replay: is configured: an event that is "
				   "missed is lost");
	else
		buf_printf(&f->says, "nobody answers at %s", w->replay);
	mend_events(v, &f->mend);
	if (w->replay == NULL)
		buf_puts(&f->mend, " and set replay:");
}

/* --- answers -------------------------------------------------------- */

static void watch_usage(const struct parity_view *v, struct parity_found *f)
{
	switch (atomic_load(&v->worker->usage)) {
	case WORKER_TELLS: is(f, PARITY_HOLDS); return;
	case WORKER_NO_ANSWER:
		buf_puts(&f->says, "no answer has been seen yet");
		return;
	case WORKER_TELLS_NOT: break;
	}
	is(f, PARITY_DIFFERS);
	buf_puts(&f->says, "its answers do not tell cached_tokens, so that no "
			   "prediction can be verified");
	buf_puts(&f->mend, "start vLLM with --enable-prompt-tokens-details");
}

static void terminate(struct buf *b)
{
	if (buf_len(b) > 0)
		*buf_reserve(b, 1) = '\0';
}

void parity_watch(const struct parity_view *v, enum parity_check check,
		  struct parity_found *out)
{
	static void (*const watch[PARITY_CHECKS])(const struct parity_view *,
						  struct parity_found *) = {
		[PARITY_CACHING] = watch_caching,
		[PARITY_BLOCK_SIZE] = watch_block_size,
		[PARITY_HASH] = watch_hash,
		[PARITY_EVENTS] = watch_events,
		[PARITY_REPLAY] = watch_replay,
		[PARITY_USAGE] = watch_usage,
	};

	ASSERT(check < PARITY_CHECKS && watch[check] != NULL);
	*out = (struct parity_found){.state = PARITY_UNKNOWN};
	watch[check](v, out);
	terminate(&out->says);
	terminate(&out->mend);
}
