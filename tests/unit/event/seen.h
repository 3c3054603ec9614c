/* Decodes a payload and keeps copies of its events, for tests. */
#ifndef TESTS_UNIT_EVENT_SEEN_H
#define TESTS_UNIT_EVENT_SEEN_H

#include <stdlib.h>
#include <string.h>

#include "common/event/decode.h"

#define SEEN_MAX 32

struct seen_event {
	struct event e; /* its vectors and texts are the copies below */
	uint64_t hash[64];
	uint32_t token[256];
	char lora[64], salt[64];
};

struct seen {
	size_t n;
	struct seen_event at[SEEN_MAX];
	struct event_batch batch;
};

static inline void seen_text(struct slice *s, char *copy, size_t size)
{
	size_t n = s->n < size ? s->n : size;

	if (n > 0)
		memcpy(copy, s->p, n);
	*s = (struct slice){copy, s->n};
}

static inline void seen_add(void *arg, const struct event *e)
{
	struct seen *s = arg;
	struct seen_event *to;

	if (s->n == SEEN_MAX || e->n_hashes > 64 || e->n_tokens > 256)
		abort();
	to = &s->at[s->n++];
	to->e = *e;
	if (e->n_hashes > 0)
		memcpy(to->hash, e->hash, e->n_hashes * sizeof(*e->hash));
	if (e->n_tokens > 0)
		memcpy(to->token, e->token, e->n_tokens * sizeof(*e->token));
	to->e.hash = to->hash;
	to->e.token = to->token;
	seen_text(&to->e.lora_name, to->lora, sizeof(to->lora));
	seen_text(&to->e.salt, to->salt, sizeof(to->salt));
}

/* Decodes from an exact allocation, so that a read past it is noticed. */
static inline enum status seen_decode(struct seen *s, const void *p, size_t n)
{
	struct event_decoder d;
	char *copy = malloc(n ? n : 1);
	enum status st;

	memset(s, 0, sizeof(*s));
	if (n > 0)
		memcpy(copy, p, n);
	event_decoder_init(&d);
	st = event_decode(&d, (struct slice){copy, n}, seen_add, s, &s->batch);
	event_decoder_fini(&d);
	free(copy);
	return st;
}

#endif
