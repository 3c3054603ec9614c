#include "common/token/load.h"

#include <string.h>

const json_t *load_member(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_null(v) ? NULL : v;
}

enum status load_string(const json_t *object, const char *key,
			const char *where, struct slice *out, struct error *err)
{
	const json_t *v = load_member(object, key);

	if (!json_is_string(v))
		return error_set(err, ERR_INVALID, "%s: %s must be a string",
				 where, key);
	*out = (struct slice){json_string_value(v), json_string_length(v)};
	return OK;
}

enum status load_bool(const json_t *object, const char *key, const char *where,
		      bool otherwise, bool *out, struct error *err)
{
	const json_t *v = load_member(object, key);

	if (v != NULL && !json_is_boolean(v))
		return error_set(err, ERR_INVALID,
				 "%s: %s must be true or false", where, key);
	*out = v ? json_is_true(v) : otherwise;
	return OK;
}

enum status load_id(const json_t *number, const char *where, uint32_t *out,
		    struct error *err)
{
	json_int_t v = json_integer_value(number);

	if (!json_is_integer(number) || v < 0)
		return error_set(err, ERR_INVALID,
				 "%s: an id must be a whole number from 0 on",
				 where);
	if (v >= VOCAB_MAX_ID)
		return error_set(err, ERR_LIMIT,
				 "%s: id %lld is too large, %u is the highest",
				 where, (long long)v, VOCAB_MAX_ID - 1);
	*out = (uint32_t)v;
	return OK;
}

static bool is_among(const char *key, const char *const *keys)
{
	for (; *keys; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

enum status load_known(const json_t *object, const char *const *keys,
		       const char *where, struct error *err)
{
	json_t *o = (json_t *)object; /* an iterator wants it so */
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value) if (
		!is_among(key, keys) &&
		!json_is_null(
			value)) return error_set(err, ERR_UNSUPPORTED,
						 "%s: \"%.60s\" is not known",
						 where, key);
	return OK;
}

const char *load_type(const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));

	return type ? type : "(none)";
}

bool load_is_type(const json_t *object, const char *type)
{
	return strcmp(load_type(object), type) == 0;
}
