/* The parts of a tokenizer.json, each read by a file of its own.
 *
 * What the reference would do with a construct is either done exactly or
 * refused with a sentence that names the construct: ERR_INVALID where the
 * file breaks its format, ERR_UNSUPPORTED where we do not do it, ERR_LIMIT
 * where it is too large. Format: Hugging Face tokenizers 0.23. */
#ifndef COMMON_TOKEN_LOAD_H
#define COMMON_TOKEN_LOAD_H

#include <jansson.h>

#include "common/token/document.h"
#include "common/token/model.h"
#include "common/token/ranks.h"

#define LOAD_MAX_BYTES (256u << 20) /* of one file */

/* In a configuration, what added_tokens.json has: ids by text. */
#define LOAD_OLD_TOKENS "added_tokens.json"

/* An object; NULL on failure. `flags`: jansson's. */
json_t *load_json(struct slice text, const char *name, size_t flags,
		  struct error *err);
/* dir/name, or dir/name.gz. */
MUST_USE enum status load_file(const char *dir, const char *name,
			       struct buf *out, struct error *err);
/* What stands in tokenizer_config.json, with what older files beside it say
 * as if it stood there too. The caller releases it. */
MUST_USE enum status load_directory(const char *dir, json_t **config,
				    struct error *err);

/* In this order. `config` is that of load_directory(), or NULL. */
MUST_USE enum status load_normalizer(const json_t *root, struct tokenizer *t,
				     struct error *err);
MUST_USE enum status load_pretokenizer(const json_t *root, struct tokenizer *t,
				       struct error *err);
MUST_USE enum status load_model(const json_t *root, const json_t *config,
				const struct document *d, struct tokenizer *t,
				struct error *err);
MUST_USE enum status load_added(const json_t *root, const json_t *config,
				struct tokenizer *t, struct error *err);
MUST_USE enum status load_post(const json_t *root, const json_t *config,
			       struct tokenizer *t, struct error *err);
/* Steps of a pre-tokenizer. */
MUST_USE enum status load_split(const json_t *s, struct tokenizer *t,
				struct error *err);
MUST_USE enum status load_punctuation(const json_t *s, struct tokenizer *t,
				      struct error *err);
MUST_USE enum status load_metaspace(const json_t *s, struct tokenizer *t,
				    struct error *err);
/* A pattern of the file; `where` begins the sentence. */
MUST_USE enum status load_regex(struct slice pattern, const char *where,
				struct regex **out, struct error *err);
/* The next stage, zeroed but for its kind. */
MUST_USE enum status load_stage(struct tokenizer *t, enum stage_kind kind,
				struct stage **out, struct error *err);
MUST_USE enum status load_scan(struct tokenizer *t, scan_fn *scan,
			       struct error *err);
/* Writes a byte-level text out in letters after all. */
MUST_USE enum status load_alphabet(struct tokenizer *t, struct error *err);
void load_decoder(const json_t *root, struct tokenizer *t);
MUST_USE enum status load_config(const json_t *config, struct error *err);

/* Kinds of model: `m` is the object without vocabulary and merges, which
 * the document has; room for `n_id` ids and `n_entry` entries besides. */
MUST_USE enum status load_bpe(const json_t *m, const struct document *d,
			      struct tokenizer *t, size_t n_id, size_t n_entry,
			      struct error *err);
MUST_USE enum status load_wordpiece(const json_t *m, const struct document *d,
				    struct tokenizer *t, size_t n_id,
				    size_t n_entry, struct error *err);
MUST_USE enum status load_wordlevel(const json_t *m, const struct document *d,
				    struct tokenizer *t, size_t n_id,
				    size_t n_entry, struct error *err);
MUST_USE enum status load_unigram(const json_t *m, const struct document *d,
				  struct tokenizer *t, size_t n_id,
				  size_t n_entry, struct error *err);
/* A model directory of tiktoken's: see load_tiktoken.c. */
struct tiktoken;
/* By the rank file that the directory has; NULL if it has none. */
const struct tiktoken *load_find_tiktoken(const char *dir);
MUST_USE enum status load_tiktoken(const struct tiktoken *k, const char *dir,
				   const json_t *config, struct tokenizer *t,
				   struct error *err);
/* Entries and merges of a rank file; ids stay below `n_id`, and `n_more`
 * entries follow. */
MUST_USE enum status load_ranks(const struct ranks *r, size_t n_id,
				size_t n_more, struct tokenizer *t,
				struct error *err);
/* The id of each single byte, of a vocabulary of bytes. */
void load_byte_ids(struct tokenizer *t);
/* All entries so far; the caller frees the array. */
struct trie_key *load_trie_keys(const struct tokenizer *t, size_t *n);

/* Raises *n_id past the highest id of the vocabulary, and *n_entry by the
 * number of its entries; the entries that were counted before may have ids
 * behind all of these. */
MUST_USE enum status load_vocab_size(struct slice vocab, size_t *n_id,
				     size_t *n_entry, struct error *err);
MUST_USE enum status load_vocab(struct slice vocab, struct tokenizer *t,
				struct error *err);
/* Several at a time: each asks the vocabulary for entries that no cache
 * holds. */
MUST_USE enum status load_merges(struct slice merges, struct tokenizer *t,
				 struct error *err);

/* Highest id among the added tokens plus one, or 0: ids of a malformed
 * list count as far as they can be read. */
size_t load_added_ids(const json_t *root);
/* No more tokens than that are added. */
size_t load_added_count(const json_t *root, const json_t *config);

/* Members; `where` names the object in the sentence. A JSON null counts as
 * absent. */
const json_t *load_member(const json_t *object, const char *key);
MUST_USE enum status load_string(const json_t *object, const char *key,
				 const char *where, struct slice *out,
				 struct error *err);
/* An absent one is `otherwise`. */
MUST_USE enum status load_bool(const json_t *object, const char *key,
			       const char *where, bool otherwise, bool *out,
			       struct error *err);
MUST_USE enum status load_id(const json_t *number, const char *where,
			     uint32_t *out, struct error *err);
/* ERR_UNSUPPORTED at the first key that is not in the list, which NULL
 * ends. */
MUST_USE enum status load_known(const json_t *object, const char *const *keys,
				const char *where, struct error *err);
/* The `type` of an object, for a sentence; "(none)" without one. */
const char *load_type(const json_t *object);
bool load_is_type(const json_t *object, const char *type);

#endif
