/* What it costs to decode a BlockStored of 64 blocks with 16 tokens each,
 * as a ratio to msgpack-c doing it in the same run, and what a block costs
 * until it stands in the index.
 *
 * msgpack-c unpacks each payload and the hashes are read from its tree,
 * its tokens are not even touched. Each round times both ways, one
 * directly after the other; a ratio is the median of the rounds'. One line
 * each: name, value, unit, goal, moonshot, note, with tabs between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <msgpack.h>

#include "common/base/buf.h"
#include "common/base/rng.h"
#include "common/event/decode.h"
#include "common/event/encode.h"
#include "router/index/index.h"

#define BLOCKS   64
#define TOKENS   16
#define PAYLOADS 256
#define ROUNDS   51
#define CALLS    200
#define ENTRIES  4000000

struct load {
	const char *name;
	struct event_style style;
	struct buf payload[PAYLOADS];
	struct event_decoder decoder;
};

static volatile uint64_t sum;

/* Skewed like text, under 152,000: three bytes and a third on average. */
static uint32_t some_token(struct rng *r)
{
	double u = rng_unit(r);

	return (uint32_t)(u * u * u * 152000);
}

static void make_payload(struct load *l, struct rng *r, struct buf *to)
{
	uint8_t hash[(BLOCKS + 1) * 32];
	uint32_t token[BLOCKS * TOKENS];
	struct event_out e = {
		.kind = EVENT_STORED,
		.hash = hash,
		.n_hashes = BLOCKS,
		.hash_bytes = 32,
		.parent = hash + BLOCKS * 32,
		.token = token,
		.n_tokens = BLOCKS * TOKENS,
		.block_size = TOKENS,
		.medium = SLICE("GPU"),
		.spec_kind = SLICE("full_attention"),
	};

	for (size_t i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)rng_next(r);
	for (size_t i = 0; i < e.n_tokens; i++)
		token[i] = some_token(r);
	buf_init(to);
	event_encode(to, &l->style, 1700000000.5, &e, 1, 0);
}

static void load_init(struct load *l)
{
	struct rng r;

	rng_seed(&r, 1);
	event_decoder_init(&l->decoder);
	for (int i = 0; i < PAYLOADS; i++)
		make_payload(l, &r, &l->payload[i]);
}

static void load_fini(struct load *l)
{
	event_decoder_fini(&l->decoder);
	for (int i = 0; i < PAYLOADS; i++)
		buf_fini(&l->payload[i]);
}

static void add_hashes(void *arg, const struct event *e)
{
	uint64_t *total = arg;

	for (size_t i = 0; i < e->n_hashes; i++)
		*total += e->hash[i];
}

static uint64_t our_way(struct load *l, struct slice payload)
{
	struct event_batch batch;
	uint64_t total = 0;

	if (event_decode(&l->decoder, payload, add_hashes, &total, &batch))
		abort();
	return total;
}

static uint64_t their_hash(const msgpack_object *o)
{
	uint64_t be;

	if (o->type != MSGPACK_OBJECT_BIN)
		return o->via.u64;
	memcpy(&be, o->via.bin.ptr + o->via.bin.size - 8, sizeof(be));
	return be64toh(be);
}

static uint64_t their_way(struct slice payload)
{
	msgpack_unpacked un;
	const msgpack_object *event, *hashes;
	uint64_t total = 0;

	msgpack_unpacked_init(&un);
	if (msgpack_unpack_next(&un, payload.p, payload.n, NULL) !=
	    MSGPACK_UNPACK_SUCCESS)
		abort();
	event = un.data.via.array.ptr[1].via.array.ptr;
	hashes = event->type == MSGPACK_OBJECT_MAP ? &event->via.map.ptr[1].val
						   : &event->via.array.ptr[1];
	for (uint32_t i = 0; i < hashes->via.array.size; i++)
		total += their_hash(&hashes->via.array.ptr[i]);
	msgpack_unpacked_destroy(&un);
	return total;
}

/* Of this thread; the machine may be busy with others. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *value, size_t n)
{
	qsort(value, n, sizeof(*value), by_value);
	return value[n / 2];
}

static void bench_decode(struct load *l)
{
	double ratio[ROUNDS], ours_ns[ROUNDS];

	for (int i = 0; i < PAYLOADS; i++)
		if (our_way(l, buf_slice(&l->payload[i])) !=
		    their_way(buf_slice(&l->payload[i])))
			abort();
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = cpu_ns(), middle;

		for (int j = 0; j < CALLS; j++)
			sum += their_way(buf_slice(&l->payload[j % PAYLOADS]));
		middle = cpu_ns();
		for (int j = 0; j < CALLS; j++)
			sum += our_way(l, buf_slice(&l->payload[j % PAYLOADS]));
		ours_ns[i] = (double)(cpu_ns() - middle);
		ratio[i] = ours_ns[i] / (double)(middle - start);
	}
	printf("event-decode-%s\t%.3f\tratio\t0.35\t0.20\t"
	       "64 blocks of 16 tokens / msgpack-c; %.1f ns a block\n",
	       l->name, median(ratio, ROUNDS),
	       median(ours_ns, ROUNDS) / CALLS / BLOCKS);
}

struct store {
	struct index *ix;
	uint64_t salt; /* so that the same payloads bring new blocks */
};

static void store_event(void *arg, const struct event *e)
{
	struct store *s = arg;
	uint64_t key[BLOCKS];

	for (size_t i = 0; i < e->n_hashes; i++)
		key[i] = e->hash[i] ^ s->salt;
	index_store_run(s->ix, key, e->n_hashes, s->salt % 64, INDEX_GPU);
}

static void bench_store(struct load *l)
{
	struct store s = {.ix = index_create((size_t)1 << 30)};
	struct event_batch batch;
	uint64_t start = cpu_ns(), n = 0;

	while (n < ENTRIES) {
		s.salt++;
		for (int i = 0; i < PAYLOADS; i++) {
			if (event_decode(&l->decoder, buf_slice(&l->payload[i]),
					 store_event, &s, &batch))
				abort();
			n += BLOCKS;
		}
	}
	printf("event-decode-store-%s\t%.1f\tns\t200\t100\t"
	       "per block, decoded and stored, growth to 4M included\n",
	       l->name, (double)(cpu_ns() - start) / (double)n);
	index_destroy(&s.ix);
}

int main(void)
{
	static struct load loads[] = {
		{.name = "array", .style = {EVENT_V010_2, false}},
		{.name = "map-bytes", .style = {EVENT_V024, true}},
	};

	for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
		load_init(&loads[i]);
		bench_decode(&loads[i]);
		bench_store(&loads[i]);
		load_fini(&loads[i]);
	}
	return 0;
}
