#include "common/token/scan.h"

/* The Punctuation pre-tokenizer: signs, `most` together; what lies between
 * in one piece. */
static inline size_t scan(const char *p, size_t n, size_t at, size_t most)
{
	size_t end = scan_some(p, n, at, CLASS_PUNCT_SPLIT, most);

	return end > at ? end : scan_run_not(p, n, at, CLASS_PUNCT_SPLIT);
}

size_t scan_signs(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, 1);
}

size_t scan_sign_runs(const char *p, size_t n, size_t at)
{
	return scan(p, n, at, SIZE_MAX);
}
