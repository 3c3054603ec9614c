#include "common/hash/memo.h"

#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/hash/walk.h"

#include <xxhash.h>
#if defined(__x86_64__)
/* The same functions, with AVX2 or AVX-512 where the processor has them. */
#include <xxh_x86dispatch.h>
#endif

#include <pthread.h>
#include <string.h>

#define CHECKPOINT_TOKENS 256
#define CHECKPOINT_BLOCKS 16 /* at most */
#define SECRET_BYTES      192
#define WAYS              7
#define BATCH             16

/* What is known at a checkpoint. */
struct entry {
	uint64_t check; /* the fingerprint's half that is not the tag */
	uint8_t digest[HASH_MAX_BYTES];  /* of the last block */
	uint64_t key[CHECKPOINT_BLOCKS]; /* behind the checkpoint before */
};

/* One cache line of tags. Within a set the clock evicts: `hand` passes
 * over, and clears, those that were used since it came by. */
struct set {
	uint64_t tag[WAYS]; /* 0: free */
	uint8_t used;       /* a bit each */
	uint8_t hand;
};

struct memo {
	struct set *set;
	struct entry *entry; /* WAYS of them for each set */
	size_t n_sets;
	size_t bytes;
	struct memo_stats stats;
	uint8_t secret[SECRET_BYTES];
};

static XXH128_hash_t fingerprint(const struct memo *m, const void *p, size_t n)
{
	return XXH3_128bits_withSecret(p, n, m->secret, sizeof(m->secret));
}

/* The fingerprint of what came before and of these bytes. */
static XXH128_hash_t fold(const struct memo *m, XXH128_hash_t so_far,
			  const void *p, size_t n)
{
	XXH128_hash_t both[2] = {so_far, fingerprint(m, p, n)};

	return fingerprint(m, both, sizeof(both));
}

/* Nothing of one scheme, adapter or salt may answer for another. */
static XXH128_hash_t fingerprint_start(const struct memo *m,
				       const struct hash_scheme *s,
				       const struct hash_extra *extra)
{
	uint64_t number[2] = {(uint64_t)s->algorithm, s->block_size};
	XXH128_hash_t fp = fingerprint(m, number, sizeof(number));

	fp = fold(m, fp, s->none_hash, sizeof(s->none_hash));
	fp = fold(m, fp, extra->lora.p, extra->lora.n);
	return fold(m, fp, extra->salt.p, extra->salt.n);
}

static uint64_t tag_of(XXH128_hash_t fp)
{
	return fp.low64 ? fp.low64 : 1;
}

static size_t set_of(const struct memo *m, XXH128_hash_t fp)
{
	return (size_t)(((unsigned __int128)fp.high64 * m->n_sets) >> 64);
}

static const struct entry *memo_find(struct memo *m, XXH128_hash_t fp)
{
	size_t at = set_of(m, fp);
	struct set *set = &m->set[at];
	uint64_t tag = tag_of(fp);

	for (size_t way = 0; way < WAYS; way++) {
		const struct entry *e = &m->entry[at * WAYS + way];

		if (set->tag[way] != tag || e->check != fp.high64)
			continue;
		set->used |= (uint8_t)(1U << way);
		return e;
	}
	return NULL;
}

static size_t set_victim(struct set *set)
{
	for (;;) {
		size_t way = set->hand;

		set->hand = (uint8_t)((way + 1) % WAYS);
		if (set->tag[way] == 0 || !(set->used & 1U << way))
			return way;
		set->used &= (uint8_t) ~(1U << way);
	}
}

/* `fp` is not in it. What is new counts as unused, so that prompts which
 * never come back do not push out those which do. */
static void memo_insert(struct memo *m, XXH128_hash_t fp,
			const uint8_t *last_digest, const uint64_t *key,
			size_t n)
{
	size_t at = set_of(m, fp);
	size_t way = set_victim(&m->set[at]);
	struct entry *e = &m->entry[at * WAYS + way];

	m->set[at].tag[way] = tag_of(fp);
	e->check = fp.high64;
	memcpy(e->digest, last_digest, sizeof(e->digest));
	memcpy(e->key, key, n * sizeof(*key));
}

/* A chain on its way through the memo. */
struct pass {
	struct memo *memo;
	const struct hash_scheme *scheme;
	const struct hash_extra *extra;
	size_t blocks; /* behind each checkpoint */
	XXH128_hash_t fp;
	const uint32_t *token;          /* of the next block */
	uint64_t *key;                  /* of the next block */
	const uint8_t *parent;          /* NULL, or `digest` */
	uint8_t digest[HASH_MAX_BYTES]; /* of the last block */
};

struct point {
	XXH128_hash_t fp;
	const struct entry *known;
	uint8_t digest[HASH_MAX_BYTES];
};

