#include "common/template/mistral_files.h"

#include "common/base/file.h"
#include "common/json/string.h"

#define MAX_BYTES (64u << 20)

static const struct {
	int number;
	const char *name;
} versions[] = {
	{1, "v1"},   {2, "v2"},   {3, "v3"},   {7, "v7"},
	{11, "v11"}, {13, "v13"}, {15, "v15"},
};

static int version_of(struct slice raw)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		if (json_string_equal(raw, slice_of(versions[i].name)))
			return versions[i].number;
	return 0;
}

/* An element's "token_str". */
static bool is_think(struct slice token)
{
	struct json_value v;
	return json_find(token, "token_str", &v) == OK &&
	       v.type == JSON_TYPE_STRING &&
	       json_string_equal(v.raw, SLICE("[THINK]"));
}

static bool has_think(struct slice list)
{
	struct json_scan s;
	struct json_value v;
	bool found = false;
	json_begin(&s, list, JSON_MAX_DEPTH);
	json_enter_array(&s);
	while (json_element(&s) && json_value(&s, &v))
		found |= is_think(v.raw);
	return found;
}

/* The few members that say how conversations look. */
static enum status take(struct slice text, struct arena *arena,
			struct mistral_files *out, const char **why)
{
	struct json_value whole, config, v;
	if (json_check(text, JSON_MAX_DEPTH, &whole) != OK ||
	    whole.type != JSON_TYPE_OBJECT) {
		*why = "not a JSON object";
		return ERR_INVALID;
	}
	if (json_find(text, "config", &config) != OK ||
	    json_find(config.raw, "version", &v) != OK ||
	    v.type != JSON_TYPE_STRING) {
		*why = "config.version is missing";
		return ERR_INVALID;
	}
	out->version = version_of(v.raw);
	if (json_find(text, "special_tokens", &v) == OK)
		out->has_think = has_think(v.raw);
	if (json_find(text, "model_settings_builder", &v) == OK &&
	    json_find(v.raw, "reasoning_effort", &v) == OK &&
	    v.type == JSON_TYPE_OBJECT)
		out->effort = arena_copy(arena, v.raw);
	return OK;
}

static enum status read_tekken(const char *path, bool packed,
			       struct arena *arena, struct mistral_files *out,
			       struct error *err)
{
	const char *why = NULL;
	struct buf b;
	buf_init(&b);
	enum status status = packed ? file_read_gzip(path, MAX_BYTES, &b, err)
				    : file_read(path, MAX_BYTES, &b, err);
	if (status == OK)
		status = take(buf_slice(&b), arena, out, &why);
	buf_fini(&b);
	return why ? error_set(err, status, "%s: %s", path, why) : status;
}

/* The last in the order of their names, where there are several. */
static bool find_model(const char *dir, struct arena *arena, int *version)
{
	static const char *const order[] = {"v7",  "v3",  "v2", "v15",
					    "v13", "v11", "v1"};
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		const char *path = arena_printf(arena, "%s/tokenizer.model.%s",
						dir, order[i]);
		if (!file_exists(path) &&
		    !file_exists(arena_printf(arena, "%sm1", path)))
			continue;
		*version = version_of(
			slice_of(arena_printf(arena, "\"%s\"", order[i])));
		return true;
	}
	return false;
}

enum status mistral_files_read(const char *dir, struct arena *arena,
			       struct mistral_files *out, struct error *err)
{
	const char *path = arena_printf(arena, "%s/tekken.json", dir);
	const char *gz = arena_printf(arena, "%s.gz", path);
	*out = (struct mistral_files){.effort = {NULL, 0}};
	if (file_exists(path))
		return read_tekken(path, false, arena, out, err);
	if (file_exists(gz))
		return read_tekken(gz, true, arena, out, err);
	return find_model(dir, arena, &out->version) ? OK : ERR_NOT_FOUND;
}
