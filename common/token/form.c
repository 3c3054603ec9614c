#include "common/token/form.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/token/normal_tables.h"
#include "common/token/unicode.h"
#include "common/token/utf8.h"

/* Hangul is composed by arithmetic: UAX 15, "Hangul". */
#define HANGUL_FIRST 0xac00u
#define HANGUL_N     11172u
#define L_FIRST      0x1100u
#define V_FIRST      0x1161u
#define T_FIRST      0x11a7u
#define L_N          19u
#define V_N          21u
#define T_N          28u

/* Sorting by insertion is quadratic; longer runs are counted instead. */
#define INSERTION_MAX 32
#define MAX_CLASS     256

struct chars {
	uint32_t *c; /* code point << 8 | combining class */
	size_t n, size;
};

/* Finds `key` among n rows of `width`, sorted by their first number. */
static const uint32_t *find(const uint32_t *row, size_t n, size_t width,
			    uint32_t key)
{
	while (n > 0) {
		const uint32_t *mid = row + n / 2 * width;

		if (mid[0] == key)
			return mid;
		if (mid[0] < key) {
			row = mid + width;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return NULL;
}

static uint32_t combining(uint32_t c)
{
	size_t low = 0, high = unicode_combining_n;

	if (!(unicode_class(c) & CLASS_NFC))
		return 0;
	while (low < high) {
		size_t mid = (low + high) / 2;
		const uint32_t *row = &unicode_combining[mid * 2];

		if (c < row[0] >> 8)
			high = mid;
		else if (c > row[1])
			low = mid + 1;
		else
			return row[0] & 0xff;
	}
	return 0;
}

static bool composes(enum form form)
{
	return form == FORM_NFC || form == FORM_NFKC;
}

static bool is_compatible(enum form form)
{
	return form == FORM_NFKC || form == FORM_NFKD;
}

/* Characters at which the form may have something to do. */
static unsigned suspects(enum form form)
{
	unsigned classes = CLASS_NFC;

	if (!composes(form))
		classes |= CLASS_CANONICAL;
	if (is_compatible(form))
		classes |= CLASS_COMPATIBLE;
	return classes;
}

bool form_quick(enum form form, struct slice s)
{
	unsigned classes = suspects(form);
	size_t at = 0, len;

	while ((at = utf8_skip_ascii(s, at)) < s.n) {
		uint32_t c = utf8_get(s.p + at, &len);

		if (unicode_class(c) & classes)
			return false;
		at += len;
	}
	return true;
}

static void push(struct chars *list, uint32_t c)
{
	if (list->n == list->size) {
		list->size = list->size ? list->size * 2 : 256;
		list->c = mem_realloc(list->c, list->size * sizeof(*list->c));
	}
	list->c[list->n++] = c << 8 | combining(c);
}

static void decompose_hangul(struct chars *list, uint32_t c)
{
	uint32_t s = c - HANGUL_FIRST;

	push(list, L_FIRST + s / (V_N * T_N));
	push(list, V_FIRST + s % (V_N * T_N) / T_N);
	if (s % T_N != 0)
		push(list, T_FIRST + s % T_N);
}

static void decompose(struct chars *list, enum form form, uint32_t c)
{
	unsigned class = unicode_class(c);
	const uint32_t *row = NULL;

	if (c >= HANGUL_FIRST && c < HANGUL_FIRST + HANGUL_N) {
		decompose_hangul(list, c);
		return;
	}
	if ((class & CLASS_COMPATIBLE) && is_compatible(form))
		row = find(unicode_compatible, unicode_compatible_n, 2, c);
	else if (class & CLASS_CANONICAL)
		row = find(unicode_canonical, unicode_canonical_n, 2, c);
	if (row == NULL) {
		push(list, c);
		return;
	}
	for (uint32_t i = 0; i < row[1] >> 16; i++)
		push(list, unicode_decomposed[(row[1] & 0xffff) + i]);
}

static void sort_insertion(uint32_t *c, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t moved = c[i];
		size_t at = i;

		for (; at > 0 && (c[at - 1] & 0xff) > (moved & 0xff); at--)
			c[at] = c[at - 1];
		c[at] = moved;
	}
}

static void sort_counting(uint32_t *c, size_t n)
{
	uint32_t *sorted = mem_array(n, sizeof(*sorted));
	size_t start[MAX_CLASS + 1] = {0};

	for (size_t i = 0; i < n; i++)
		start[(c[i] & 0xff) + 1]++;
	for (size_t k = 1; k <= MAX_CLASS; k++)
		start[k] += start[k - 1];
	for (size_t i = 0; i < n; i++)
		sorted[start[c[i] & 0xff]++] = c[i];
	memcpy(c, sorted, n * sizeof(*c));
	mem_free(sorted);
}

/* Marks between two starters go by class; equal classes keep their order. */
static void reorder(struct chars *list)
{
	for (size_t i = 0; i < list->n; i++) {
		size_t end = i;

		while (end < list->n && (list->c[end] & 0xff) != 0)
			end++;
		if (end - i > INSERTION_MAX)
			sort_counting(&list->c[i], end - i);
		else if (end - i > 1)
			sort_insertion(&list->c[i], end - i);
		i = end;
	}
}

static uint32_t compose_hangul(uint32_t a, uint32_t b)
{
	uint32_t s = a - HANGUL_FIRST;

	if (a - L_FIRST < L_N && b - V_FIRST < V_N)
		return HANGUL_FIRST + ((a - L_FIRST) * V_N + b - V_FIRST) * T_N;
	if (s < HANGUL_N && s % T_N == 0 && b > T_FIRST && b < T_FIRST + T_N)
		return a + b - T_FIRST;
	return 0;
}

/* The composite of two code points, or 0. */
static uint32_t compose(uint32_t a, uint32_t b)
{
	size_t low = 0, high = unicode_composition_n;
	uint64_t key = (uint64_t)a << 32 | b;

	if (!(unicode_class(b) & CLASS_NFC))
		return 0;
	while (low < high) {
		size_t mid = (low + high) / 2;
		const uint32_t *row = &unicode_composition[mid * 3];
		uint64_t have = (uint64_t)row[0] << 32 | row[1];

		if (have == key)
			return row[2];
		if (have < key)
			low = mid + 1;
		else
			high = mid;
	}
	return compose_hangul(a, b);
}

/* Joins each mark to the last starter unless a mark of its own class, or a
 * starter that stayed, stands between them. */
static void compose_all(struct chars *list)
{
	size_t out = 0, starter = SIZE_MAX;
	uint32_t last = 0; /* class of what was kept behind the starter */

	for (size_t i = 0; i < list->n; i++) {
		uint32_t c = list->c[i] >> 8, class = list->c[i] & 0xff;
		bool near = starter != SIZE_MAX &&
			    (out == starter + 1 || (last != 0 && last < class));
		uint32_t joined = near ? compose(list->c[starter] >> 8, c) : 0;

		if (joined != 0) {
			list->c[starter] = joined << 8;
			continue;
		}
		if (class == 0)
			starter = out;
		last = class;
		list->c[out++] = list->c[i];
	}
	list->n = out;
}

void form_append(enum form form, struct slice s, struct buf *out)
{
	struct chars list = {0};
	size_t len;

	for (size_t at = 0; at < s.n; at += len)
		decompose(&list, form, utf8_get(s.p + at, &len));
	reorder(&list);
	if (composes(form))
		compose_all(&list);
	for (size_t i = 0; i < list.n; i++) {
		char *to = buf_reserve(out, 4);

		buf_commit(out, utf8_put(to, list.c[i] >> 8));
	}
	mem_free(list.c);
}
