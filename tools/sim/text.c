#include "tools/sim/text.h"

#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/ref.h"
#include "common/base/rng.h"
#include "common/template/chat_model.h"

#include <string.h>

static const char *const word[] = {
	"river", "stone", "light",  "paper", "garden", "winter",  "bread",
	"cloud", "glass", "bridge", "music", "letter", "harbor",  "forest",
	"clock", "sugar", "window", "field", "silver", "morning",
};

#define SOURCES 6

struct text {
	struct ref ref;
	char *source[SOURCES];
	bool exclude_tools;
	struct tokenizer *tokenizer; /* NULL: bytes */
	struct chat_model *chat;     /* NULL: ChatML */
	struct token_list bos;
	/* The words' ids: as the first of an answer, and after a space. */
	struct token_list first[ARRAY_LEN(word)], next[ARRAY_LEN(word)];
};

static enum status encode(const struct text *t, struct slice s,
			  bool add_special, size_t max_tokens,
			  struct token_list *out)
{
	if (t->tokenizer)
		return tokenizer_encode(t->tokenizer, s, add_special,
					max_tokens, out);
	if (s.n > max_tokens)
		return ERR_LIMIT;
	for (size_t i = 0; i < s.n; i++)
		token_list_push(out, (unsigned char)s.p[i]);
	return OK;
}

static void learn_words(struct text *t)
{
	char spaced[32] = " ";

	for (size_t i = 0; i < ARRAY_LEN(word); i++) {
		strcpy(spaced + 1, word[i]);
		ASSERT(encode(t, slice_of(word[i]), false, 64, &t->first[i]) ==
		       OK);
		ASSERT(encode(t, slice_of(spaced), false, 64, &t->next[i]) ==
		       OK);
	}
}

static bool find_word(const char *option, const char *value,
		      const char *const *known, unsigned *out,
		      struct error *err)
{
	for (unsigned i = 0; known[i]; i++) {
		if (strcmp(known[i], value) != 0)
			continue;
		*out = i;
		return true;
	}
	(void)error_set(err, ERR_INVALID, "%s: %s is not known", option, value);
	return false;
}

static bool read_options(const struct text_source *s, struct chat_options *o,
			 struct error *err)
{
	unsigned engine, format;

	if (!find_word("engine", s->engine, chat_engine_word, &engine, err) ||
	    !find_word("chat_template_content_format", s->content_format,
		       chat_format_word, &format, err))
		return false;
	*o = (struct chat_options){
		.template_file = s->chat_template[0] ? s->chat_template : NULL,
		.format = (enum chat_format)format,
		.default_kwargs = s->default_kwargs[0] ? s->default_kwargs
						       : NULL,
		.exclude_tools = s->exclude_tools,
	};
	chat_options_set_engine(o, (enum chat_engine)engine);
	return true;
}

static bool load_chat(struct text *t, const struct text_source *s,
		      struct error *err)
{
	bool demanded = s->chat_template[0] || s->default_kwargs[0];
	struct chat_options o;
	struct error why = {0};
	const char *fault = why.text;

	if (!read_options(s, &o, err))
		return false;
	t->chat = chat_model_load(s->tokenizer, &o, &why);
	if (t->chat)
		fault = chat_model_fault(t->chat);
	if (!fault)
		return true;
	chat_model_unref(&t->chat);
	if (demanded) {
		(void)error_set(err, ERR_INVALID, "%s: %s",
				s->chat_template[0] ? "chat_template" : "chats",
				fault);
		return false;
	}
	log_info("%s: chats are ChatML: %s", s->tokenizer, fault);
	return true;
}

static bool load_bos(struct text *t, const char *bos, struct error *err)
{
	uint32_t id = (unsigned char)bos[0];

	if (bos[0] == '\0')
		return true;
	if (t->tokenizer && !tokenizer_find(t->tokenizer, slice_of(bos), &id)) {
		(void)error_set(err, ERR_INVALID, "bos: %s is not a token",
				bos);
		return false;
	}
	token_list_push(&t->bos, id);
	return true;
}

