#include "common/token/seam.h"

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool reaches_across(const struct added_token *t)
{
	for (size_t i = 1; i < t->n; i++)
		if (t->text[i] == ' ' && is_letter(t->text[i - 1]))
			return true;
	return false;
}

static bool minds(const struct added *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->token[i].single_word || reaches_across(&a->token[i]))
			return true;
	return false;
}

/* A blank joins with nothing before it. */
static bool is_made_by_sides(const struct normalizer *z)
{
	for (size_t i = 0; i < z->n; i++)
		if (z->step[i].kind != NORMALIZE_NFC)
			return false;
	return true;
}

bool seam_has(const struct tokenizer *t)
{
	return t->block != NULL && t->limits == 0 &&
	       is_made_by_sides(&t->normalizer) && !minds(&t->raw) &&
	       !minds(&t->normal);
}

size_t seam_next(const char *p, size_t n)
{
	size_t at = n > 2 * SEAM_BYTES ? block_sync(p, n, SEAM_BYTES - 1) : n;

	return at + SEAM_BYTES > n ? n : at;
}