static void pass_hash(struct pass *p, size_t blocks)
{
	walk_blocks(p->scheme, p->parent, p->token, blocks, p->extra, p->key,
		    NULL, p->digest);
}

/* All fingerprints first: the memory they lead to is then on its way. */
static void pass_find(struct pass *p, struct point *point, size_t n)
{
	size_t tokens = p->blocks * p->scheme->block_size;

	for (size_t i = 0; i < n; i++) {
		p->fp = fold(p->memo, p->fp, p->token + i * tokens,
			     tokens * sizeof(*p->token));
		point[i].fp = p->fp;
		__builtin_prefetch(&p->memo->set[set_of(p->memo, p->fp)], 1);
	}
	for (size_t i = 0; i < n; i++)
		point[i].known = memo_find(p->memo, point[i].fp);
}

static void pass_over(struct pass *p, struct point *point)
{
	const struct entry *e = point->known;

	if (e) {
		memcpy(p->key, e->key, p->blocks * sizeof(*p->key));
		memcpy(p->digest, e->digest, sizeof(p->digest));
		p->memo->stats.known += p->blocks;
	} else {
		pass_hash(p, p->blocks);
		memcpy(point->digest, p->digest, sizeof(p->digest));
	}
	p->parent = p->digest;
	p->token += p->blocks * p->scheme->block_size;
	p->key += p->blocks;
}

/* Finding, hashing and inserting are kept apart: taking turns, each makes
 * the processor forget how the other's branches go. */
static void pass_batch(struct pass *p, size_t n)
{
	struct point point[BATCH];
	const uint64_t *key = p->key;

	pass_find(p, point, n);
	for (size_t i = 0; i < n; i++)
		pass_over(p, &point[i]);
	for (size_t i = 0; i < n; i++)
		if (!point[i].known)
			memo_insert(p->memo, point[i].fp, point[i].digest,
				    key + i * p->blocks, p->blocks);
}

static size_t checkpoint_blocks(const struct hash_scheme *s)
{
	size_t blocks = CHECKPOINT_TOKENS / s->block_size;

	if (blocks > CHECKPOINT_BLOCKS)
		return CHECKPOINT_BLOCKS;
	return blocks > 0 ? blocks : 1;
}

static void memo_pass(struct pass *p, size_t n_blocks)
{
	size_t points = p->memo->n_sets > 0 ? n_blocks / p->blocks : 0;

	for (size_t i = 0; i < points; i += BATCH)
		pass_batch(p, points - i < BATCH ? points - i : BATCH);
	pass_hash(p, n_blocks - points * p->blocks);
}

/* The library picks its functions at the first long input, without a lock:
 * two threads must not be first at once. */
static void choose_functions(void)
{
	uint8_t zero[SECRET_BYTES * 2] = {0};

	(void)XXH3_128bits_withSecret(zero, sizeof(zero), zero, SECRET_BYTES);
}

struct memo *memo_create(size_t max_bytes)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct memo *m = mem_zalloc(sizeof(*m));
	size_t set_bytes = sizeof(struct set) + WAYS * sizeof(struct entry);

	if (max_bytes > sizeof(*m))
		m->n_sets = (max_bytes - sizeof(*m)) / set_bytes;
	m->bytes = sizeof(*m) + m->n_sets * set_bytes;
	if (m->n_sets > 0) {
		m->set = mem_zalloc(m->n_sets * sizeof(*m->set));
		m->entry = mem_array(m->n_sets * WAYS, sizeof(*m->entry));
	}
	pthread_once(&once, choose_functions);
	rng_system(m->secret, sizeof(m->secret));
	return m;
}

void memo_destroy(struct memo **m)
{
	if (!*m)
		return;
	mem_free((*m)->set);
	mem_free((*m)->entry);
	mem_free(*m);
	*m = NULL;
}

enum status memo_chain(struct memo *m, const struct hash_scheme *s,
		       const uint32_t *token, size_t n,
		       const struct hash_extra *extra, size_t max_blocks,
		       struct arena *arena, struct chain *out)
{
	static const struct hash_extra nothing;
	struct chain c = {NULL, n / s->block_size};
	struct pass p = {m, s, extra ? extra : &nothing, checkpoint_blocks(s)};

	if (s->algorithm == HASH_TOKENS)
		return chain_hash(s, token, n, extra, max_blocks, arena, out);
	if (c.n > max_blocks || walk_check(extra) != OK)
		return ERR_LIMIT;
	if (c.n > 0) {
		c.key = arena_array(arena, c.n, sizeof(*c.key));
		p.token = token;
		p.key = c.key;
		p.fp = fingerprint_start(m, s, p.extra);
		memo_pass(&p, c.n);
	}
	m->stats.blocks += c.n;
	*out = c;
	return OK;
}

size_t memo_bytes(const struct memo *m)
{
	return m->bytes;
}

struct memo_stats memo_stats(const struct memo *m)
{
	return m->stats;
}
