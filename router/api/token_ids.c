#include "router/api/token_ids.h"

#include "common/json/string.h"

static bool take(struct json_scan *s, size_t max, uint32_t *id, size_t *n)
{
	struct json_value v;
	int64_t value;

	if (!json_value(s, &v))
		return false;
	if (v.type != JSON_TYPE_NUMBER || json_int(v.raw, &value) != OK ||
	    value < 0 || value > UINT32_MAX)
		return json_fail(s, ERR_INVALID, "not a token id");
	if (*n == max)
		return json_fail(s, ERR_LIMIT, "too many token ids");
	id[(*n)++] = (uint32_t)value;
	return true;
}

enum status api_token_ids_read(struct slice json, const char *name, size_t max,
			       struct arena *arena, uint32_t **out, size_t *n)
{
	struct json_value list;
	struct json_scan s;
	size_t count = 0;
	uint32_t *id;
	enum status status;

	if (json_find(json, name, &list) != OK)
		return ERR_INVALID;
	/* Each id takes at least a digit and a comma. */
	id = arena_array(arena, list.raw.n / 2 + 1, sizeof(*id));
	json_begin(&s, list.raw, 8);
	json_enter_array(&s);
	while (json_element(&s))
		if (!take(&s, max, id, &count))
			break;
	status = json_end(&s);
	if (status != OK)
		return status;
	*out = id;
	*n = count;
	return OK;
}
