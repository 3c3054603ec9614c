#include "router/conf/fault.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_WORD 64 /* longer words are nobody's slip */

void fault_add(struct conf_faults *f, const char *file, size_t line,
	       const char *key, const char *fmt, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	buf_puts(&f->text, file);
	if (line > 0)
		buf_printf(&f->text, ":%zu", line);
	if (key[0] != '\0')
		buf_printf(&f->text, ": %s", key);
	buf_printf(&f->text, ": %s\n", sentence);
	f->n++;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Letters to insert, drop or change. */
static size_t distance(struct slice a, struct slice b)
{
	size_t row[MAX_WORD + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = corner + (a.p[i - 1] != b.p[j - 1]);

			corner = row[j];
			row[j] = least(change, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[b.n];
}

const char *fault_nearest(struct slice word, const char *const *known, size_t n)
{
	const char *best = NULL;
	size_t best_distance = word.n / 3 + 2;

	if (word.n > MAX_WORD)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct slice k = slice_of(known[i]);
		size_t d;

		if (k.n > MAX_WORD)
			continue;
		d = distance(word, k);
		if (d < best_distance && d < k.n) {
			best_distance = d;
			best = known[i];
		}
	}
	return best;
}
