/* Scanners: one hand-written function for each published pre-tokenizer
 * pattern. Each gives the end (> at) of the piece of p[0, n) that starts at
 * `at` < n: a match of its pattern, or the text up to the next match. The
 * text is valid UTF-8 and ends where a pattern sees the end of input. Every
 * scanner takes time linear in the piece that it returns, and looks ahead
 * only over white space and one character more. Pure; any thread. */
#ifndef COMMON_TOKEN_SCAN_H
#define COMMON_TOKEN_SCAN_H

#include <stddef.h>

#include "common/token/unicode.h"
#include "common/token/utf8.h"

typedef size_t scan_fn(const char *p, size_t n, size_t at);

scan_fn scan_gpt2;   /* the pattern inside ByteLevel; also OLMo, phi-2 */
scan_fn scan_llama3; /* cl100k: digits in groups of up to three */
scan_fn scan_cl100k; /* tiktoken's own text of it: all digits in one */
scan_fn scan_qwen2;  /* digits one by one; also bailing */
scan_fn scan_qwen35; /* and marks are letters */
scan_fn scan_seed;   /* seed-coder: line ends do not follow signs */
scan_fn scan_o200k;  /* gpt-oss, Llama 4, MiniMax */
scan_fn scan_tekken; /* Mistral since Nemo */
scan_fn scan_kimi;   /* Kimi K2 */

/* Steps of a sequence. */
scan_fn scan_numbers3;     /* \p{N}{1,3} */
scan_fn scan_deepseek_cjk; /* the second of DeepSeek V3's three */
scan_fn scan_deepseek;     /* the third */
scan_fn scan_digits;       /* Digits, one by one */
scan_fn scan_digit_runs;   /* Digits, in runs */
scan_fn scan_ascii3;       /* [0-9][0-9][0-9]: Falcon */
scan_fn scan_signs;        /* Punctuation, one by one; also BERT */
scan_fn scan_sign_runs;    /* Punctuation, in runs */
scan_fn scan_coder_lines, scan_coder_letters, scan_coder_signs, scan_coder_east;

/* Classes of the character at `at`, and its length. */
static inline unsigned scan_class(const char *p, size_t at, size_t *len)
{
	unsigned char c = (unsigned char)p[at];

	if (c < 0x80) {
		*len = 1;
		return unicode_ascii[c];
	}
	/* From U+5000 to U+9FFF. */
	if (c >= 0xe5 && c <= 0xe9) {
		*len = 3;
		return UNICODE_IDEOGRAPH;
	}
	return unicode_class(utf8_get(p + at, len));
}

/* End of the run of characters that have one of the classes. */
static inline size_t scan_run(const char *p, size_t n, size_t at,
			      unsigned classes)
{
	size_t len;

	while (at < n && (scan_class(p, at, &len) & classes))
		at += len;
	return at;
}

/* End of the run of characters that have none of them. */
static inline size_t scan_run_not(const char *p, size_t n, size_t at,
				  unsigned classes)
{
	size_t len;

	while (at < n && !(scan_class(p, at, &len) & classes))
		at += len;
	return at;
}

/* End of at most `most` characters that have one of the classes. */
static inline size_t scan_some(const char *p, size_t n, size_t at,
			       unsigned classes, size_t most)
{
	size_t len;

	for (; most > 0 && at < n; most--) {
		if (!(scan_class(p, at, &len) & classes))
			break;
		at += len;
	}
	return at;
}

static inline bool scan_is_newline(char c)
{
	return c == '\n' || c == '\r';
}

static inline size_t scan_newlines(const char *p, size_t n, size_t at)
{
	while (at < n && scan_is_newline(p[at]))
		at++;
	return at;
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d) at the apostrophe p[at]: its end, or `at`.
 * Folding makes U+017F an s. */
size_t scan_contraction(const char *p, size_t n, size_t at);
/* \s+(?!\S)|\s+ at white space. */
size_t scan_blank(const char *p, size_t n, size_t at);
/* \s*[\r\n]+|\s+(?!\S)|\s+ at white space. */
size_t scan_blank_lines(const char *p, size_t n, size_t at);

#endif
