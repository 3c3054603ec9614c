#include "common/token/regex_fold.h"

#include "common/token/case_tables.h"

/* The least that is the same. */
static uint32_t least(uint32_t c)
{
	size_t low = 0, high = unicode_fold_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (unicode_fold[mid * 2] < c)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < unicode_fold_n && unicode_fold[low * 2] == c)
		return unicode_fold[low * 2 + 1];
	return c;
}

void regex_fold_set(struct regex_set *s)
{
	struct regex_set leasts = {0};

	for (size_t i = 0; i < unicode_fold_n; i++) {
		const uint32_t *row = &unicode_fold[i * 2];

		if (regex_set_has(s, row[0]) || regex_set_has(s, row[1]))
			regex_set_add(&leasts, row[1], row[1]);
	}
	regex_set_sort(&leasts);
	for (size_t i = 0; i < unicode_fold_n; i++) {
		const uint32_t *row = &unicode_fold[i * 2];

		if (!regex_set_has(&leasts, row[1]))
			continue;
		regex_set_add(s, row[0], row[0]);
		regex_set_add(s, row[1], row[1]);
	}
	regex_set_sort(s);
	regex_set_fini(&leasts);
}

void regex_fold_char(uint32_t c, struct regex_set *out)
{
	regex_set_add(out, c, c);
	regex_fold_set(out);
}

bool regex_fold_is_long(const struct regex_set *s)
{
	for (size_t i = 0; i < unicode_long_fold_n; i++)
		if (regex_set_has(s, unicode_long_fold[i * 4]))
			return true;
	return false;
}

bool regex_fold_joins(uint32_t first, uint32_t second)
{
	for (size_t i = 0; i < unicode_long_fold_n; i++) {
		const uint32_t *row = &unicode_long_fold[i * 4];

		if (least(first) == least(row[1]) &&
		    least(second) == least(row[2]))
			return true;
	}
	return false;
}
