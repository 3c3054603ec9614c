#include "common/token/metaspace.h"

#include <string.h>

bool metaspace_word(struct slice entry, bool blanks, char *out, size_t most,
		    size_t *n)
{
	*n = 0;
	while (entry.n > 0) {
		bool blank = blanks &&
			     slice_starts(entry, SLICE(METASPACE_BLANK));

		if (*n == most || (blanks && entry.p[0] == ' '))
			return false;
		out[(*n)++] = blank ? ' ' : entry.p[0];
		entry = slice_from(entry, blank ? METASPACE_BLANK_N : 1);
	}
	return *n > 0;
}

static bool wants_prefix(enum metaspace how, struct slice piece,
			 bool starts_text)
{
	if (piece.n == 0 || piece.p[0] == ' ' ||
	    slice_starts(piece, SLICE(METASPACE_BLANK)))
		return false;
	return how == METASPACE_ALWAYS ||
	       (how == METASPACE_FIRST && starts_text);
}

struct slice metaspace(enum metaspace how, struct slice piece, bool starts_text,
		       struct buf *room)
{
	bool prefix = wants_prefix(how, piece, starts_text);

	if (how == METASPACE_NONE ||
	    (!prefix && slice_find(piece, ' ') == piece.n))
		return piece;
	buf_reset(room, SIZE_MAX);
	if (prefix)
		buf_append(room, SLICE(METASPACE_BLANK));
	while (piece.n > 0) {
		size_t n = slice_find(piece, ' ');

		buf_append(room, (struct slice){piece.p, n});
		if (n == piece.n)
			break;
		buf_append(room, SLICE(METASPACE_BLANK));
		piece = slice_from(piece, n + 1);
	}
	return buf_slice(room);
}
