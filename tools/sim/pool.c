#include "tools/sim/pool.h"

#include "common/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct pool {
	const struct hash_scheme *scheme;
	struct host_link link;
	void (*stored)(void *arg, const struct cache_run *run);
	void *arg;
	int directory;
	double free_s; /* when the link is */
};

#define NAME_BYTES (2 * HASH_MAX_BYTES + 1)

static const char *name_of(const struct pool *p, const uint8_t *digest,
			   char name[NAME_BYTES])
{
	for (size_t i = 0; i < p->scheme->hash_bytes; i++)
		snprintf(name + 2 * i, 3, "%02x", digest[i]);
	return name;
}

static bool has(const struct pool *p, const uint8_t *digest)
{
	char name[NAME_BYTES];

	return faccessat(p->directory, name_of(p, digest, name), F_OK, 0) == 0;
}

/* False: it was there. */
static bool put(const struct pool *p, const uint8_t *digest)
{
	char name[NAME_BYTES];
	int fd = openat(p->directory, name_of(p, digest, name),
			O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct pool *pool_open(const char *directory, const struct hash_scheme *scheme,
		       const struct host_link *link,
		       void (*stored)(void *arg, const struct cache_run *run),
		       void *arg, struct error *err)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pool *p;

	if (fd < 0) {
		(void)error_set(err, ERR_IO, "store: %s: %s", directory,
				strerror(errno));
		return NULL;
	}
	p = mem_zalloc(sizeof(*p));
	p->scheme = scheme;
	p->link = *link;
	p->stored = stored;
	p->arg = arg;
	p->directory = fd;
	return p;
}

void pool_close(struct pool **p)
{
	if (*p == NULL)
		return;
	close((*p)->directory);
	mem_free(*p);
	*p = NULL;
}

size_t pool_match(struct pool *p, struct seq *s, size_t here)
{
	size_t size = p->scheme->block_size, bytes = p->scheme->hash_bytes;
	size_t at = here / size, max = s->n ? (s->n - 1) / size : 0;
	const uint8_t *digest;

	if (max <= at)
		return here;
	digest = seq_digests(s, p->scheme, max);
	while (at < max && has(p, digest + at * bytes))
		at++;
	return at * size;
}

static void tell(struct pool *p, struct seq *s, size_t from, size_t to)
{
	size_t size = p->scheme->block_size, bytes = p->scheme->hash_bytes;
	const struct cache_run run = {
		.digest = s->digest + from * bytes,
		.n_blocks = to - from,
		.parent = from > 0 ? s->digest + (from - 1) * bytes : NULL,
		.token = s->token + from * size,
		.extra = &s->extra,
	};

	if (to > from)
		p->stored(p->arg, &run);
}

void pool_put(struct pool *p, struct seq *s, size_t n_tokens)
{
	size_t n = n_tokens / p->scheme->block_size, from = 0;
	const uint8_t *digest = seq_digests(s, p->scheme, n);

	for (size_t i = 0; i < n; i++) {
		if (put(p, digest + i * p->scheme->hash_bytes))
			continue;
		tell(p, s, from, i);
		from = i + 1;
	}
	tell(p, s, from, n);
}

double pool_load(struct pool *p, double now_s, size_t tokens)
{
	double from_s = now_s > p->free_s ? now_s : p->free_s;

	p->free_s = from_s + p->link.load_s + p->link.token_s * (double)tokens;
	return p->free_s;
}
