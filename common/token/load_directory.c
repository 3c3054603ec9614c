/* A model directory: tokenizer_config.json, and what older versions of
 * transformers wrote beside it. */
#include <stdio.h>

#include "common/base/file.h"
#include "common/token/load.h"

#define MAX_PATH 4096

json_t *load_json(struct slice text, const char *name, size_t flags,
		  struct error *err)
{
	json_error_t why;
	json_t *root;

	root = json_loadb(text.n ? text.p : "", text.n,
			  flags | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			  &why);
	if (root == NULL) {
		error_set(err, ERR_INVALID, "%s:%d: %s", name, why.line,
			  why.text);
		return NULL;
	}
	if (!json_is_object(root)) {
		error_set(err, ERR_INVALID, "%s: must be an object", name);
		json_decref(root);
		return NULL;
	}
	return root;
}

enum status load_file(const char *dir, const char *name, struct buf *out,
		      struct error *err)
{
	char path[MAX_PATH], gz[MAX_PATH];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
	int m = snprintf(gz, sizeof(gz), "%s/%s.gz", dir, name);

	if (n < 0 || m < 0 || (size_t)m >= sizeof(gz))
		return error_set(err, ERR_LIMIT, "%s: the path is too long",
				 dir);
	if (!file_exists(path) && file_exists(gz))
		return file_read_gzip(gz, LOAD_MAX_BYTES, out, err);
	return file_read(path, LOAD_MAX_BYTES, out, err);
}

/* NULL with OK where there is none. */
static enum status read_object(const char *dir, const char *name, size_t flags,
			       json_t **out, struct error *err)
{
	struct buf text;
	struct error why = {0};
	enum status status;

	buf_init(&text);
	*out = NULL;
	status = load_file(dir, name, &text, &why);
	if (status == OK) {
		*out = load_json(buf_slice(&text), name, flags, err);
		status = *out ? OK : ERR_INVALID;
	} else if (status == ERR_NOT_FOUND) {
		status = OK;
	} else {
		error_set(err, status, "%s", why.text);
	}
	buf_fini(&text);
	return status;
}

/* The lists of both files, one behind the other. */
static void extend(json_t *config, const char *key, json_t *more)
{
	json_t *have = json_object_get(config, key);

	if (json_is_array(have))
		json_array_extend(have, more);
	else
		json_object_set(config, key, more);
}

/* special_tokens_map.json goes before tokenizer_config.json. */
static void merge_map(json_t *config, json_t *map)
{
	const char *key;
	json_t *value;

	json_object_foreach(map, key, value) if (json_is_array(value))
		extend(config, key, value);
	else json_object_set(config, key, value);
}

/* They count only where the newer list is not there. */
static enum status read_old(const char *dir, json_t *config, struct error *err)
{
	json_t *map, *added;
	enum status status = read_object(dir, "special_tokens_map.json", 0,
					 &map, err);

	if (status != OK)
		return status;
	merge_map(config, map);
	json_decref(map);
	status = read_object(dir, LOAD_OLD_TOKENS, 0, &added, err);
	if (status == OK && added)
		json_object_set_new(config, LOAD_OLD_TOKENS, added);
	return status;
}

enum status load_directory(const char *dir, json_t **config, struct error *err)
{
	/* "No limit" is written as 10^30 there. */
	enum status status = read_object(dir, "tokenizer_config.json",
					 JSON_DECODE_INT_AS_REAL, config, err);

	if (status != OK)
		return status;
	if (*config == NULL)
		*config = json_object();
	json_object_del(*config, LOAD_OLD_TOKENS);
	if (json_object_get(*config, "added_tokens_decoder") == NULL)
		status = read_old(dir, *config, err);
	if (status == OK)
		return OK;
	json_decref(*config);
	*config = NULL;
	return status;
}
