#include "common/token/edit.h"

#include "common/token/case_tables.h"
#include "common/token/scan.h"

#define MAX_MADE 3 /* characters from one */

static bool is_between(uint32_t c, uint32_t first, uint32_t last)
{
	return c - first <= last - first;
}

/* BERT's own list of blocks; newer ideographs are not in it. */
static bool is_chinese(uint32_t c)
{
	return is_between(c, 0x4e00, 0x9fff) || is_between(c, 0x3400, 0x4dbf) ||
	       is_between(c, 0x20000, 0x2a6df) ||
	       is_between(c, 0x2a700, 0x2b81f) ||
	       is_between(c, 0x2b920, 0x2ceaf) ||
	       is_between(c, 0xf900, 0xfaff) || is_between(c, 0x2f800, 0x2fa1f);
}

static bool nmt_drops(uint32_t c)
{
	return is_between(c, 1, 8) || c == 0xb || is_between(c, 0xe, 0x1f) ||
	       c == 0x7f || c == 0x8f || c == 0x9f;
}

static bool nmt_blanks(uint32_t c)
{
	return c == 9 || c == 0xa || c == 0xc || c == 0xd || c == 0x1680 ||
	       is_between(c, 0x200b, 0x200f) || c == 0x2028 || c == 0x2029 ||
	       c == 0x2581 || c == 0xfeff || c == 0xfffd;
}

static size_t lower(uint32_t c, unsigned class, uint32_t *out)
{
	size_t low = 0, high = unicode_lower_n;

	out[0] = c;
	if (!(class & CLASS_LOWERED))
		return 1;
	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (unicode_lower[mid * 3] <= c)
			low = mid;
		else
			high = mid;
	}
	out[0] = unicode_lower[low * 3 + 1];
	out[1] = unicode_lower[low * 3 + 2];
	return out[1] != 0 ? 2 : 1;
}

static size_t keep_unless(bool dropped, uint32_t c, uint32_t *out)
{
	out[0] = c;
	return dropped ? 0 : 1;
}

static size_t bert_clean(uint32_t c, unsigned class, uint32_t *out)
{
	return keep_unless(class & CLASS_BERT_DROPPED,
			   class & CLASS_SPACE ? ' ' : c, out);
}

static size_t bert_chinese(uint32_t c, uint32_t *out)
{
	out[0] = c;
	if (!is_chinese(c))
		return 1;
	out[0] = out[2] = ' ';
	out[1] = c;
	return 3;
}

/* What becomes of one character: how many, in `out`. */
static inline size_t edit(enum edit edit, uint32_t c, unsigned class,
			  uint32_t out[MAX_MADE])
{
	switch (edit) {
	case EDIT_LOWER: return lower(c, class, out);
	case EDIT_BERT_CLEAN: return bert_clean(c, class, out);
	case EDIT_BERT_CHINESE: return bert_chinese(c, out);
	case EDIT_BERT_ACCENTS:
		return keep_unless(class & CLASS_BERT_ACCENT, c, out);
	case EDIT_ACCENTS: return keep_unless(class & CLASS_ACCENT, c, out);
	case EDIT_NMT:
		return keep_unless(nmt_drops(c), nmt_blanks(c) ? ' ' : c, out);
	}
	return keep_unless(false, c, out);
}

/* Does the edit leave this ASCII character as it is? */
static inline bool keeps_ascii(enum edit edit, unsigned char c)
{
	switch (edit) {
	case EDIT_LOWER: return c < 'A' || c > 'Z';
	case EDIT_BERT_CLEAN:
	case EDIT_NMT: return c >= ' ' && c < 0x7f;
	default: return true;
	}
}

/* End of the ASCII characters from `at` on that stay. */
static size_t skip_kept(enum edit how, struct slice s, size_t at)
{
	while (at < s.n && (unsigned char)s.p[at] < 0x80 &&
	       keeps_ascii(how, (unsigned char)s.p[at]))
		at++;
	return at;
}

bool edit_quick(enum edit how, struct slice s)
{
	uint32_t made[MAX_MADE];
	size_t len;

	for (size_t at = 0; (at = skip_kept(how, s, at)) < s.n; at += len) {
		uint32_t c = utf8_get(s.p + at, &len);

		if (edit(how, c, unicode_class(c), made) != 1 || made[0] != c)
			return false;
	}
	return true;
}

static void append_edited(enum edit how, uint32_t c, struct buf *out)
{
	uint32_t made[MAX_MADE];
	size_t n = edit(how, c, unicode_class(c), made);

	for (size_t i = 0; i < n; i++) {
		char *to = buf_reserve(out, 4);

		buf_commit(out, utf8_put(to, made[i]));
	}
}

void edit_append(enum edit how, struct slice s, struct buf *out)
{
	size_t len;

	for (size_t at = 0, end; at < s.n; at = end) {
		end = skip_kept(how, s, at);
		buf_append(out, (struct slice){s.p + at, end - at});
		if (end == s.n)
			return;
		append_edited(how, utf8_get(s.p + end, &len), out);
		end += len;
	}
}

bool edit_drops_first(enum edit how, struct slice s)
{
	uint32_t made[MAX_MADE];
	size_t len;
	uint32_t c = utf8_get(s.p, &len);

	return edit(how, c, unicode_class(c), made) == 0;
}

struct slice edit_strip(struct slice s, bool left, bool right)
{
	size_t len;

	if (left)
		s = slice_from(s, scan_run(s.p, s.n, 0, CLASS_SPACE));
	while (right && s.n > 0) {
		size_t last = utf8_last(s.p, s.n);

		if (!(scan_class(s.p, last, &len) & CLASS_SPACE))
			break;
		s.n = last;
	}
	return s;
}
