#include "router/probe/parity_compare.h"

#include <string.h>

#define SHOWN_TOKENS 6
#define SHOWN_BYTES  40

static size_t common_prefix(struct parity_ids a, struct parity_ids b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.id[n] == b.id[n])
		n++;
	return n;
}

/* `longer` is `shorter` behind one more token. */
static bool has_one_before(struct parity_ids longer, struct parity_ids shorter)
{
	return longer.n == shorter.n + 1 &&
	       memcmp(longer.id + 1, shorter.id,
		      shorter.n * sizeof(*shorter.id)) == 0;
}

static bool has_one_behind(struct parity_ids longer, struct parity_ids shorter)
{
	return longer.n == shorter.n + 1 &&
	       memcmp(longer.id, shorter.id, shorter.n * sizeof(*shorter.id)) ==
		       0;
}

/* Without the beginning of a character that its end has cut. */
static struct slice whole_characters(struct slice s)
{
	size_t tail = 0, want = 0;
	unsigned char lead;

	while (tail < 3 && tail + 1 < s.n &&
	       ((unsigned char)s.p[s.n - 1 - tail] & 0xc0) == 0x80)
		tail++;
	lead = (unsigned char)(s.n > 0 ? s.p[s.n - 1 - tail] : 0);
	if (lead >= 0xc0)
		want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
	if (tail < want && s.n > tail + 1)
		s.n -= tail + 1;
	return s;
}

/* At least one whole token, then as many as fit. */
static void put_tokens(const struct tokenizer *t, const uint32_t *id, size_t n,
		       struct buf *out)
{
	struct buf text;
	struct slice s;

	buf_init(&text);
	for (size_t i = 0; i < n && i < SHOWN_TOKENS; i++)
		if (buf_len(&text) < SHOWN_BYTES)
			tokenizer_decode(t, &id[i], 1, &text);
	s = buf_slice(&text);
	if (s.n > SHOWN_BYTES)
		s.n = SHOWN_BYTES;
	s = whole_characters(s);
	/* Ids outside our vocabulary have no text. */
	if (s.n == 0 && n > 0)
		buf_printf(out, "id %u", (unsigned)id[0]);
	else if (s.n == 0)
		buf_puts(out, "nothing");
	else
		buf_json_string(out, s);
	buf_fini(&text);
}

static void say_where(const struct parity_case *c, const struct tokenizer *t,
		      struct parity_ids ours, struct parity_ids theirs,
		      struct buf *says)
{
	size_t at = common_prefix(ours, theirs);

	buf_printf(says, "%s differs at token %zu: ours ", c->name, at);
	put_tokens(t, ours.id + at, ours.n - at, says);
	buf_puts(says, ", theirs ");
	put_tokens(t, theirs.id + at, theirs.n - at, says);
}

/* One token more or less before a text is not what a tokenizer or a template
 * is wrong by. Behind one it may be the template. */
static bool say_special(const struct parity_case *c, const struct tokenizer *t,
			struct parity_ids ours, struct parity_ids theirs,
			struct buf *says)
{
	bool may_end = c->kind == PARITY_SPECIALS;
	const struct {
		bool is;
		const uint32_t *id;
		const char *who, *where;
	} row[] = {
		{has_one_before(theirs, ours), theirs.id, "the worker puts",
		 "before"},
		{has_one_before(ours, theirs), ours.id,
		 "the worker does not put", "before"},
		{may_end && has_one_behind(theirs, ours),
		 theirs.id + theirs.n - 1, "the worker puts", "behind"},
		{may_end && has_one_behind(ours, theirs), ours.id + ours.n - 1,
		 "the worker does not put", "behind"},
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (!row[i].is)
			continue;
		buf_printf(says, "%s ", row[i].who);
		put_tokens(t, row[i].id, 1, says);
		buf_printf(says, " %s %s", row[i].where, c->name);
		return true;
	}
	return false;
}

bool parity_compare(const struct parity_case *c, const struct tokenizer *t,
		    struct parity_ids ours, struct parity_ids theirs,
		    enum parity_check *out, struct buf *says)
{
	if (ours.n == theirs.n && common_prefix(ours, theirs) == ours.n)
		return false;
	if (ours.n > 0 && theirs.n > 0 &&
	    say_special(c, t, ours, theirs, says)) {
		*out = PARITY_SPECIAL;
		return true;
	}
	say_where(c, t, ours, theirs, says);
	*out = c->kind == PARITY_CHAT ? PARITY_TEMPLATE : PARITY_TOKENIZER;
	return true;
}
