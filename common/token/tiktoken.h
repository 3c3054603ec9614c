/* Special tokens of the code that comes with rank files: see
 * load_tiktoken.c. Main thread and helpers. */
#ifndef COMMON_TOKEN_TIKTOKEN_H
#define COMMON_TOKEN_TIKTOKEN_H

#include <jansson.h>

#include "common/token/ranks.h"

#define TIKTOKEN_MAX_SPECIAL 300
#define TIKTOKEN_MAX_NAME    128 /* bytes, with the one that ends it */

struct tiktoken_special {
	char text[TIKTOKEN_MAX_NAME];
	uint32_t id;
	bool unnamed; /* a place that is kept free */
};

struct tiktoken_specials {
	struct tiktoken_special row[TIKTOKEN_MAX_SPECIAL];
	size_t n;
};

/* Those of one sort of directory. `config`: tokenizer_config.json, or NULL. */
typedef enum status tiktoken_specials_fn(const struct ranks *r, const char *dir,
					 const json_t *config,
					 struct tiktoken_specials *out,
					 struct error *err);

tiktoken_specials_fn tiktoken_kimi, tiktoken_qwen, tiktoken_cl100k,
	tiktoken_o200k;

bool tiktoken_has_file(const char *dir, const char *name);

#endif
