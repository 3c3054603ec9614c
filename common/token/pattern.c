#include "common/token/pattern.h"

#include <string.h>

#define MAX_PATTERN 2048

/* Parts that several patterns share. */
#define C      "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define C_TIK  "'(?i:[sdmt]|ll|ve|re)"
#define W      "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define PREFIX "[^\\r\\n\\p{L}\\p{N}]?"
#define SIGNS  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
#define U      "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define D      "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define U_HAN  "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]"
#define D_HAN  "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]"

/* With \r and \n in their escaped form. */
static const struct {
	const char *pattern;
	scan_fn *scan;
} known[] = {
	{C "|" PREFIX "\\p{L}+|\\p{N}{1,3}|" SIGNS "|" W, scan_llama3},
	{C "|" PREFIX "\\p{L}+|\\p{N}|" SIGNS "|" W, scan_qwen2},
	{C "|" PREFIX "[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+"
	   "[\\r\\n]*|" W,
	 scan_qwen35},
	{C "|" PREFIX "\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" W,
	 scan_seed},
	{C_TIK "|" PREFIX "+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|"
	       "\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
	 scan_qwen2},
	{C_TIK "|" PREFIX "+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++"
	       "[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
	 scan_cl100k},
	{"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
	 "\\s+(?!\\S)|\\s+",
	 scan_gpt2},
	{PREFIX U "*" D "+" C "?|" PREFIX U "+" D "*" C "?|\\p{N}{1,3}|"
		  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" W,
	 scan_o200k},
	{PREFIX U "*" D "+|" PREFIX U "+" D "*|\\p{N}|"
		  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" W,
	 scan_tekken},
	{"[\\p{Han}]+|" PREFIX U_HAN "*" D_HAN "+" C "?|" PREFIX U_HAN "+" D_HAN
	 "*" C "?|\\p{N}{1,3}|" SIGNS "|" W,
	 scan_kimi},
	{"\\p{N}{1,3}", scan_numbers3},
	{"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", scan_deepseek_cjk},
	{"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
	 "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+"
	 "[\\r\\n]*|" W,
	 scan_deepseek},
	{"[0-9][0-9][0-9]", scan_ascii3},
	{"[\\r\\n]", scan_coder_lines},
	{"\\s?\\p{L}+", scan_coder_letters},
	{"\\s?\\p{P}+", scan_coder_signs},
	{"[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+", scan_coder_east},
};

/* Files write a line end in a pattern either as such or escaped. */
static bool escape_lines(struct slice pattern, char out[MAX_PATTERN])
{
	size_t n = 0;

	if (pattern.n >= MAX_PATTERN / 2)
		return false;
	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i];

		if (c == '\0')
			return false;
		if (scan_is_newline(c)) {
			out[n++] = '\\';
			c = c == '\n' ? 'n' : 'r';
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

scan_fn *pattern_scanner(struct slice pattern)
{
	char text[MAX_PATTERN];

	if (!escape_lines(pattern, text))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(text, known[i].pattern) == 0)
			return known[i].scan;
	return NULL;
}

const char *pattern_known(size_t i, scan_fn **scan)
{
	if (i >= ARRAY_LEN(known))
		return NULL;
	*scan = known[i].scan;
	return known[i].pattern;
}
