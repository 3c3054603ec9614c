#include "router/fleet/worker.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/conf/url.h"
#include "router/index/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ID_WORDS (INDEX_MAX_WORKERS / 64)

/* Which ids are in use. Process-wide, as the last holder of a worker may
 * be any thread and any snapshot. */
static _Atomic uint64_t id_used[ID_WORDS];

static uint64_t id_bit(unsigned id)
{
	return UINT64_C(1) << (id % 64);
}

bool worker_id_take(unsigned *out)
{
	for (unsigned id = 0; id < INDEX_MAX_WORKERS; id++) {
		uint64_t before = atomic_fetch_or(&id_used[id / 64],
						  id_bit(id));

		if ((before & id_bit(id)) != 0)
			continue;
		*out = id;
		return true;
	}
	return false;
}

void worker_id_give_back(unsigned id)
{
	atomic_fetch_and(&id_used[id / 64], ~id_bit(id));
}

/* The same in every replica and release: consistent hashing rests on it.
 * FNV-1a, then a finalizer so that "worker-1" and "worker-2" lie apart. */
static uint64_t hash_name(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ (h >> 33);
}

static char *copy_or_null(const char *text)
{
	return text == NULL ? NULL : mem_strdup(text);
}

/* Ranks of one url publish on consecutive TCP ports. */
static char *endpoint_of_rank(const char *endpoint, int rank)
{
	const char *colon;
	uint64_t port;
	char text[512];

	if (endpoint == NULL)
		return NULL;
	colon = strrchr(endpoint, ':');
	if (rank <= 0 || strncmp(endpoint, "tcp://", 6) != 0 ||
	    slice_to_u64(slice_of(colon + 1), 65535, &port) != OK)
		return mem_strdup(endpoint);
	snprintf(text, sizeof(text), "%.*s:%" PRIu64, (int)(colon - endpoint),
		 endpoint, port + (uint64_t)rank);
	return mem_strdup(text);
}

/* Ranks of one url listen on consecutive ports for their peers, too. */
static void set_peer(struct worker *w, const struct conf_worker *c)
{
	struct url_peer peer;
	struct error err;

	if (c->peer == NULL ||
	    url_parse_peer(c->peer, c->data_parallel, &peer, &err) != OK)
		return;
	w->peer_host = mem_strndup(peer.host.p, peer.host.n);
	w->peer_port = (uint16_t)(peer.port + (w->rank > 0 ? w->rank : 0));
}

static char *name_of_rank(const char *name, int rank)
{
	char text[512];

	if (rank < 0)
		return mem_strdup(name);
	snprintf(text, sizeof(text), "%s/%d", name, rank);
	return mem_strdup(text);
}

/* Engines call their ranks so where there are several. */
static char *engine_id_of_rank(const char *id, int rank)
{
	char text[128];

	if (id == NULL || rank < 0)
		return copy_or_null(id);
	snprintf(text, sizeof(text), "%s_dp%d", id, rank);
	return mem_strdup(text);
}

static unsigned port_of_rank(size_t port, const struct connector *c, int rank)
{
	if (port == 0 || rank < 0 || !c->port_of_rank)
		return (unsigned)port;
	return (unsigned)port + (unsigned)rank;
}

static struct worker_transfer transfer_of_rank(const struct conf_worker *w,
					       int rank)
{
	const struct conf_transfer *t = &w->transfer;
	const struct connector *c = connector_get(w->connector);
	size_t port = t->port == 0 ? c->port : t->port;

	return (struct worker_transfer){
		.host = copy_or_null(t->host),
		.port = port_of_rank(port, c, rank),
		.alloc_port = port_of_rank(t->alloc_port, c, rank),
		.engine_id = engine_id_of_rank(t->engine_id, rank),
		.tp_size = (unsigned)t->tp_size,
		.pp_size = (unsigned)t->pp_size,
		.lease_ms = t->lease_ms,
		.addr = t->addr,
	};
}

struct worker *worker_create(const struct conf_worker *c, unsigned id, int rank)
{
	struct worker *w = mem_zalloc(sizeof(*w));

	ASSERT(id < INDEX_MAX_WORKERS);
	atomic_fetch_or(&id_used[id / 64], id_bit(id));
	ref_init(&w->ref);
	w->id = id;
	w->rank = rank;
	w->name = name_of_rank(c->name, rank);
	w->name_hash = hash_name(w->name);
	w->host = copy_or_null(c->host);
	w->url = copy_or_null(c->url);
	w->api_key = copy_or_null(c->api_key);
	w->addr = c->addr;
	w->secure = c->secure;
	tls_slot_init(&w->tls);
	w->events = endpoint_of_rank(c->events, rank);
	w->replay = endpoint_of_rank(c->replay, rank);
	w->topic = mem_strdup(c->topic == NULL ? "" : c->topic);
	set_peer(w, c);
	w->role = c->role;
	w->connector = c->connector;
	w->transfer = transfer_of_rank(c, rank);
	atomic_init(&w->max_inflight, (unsigned)c->max_inflight);
	w->own_gpu = c->own_gpu;
	atomic_init(&w->health_reason, "not checked yet");
	atomic_init(&w->trust_reason, "no event seen yet");
	atomic_init(&w->guess, NULL);
	engine_name_init(&w->engine);
	parity_init(&w->parity);
	kv_memory_init(&w->kv_memory);
	return w;
}

struct worker *worker_ref(struct worker *w)
{
	ref_hold(&w->ref);
	return w;
}

void worker_unref(struct worker **w)
{
	struct worker *gone = *w;

	*w = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	mem_free(gone->name);
	tls_slot_fini(&gone->tls);
	mem_free(gone->host);
	mem_free(gone->url);
	mem_free(gone->api_key);
	mem_free(gone->events);
	mem_free(gone->replay);
	mem_free(gone->topic);
	mem_free(gone->peer_host);
	mem_free(gone->transfer.host);
	mem_free(gone->transfer.engine_id);
	engine_name_fini(&gone->engine);
	parity_fini(&gone->parity);
	kv_memory_fini(&gone->kv_memory);
	worker_id_give_back(gone->id);
	mem_free(gone);
}

size_t worker_block_size(const struct worker *w)
{
	size_t by_events = atomic_load(&w->block_size);

	return by_events != 0 ? by_events : atomic_load(&w->metrics_block_size);
}

const char *worker_health_name(enum worker_health h)
{
	static const char *const name[] = {"unknown", "up", "down"};

	return name[h];
}

const char *worker_trust_name(enum worker_trust t)
{
	static const char *const name[] = {"fallback", "degraded", "exact"};

	return name[t];
}

const char *worker_keys_name(enum worker_keys k)
{
	static const char *const name[] = {"unproven", "engine", "tokens"};

	return name[k];
}
