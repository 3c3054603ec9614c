/* What block hashes cost, as ratios to the plain way: one EVP_Digest of
 * SHA-256 for each block over the same CBOR bytes, which is what a
 * gateway pays that calls the library as its manual says.
 *
 * Each round times both, one directly after the other; a value is the
 * median of the rounds' ratios. One line each: name, value, unit, goal,
 * moonshot, note, with tabs between. */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/hash/memo.h"
#include "common/hash/serial.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_TOKENS   32768
#define BLOCK_SIZE 16
#define ROUNDS     101
#define MEMO_BYTES (8 << 20)

struct bench {
	struct rng rng;
	uint32_t token[N_TOKENS];
	struct hash_scheme scheme; /* of the case */
	struct hash_scheme cbor;   /* of the plain way */
	struct serial_block block;
	struct memo *memo;
	struct arena arena;
};

struct row {
	const char *name;
	enum hash_algorithm algorithm;
	size_t block_size;
	int percent_seen; /* by the memo; -1: without memo */
	const char *must, *moonshot, *note;
};

/* Ids as text has them: many small ones, few past 65,536. */
static uint32_t random_token(struct rng *r)
{
	double unit = rng_unit(r);

	return (uint32_t)(152000 * unit * unit * unit);
}

static void renew_tokens(struct bench *b, size_t from)
{
	for (size_t i = from; i < N_TOKENS; i++)
		b->token[i] = random_token(&b->rng);
}

static uint64_t plain_ns(struct bench *b)
{
	struct serial_block *block = &b->block;
	uint8_t *parent = block->byte + block->parent_at;
	struct serial_tail tail;
	uint64_t start = clock_ns();

	if (serial_tail_init(&tail, SERIAL_CBOR, BLOCK_SIZE, NULL, 0) != OK)
		abort();
	memcpy(parent, b->cbor.none_hash, b->cbor.hash_bytes);
	for (size_t i = 0; i < N_TOKENS; i += BLOCK_SIZE) {
		size_t n = serial_block_fill(block, &b->token[i], &tail);

		if (!EVP_Digest(block->byte, n, parent, NULL, EVP_sha256(),
				NULL))
			abort();
	}
	return clock_ns() - start;
}

static uint64_t chain_ns(struct bench *b)
{
	struct chain c;
	uint64_t start = clock_ns(), ns;
	enum status st;

	if (b->memo)
		st = memo_chain(b->memo, &b->scheme, b->token, N_TOKENS, NULL,
				N_TOKENS, &b->arena, &c);
	else
		st = chain_hash(&b->scheme, b->token, N_TOKENS, NULL, N_TOKENS,
				&b->arena, &c);
	ns = clock_ns() - start;
	if (st != OK || c.n != N_TOKENS / b->scheme.block_size)
		abort();
	arena_reset(&b->arena);
	return ns;
}

static void fill_memo(struct bench *b)
{
	for (int i = 0; i < 2 * MEMO_BYTES / (N_TOKENS / 256 * 192); i++) {
		renew_tokens(b, 0);
		chain_ns(b);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bench_row(struct bench *b, const struct row *r)
{
	size_t from = 0;
	double ratio[ROUNDS], ns[ROUNDS];

	if (hash_scheme_init(&b->scheme, r->algorithm, SLICE("0"),
			     r->block_size) != OK)
		abort();
	if (r->percent_seen >= 0) {
		b->memo = memo_create(MEMO_BYTES);
		from = N_TOKENS / 100 * (size_t)r->percent_seen;
		if (r->percent_seen == 100)
			from = N_TOKENS;
		fill_memo(b);
		chain_ns(b);
	}
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t plain;

		renew_tokens(b, from);
		plain = plain_ns(b);
		ns[i] = (double)chain_ns(b);
		ratio[i] = ns[i] / (double)plain;
	}
	qsort(ratio, ROUNDS, sizeof(*ratio), by_value);
	qsort(ns, ROUNDS, sizeof(*ns), by_value);
	printf("%s\t%.4f\tratio\t%s\t%s\t%s; %.1f us for %d tokens, "
	       "quartiles %.4f-%.4f\n",
	       r->name, ratio[ROUNDS / 2], r->must, r->moonshot, r->note,
	       ns[ROUNDS / 2] / 1000, N_TOKENS, ratio[ROUNDS / 4],
	       ratio[ROUNDS * 3 / 4]);
	memo_destroy(&b->memo);
}

int main(void)
{
	static const struct row row[] = {
		{"hash_sha256_cbor", HASH_SHA256_CBOR, 16, -1, "0.50", "0.47",
		 "whole chain beside an EVP_Digest loop"},
		{"hash_sha256", HASH_SHA256, 16, -1, "0.50", "0.47",
		 "the same, pickled"},
		{"hash_xxhash_cbor", HASH_XXHASH_CBOR, 16, -1, "-", "-",
		 "XXH3-128 instead of SHA-256"},
		{"hash_xxhash", HASH_XXHASH, 16, -1, "-", "-",
		 "the same, pickled"},
		{"hash_tokens", HASH_TOKENS, 16, -1, "-", "-",
		 "our own chain, XXH3-64"},
		{"hash_sha256_block64", HASH_SHA256, 64, -1, "-", "-",
		 "blocks of 64 beside the loop over blocks of 16"},
		{"hash_memo_0", HASH_SHA256_CBOR, 16, 0, "-", "-",
		 "nothing seen: the memo's own price"},
		{"hash_memo_50", HASH_SHA256_CBOR, 16, 50, "-", "-",
		 "50 % of the prompt seen before"},
		{"hash_memo_90", HASH_SHA256_CBOR, 16, 90, "-", "-",
		 "90 % seen"},
		{"hash_memo_95", HASH_SHA256_CBOR, 16, 95, "0.10", "0.04",
		 "95 % seen"},
		{"hash_memo_99", HASH_SHA256_CBOR, 16, 99, "0.06", "0.02",
		 "99 % seen"},
		{"hash_memo_100", HASH_SHA256_CBOR, 16, 100, "-", "-",
		 "all seen"},
	};
	struct bench *b = mem_zalloc(sizeof(*b));

	rng_seed(&b->rng, 1);
	arena_init(&b->arena);
	if (hash_scheme_init(&b->cbor, HASH_SHA256_CBOR, SLICE("0"),
			     BLOCK_SIZE) != OK)
		abort();
	serial_block_init(&b->block, SERIAL_CBOR, b->cbor.hash_bytes,
			  BLOCK_SIZE);
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		bench_row(b, &row[i]);
	arena_fini(&b->arena);
	mem_free(b);
	return 0;
}
