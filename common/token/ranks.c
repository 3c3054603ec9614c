#include "common/token/ranks.h"

#include "common/base/mem.h"
#include "common/token/base64.h"
#include "common/token/vocab.h"

static void push(struct ranks *r, struct rank rank)
{
	if (r->n == r->size) {
		r->size = r->size ? r->size * 2 : 1024;
		r->rank = mem_realloc(r->rank, r->size * sizeof(*r->rank));
	}
	r->rank[r->n++] = rank;
	if (rank.id > r->last)
		r->last = rank.id;
}

static enum status take_line(struct ranks *r, struct slice line, size_t number,
			     struct error *err)
{
	struct slice token = slice_split(&line, ' ');
	struct rank rank = {.start = (uint32_t)buf_len(&r->bytes)};
	uint64_t id = 0;

	if (!base64_decode(token, &r->bytes) ||
	    buf_len(&r->bytes) == rank.start)
		return error_set(err, ERR_INVALID,
				 "line %zu: a token in base64 is wanted",
				 number);
	rank.n = (uint32_t)buf_len(&r->bytes) - rank.start;
	if (rank.n > RANKS_MAX_TOKEN)
		return error_set(err, ERR_LIMIT,
				 "line %zu: a token of more than %d bytes",
				 number, RANKS_MAX_TOKEN);
	if (slice_to_u64(slice_trim(line), VOCAB_MAX_ID - 1, &id) != OK)
		return error_set(err, ERR_INVALID,
				 "line %zu: a rank from 0 to %u is wanted",
				 number, VOCAB_MAX_ID - 1);
	rank.id = (uint32_t)id;
	push(r, rank);
	return OK;
}

enum status ranks_parse(struct slice text, struct ranks *out, struct error *err)
{
	enum status status = OK;

	*out = (struct ranks){0};
	buf_init(&out->bytes);
	for (size_t i = 1; text.n > 0 && status == OK; i++) {
		struct slice line = slice_split(&text, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > 0)
			status = take_line(out, line, i, err);
	}
	if (status == OK && out->n == 0)
		status = error_set(err, ERR_INVALID, "it has no ranks");
	return status;
}

void ranks_fini(struct ranks *r)
{
	buf_fini(&r->bytes);
	mem_free(r->rank);
	*r = (struct ranks){0};
}

struct slice ranks_token(const struct ranks *r, size_t i)
{
	return (struct slice){buf_slice(&r->bytes).p + r->rank[i].start,
			      r->rank[i].n};
}
