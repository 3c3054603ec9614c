/* The files of a model's directory that say how it chats, read into one
 * arena. The documents are Hugging Face's, as transformers reads them. */
#ifndef COMMON_TEMPLATE_CHAT_FILES_H
#define COMMON_TEMPLATE_CHAT_FILES_H

#include "common/template/chat.h"
#include "common/template/mistral_files.h"

#define CHAT_FILES_MAX_BYTES (64u << 20) /* of one file */

/* What makes a model's prompts. */
enum chat_renderer {
	CHAT_BY_TEMPLATE,
	CHAT_BY_HARMONY,
	CHAT_BY_DEEPSEEK_V32,
	CHAT_BY_DEEPSEEK_V4,
	CHAT_BY_MISTRAL,
	CHAT_BY_OTHER_CODE, /* of an engine, and not of ours */
};

struct chat_files {
	struct arena arena;        /* all below */
	struct value config;       /* tokenizer_config.json: a dict, or none */
	struct slice plain, tools; /* sources of templates, or p NULL */
	enum chat_renderer renderer;
	const char *model; /* its type or architecture, if that decides */
	struct mistral_files mistral;
};

void chat_files_init(struct chat_files *f);
void chat_files_fini(struct chat_files *f);
/* `template_file` (or NULL) goes before all templates of the directory.
 * On failure there is still something to free. Blocking. */
MUST_USE enum status chat_files_read(struct chat_files *f, const char *dir,
				     const char *template_file,
				     enum chat_dialect dialect,
				     struct error *err);
/* The same of two files alone; the second may be NULL. */
MUST_USE enum status chat_files_read_template(struct chat_files *f,
					      const char *template_file,
					      const char *special_tokens_file,
					      struct error *err);
/* Variables that templates are given: "bos_token" and the like, as a dict
 * in `arena` that does not need `f` any more. */
struct dict *chat_files_special_tokens(const struct chat_files *f,
				       struct arena *arena);

#endif
