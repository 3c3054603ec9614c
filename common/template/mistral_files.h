/* What a directory says of Mistral's own tokenizer: tekken.json, or a
 * SentencePiece model whose name ends with a version. */
#ifndef COMMON_TEMPLATE_MISTRAL_FILES_H
#define COMMON_TEMPLATE_MISTRAL_FILES_H

#include "common/base/arena.h"
#include "common/base/slice.h"

struct mistral_files {
	int version;         /* 1, 2, 3, 7, 11, 13 or 15; 0: another */
	bool has_think;      /* the vocabulary has [THINK] */
	struct slice effort; /* JSON: values and default; p NULL: none */
};

/* ERR_NOT_FOUND without `err` where the model is not Mistral's;
 * ERR_INVALID, ERR_LIMIT or ERR_IO for a broken file. Slices are in the
 * arena. Blocking. */
MUST_USE enum status mistral_files_read(const char *dir, struct arena *arena,
					struct mistral_files *out,
					struct error *err);

#endif
