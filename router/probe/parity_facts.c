#include "router/probe/parity_facts.h"

#include "common/json/string.h"

#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 16

struct entry {
	struct slice id;
	int64_t max_model_len;
};

static bool read_entry(struct json_scan *s, struct arena *arena,
		       struct entry *out)
{
	struct json_value v;
	struct slice key;

	*out = (struct entry){0};
	if (!json_enter_object(s))
		return false;
	while (json_member(s, &key) && json_value(s, &v)) {
		if (json_string_equal(key, SLICE("id")) &&
		    v.type == JSON_TYPE_STRING &&
		    json_text(v.raw, arena, &out->id) != OK)
			return json_fail(s, ERR_INVALID, "a name is no text");
		if (json_string_equal(key, SLICE("max_model_len")) &&
		    v.type == JSON_TYPE_NUMBER &&
		    json_int(v.raw, &out->max_model_len) != OK)
			out->max_model_len = 0;
	}
	return s->status == OK;
}

static void take_entry(const struct entry *e, const struct conf_model *m,
		       struct parity_facts *out, bool *has_lora)
{
	if (slice_equal(e->id, slice_of(m->name))) {
		out->has_model = true;
		out->max_model_len = e->max_model_len > 0
					     ? (size_t)e->max_model_len
					     : 0;
	}
	for (size_t i = 0; i < m->n_loras; i++)
		if (slice_equal(e->id, slice_of(m->lora[i])))
			has_lora[i] = true;
}

static void name_missing(const struct conf_model *m, const bool *has_lora,
			 struct parity_facts *out)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_loras; i++) {
		if (has_lora[i] || n >= sizeof(out->missing))
			continue;
		n += (size_t)snprintf(out->missing + n,
				      sizeof(out->missing) - n, "%s%s",
				      n > 0 ? ", " : "", m->lora[i]);
	}
}

static enum status read_list(struct slice list, const struct conf_model *m,
			     struct parity_facts *out, struct arena *arena)
{
	bool *has_lora = arena_zalloc(arena, m->n_loras + 1);
	struct json_scan s;
	struct entry e;

	json_begin(&s, list, MAX_DEPTH);
	json_enter_array(&s);
	while (json_element(&s) && read_entry(&s, arena, &e))
		take_entry(&e, m, out, has_lora);
	if (json_end(&s) != OK)
		return ERR_INVALID;
	name_missing(m, has_lora, out);
	return OK;
}

enum status parity_facts_models(struct slice json, const struct conf_model *m,
				struct parity_facts *out)
{
	struct parity_facts found = *out;
	struct json_value list;
	struct arena arena;
	enum status status;

	if (json_find(json, "data", &list) != OK)
		return ERR_INVALID;
	found.has_model = false;
	found.missing[0] = '\0';
	arena_init(&arena);
	status = read_list(list.raw, m, &found, &arena);
	arena_fini(&arena);
	if (status != OK)
		return status;
	found.models = true;
	*out = found;
	return OK;
}

/* Digits up to the first other character. */
static bool take_number(struct slice *s, unsigned *out)
{
	size_t n = 0;

	for (*out = 0; n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9';
	     n++)
		*out = *out * 10 + (unsigned)(s->p[n] - '0');
	*s = slice_from(*s, n);
	return n > 0;
}

static unsigned release_of(struct slice version)
{
	unsigned major, minor;

	if (!take_number(&version, &major) || version.n == 0 ||
	    version.p[0] != '.')
		return 0;
	version = slice_from(version, 1);
	return take_number(&version, &minor) ? major * 1000 + minor : 0;
}

enum status parity_facts_version(struct slice json, struct parity_facts *out)
{
	struct json_value v;
	struct arena arena;
	struct slice text;
	enum status status = ERR_INVALID;

	arena_init(&arena);
	if (json_find(json, "version", &v) == OK &&
	    v.type == JSON_TYPE_STRING && json_text(v.raw, &arena, &text) == OK)
		status = OK;
	if (status == OK) {
		snprintf(out->version, sizeof(out->version), "%.*s",
			 SLICE_ARG(text));
		out->release = release_of(text);
	}
	arena_fini(&arena);
	return status;
}