static bool load(struct text *t, const struct text_source *s, struct error *err)
{
	if (strcmp(s->tokenizer, "bytes") != 0) {
		t->tokenizer = tokenizer_load(s->tokenizer, err);
		if (!t->tokenizer || !load_chat(t, s, err))
			return false;
	}
	return load_bos(t, s->bos, err);
}

static void list_sources(const struct text_source *s, const char **out)
{
	const char *const all[SOURCES] = {
		s->tokenizer, s->chat_template,  s->bos,
		s->engine,    s->content_format, s->default_kwargs};

	memcpy(out, all, sizeof(all));
}

struct text *text_load(const struct text_source *s, struct error *err)
{
	struct text *t = mem_zalloc(sizeof(*t));
	const char *source[SOURCES];

	ref_init(&t->ref);
	list_sources(s, source);
	for (size_t i = 0; i < SOURCES; i++)
		t->source[i] = mem_strdup(source[i]);
	t->exclude_tools = s->exclude_tools;
	if (load(t, s, err))
		learn_words(t);
	else
		text_unref(&t);
	return t;
}

struct text *text_ref(struct text *t)
{
	ref_hold(&t->ref);
	return t;
}

void text_unref(struct text **tp)
{
	struct text *t = *tp;

	*tp = NULL;
	if (!t || !ref_drop(&t->ref))
		return;
	for (size_t i = 0; i < ARRAY_LEN(word); i++) {
		token_list_fini(&t->first[i]);
		token_list_fini(&t->next[i]);
	}
	token_list_fini(&t->bos);
	chat_model_unref(&t->chat);
	if (t->tokenizer)
		tokenizer_unref(&t->tokenizer);
	for (size_t i = 0; i < SOURCES; i++)
		mem_free(t->source[i]);
	mem_free(t);
}

bool text_is_of(const struct text *t, const struct text_source *s)
{
	const char *source[SOURCES];

	list_sources(s, source);
	for (size_t i = 0; i < SOURCES; i++)
		if (strcmp(t->source[i], source[i]) != 0)
			return false;
	return t->exclude_tools == s->exclude_tools;
}

enum status text_encode(const struct text *t, struct slice s, bool add_special,
			size_t max_tokens, struct token_list *out)
{
	size_t before = out->n;
	enum status status;

	if (t->bos.n > max_tokens)
		return ERR_LIMIT;
	for (size_t i = 0; i < t->bos.n; i++)
		token_list_push(out, t->bos.id[i]);
	status = encode(t, s, add_special, max_tokens - t->bos.n, out);
	if (status != OK)
		out->n = before;
	return status;
}

const struct chat_model *text_chat_model(const struct text *t)
{
	return t->chat;
}

void text_decode(const struct text *t, const uint32_t *id, size_t n,
		 struct buf *out)
{
	if (t->tokenizer) {
		tokenizer_decode(t->tokenizer, id, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (id[i] < 256)
			buf_putc(out, (char)id[i]);
}

size_t text_vocab_size(const struct text *t)
{
	return t->tokenizer ? tokenizer_vocab_size(t->tokenizer) : 256;
}

void text_chat_turn(struct slice role, struct slice content, bool open,
		    struct buf *out)
{
	buf_puts(out, "<|im_start|>");
	buf_append(out, role);
	buf_putc(out, '\n');
	buf_append(out, content);
	if (!open)
		buf_puts(out, "<|im_end|>\n");
}

void text_chat_prompt(struct buf *out)
{
	buf_puts(out, "<|im_start|>assistant\n");
}

void text_answer(const struct text *t, const uint32_t *prompt, size_t n_prompt,
		 uint64_t choice, size_t n, struct token_list *out)
{
	uint64_t seed = 14695981039346656037u ^ choice;
	size_t end = out->n + n;
	const struct token_list *l;
	struct rng rng;

	for (size_t i = 0; i < n_prompt; i++)
		seed = (seed ^ prompt[i]) * 1099511628211u;
	rng_seed(&rng, seed);
	l = &t->first[rng_below(&rng, ARRAY_LEN(word))];
	while (out->n < end) {
		for (size_t i = 0; i < l->n && out->n < end; i++)
			token_list_push(out, l->id[i]);
		l = &t->next[rng_below(&rng, ARRAY_LEN(word))];
	}
}
