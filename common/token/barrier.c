/* Added tokens behind which encoding may start anew, whatever follows.
 *
 * The search for added tokens goes from left to right, the longest at each
 * place. What stands behind a token can change what was found up to its
 * end only where a longer token contains it with more behind; and what was
 * found can change what comes behind only through blanks that the token
 * takes up, or where a token minds the letters beside it. */
#include <string.h>

#include "common/token/added.h"

static bool reaches_across(const struct added_token *longer,
			   const struct added_token *t)
{
	return longer->n > t->n &&
	       memmem(longer->text, longer->n - 1, t->text, t->n) != NULL;
}

static bool is_barrier(const struct added *a, const struct added_token *t)
{
	if (!t->special || t->rstrip)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (reaches_across(&a->token[i], t))
			return false;
	return true;
}

void added_mark_barriers(struct added *a)
{
	bool minds_letters = false;

	for (size_t i = 0; i < a->n; i++)
		minds_letters |= a->token[i].single_word;
	for (size_t i = 0; i < a->n; i++)
		a->token[i].barrier = !minds_letters &&
				      is_barrier(a, &a->token[i]);
}
