#include "router/api/usage.h"

#include "common/json/string.h"

#define MAX_DEPTH 16

void api_usage_init(struct api_usage *u)
{
	*u = (struct api_usage){-1, -1, -1};
}

/* The members of a usage object that anybody reads. */
enum field {
	PROMPT,
	COMPLETION,
	INPUT,
	OUTPUT,
	CACHE_READ,
	CACHE_MADE,
	CACHED, /* inside prompt_tokens_details, input_tokens_details */
	FIELDS, /* how many; of those that nobody reads, too */
};

/* With their quotes, as they stand in the text. */
static const struct {
	struct slice key;
	enum field field;
} names[] = {
	{SLICE("\"prompt_tokens\""), PROMPT},
	{SLICE("\"completion_tokens\""), COMPLETION},
	{SLICE("\"total_tokens\""), FIELDS},
	{SLICE("\"input_tokens\""), INPUT},
	{SLICE("\"output_tokens\""), OUTPUT},
	{SLICE("\"cache_read_input_tokens\""), CACHE_READ},
	{SLICE("\"cache_creation_input_tokens\""), CACHE_MADE},
	{SLICE("\"prompt_tokens_details\""), CACHED},
	{SLICE("\"input_tokens_details\""), CACHED},
};

/* A whole number, not negative; -1. */
static int64_t count_of(const struct json_value *v)
{
	int64_t n;

	if (v->type != JSON_TYPE_NUMBER || json_int(v->raw, &n) != OK || n < 0)
		return -1;
	return n;
}

/* The first of its name that the details, which come next, have. */
static int64_t take_cached(struct json_scan *s)
{
	struct json_value v;
	enum json_type type;
	struct slice key;
	int64_t n = -1;
	bool found = false;

	if (!json_peek(s, &type) || type != JSON_TYPE_OBJECT) {
		json_value(s, &v);
		return -1;
	}
	if (!json_enter_object(s))
		return -1;
	while (json_member(s, &key) && json_value(s, &v)) {
		if (found || !slice_equal(key, SLICE("\"cached_tokens\"")))
			continue;
		n = count_of(&v);
		found = true;
	}
	return n;
}

/* No engine spells these names with escapes. */
static enum field field_of(struct slice key)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].key.n == key.n &&
		    memcmp(names[i].key.p, key.p, key.n) == 0)
			return names[i].field;
	return FIELDS;
}

static void take(struct json_scan *s, struct slice key, int64_t field[FIELDS])
{
	enum field at = field_of(key);
	struct json_value v;

	if (at == CACHED)
		field[at] = take_cached(s);
	else if (json_value(s, &v) && at < FIELDS)
		field[at] = count_of(&v);
}

static void set(int64_t *to, int64_t n)
{
	if (n >= 0)
		*to = n;
}

/* Responses count the cached tokens among the input; Messages tell them
 * beside it. */
static void read_input_output(const int64_t f[FIELDS], struct api_usage *u)
{
	int64_t sum = f[INPUT];

	set(&u->completion_tokens, f[OUTPUT]);
	if (sum < 0)
		return;
	if (f[CACHE_READ] > 0 &&
	    __builtin_add_overflow(sum, f[CACHE_READ], &sum))
		return;
	if (f[CACHE_MADE] > 0 &&
	    __builtin_add_overflow(sum, f[CACHE_MADE], &sum))
		return;
	set(&u->prompt_tokens, sum);
	set(&u->cached_tokens, f[CACHE_READ]);
}

void api_usage_read_object(struct slice usage, struct api_usage *u)
{
	int64_t f[FIELDS] = {-1, -1, -1, -1, -1, -1, -1};
	struct json_scan s;
	struct slice key;

	json_begin(&s, usage, MAX_DEPTH);
	if (!json_enter_object(&s))
		return;
	while (json_member(&s, &key))
		take(&s, key, f);
	read_input_output(f, u);
	set(&u->prompt_tokens, f[PROMPT]);
	set(&u->completion_tokens, f[COMPLETION]);
	set(&u->cached_tokens, f[CACHED]);
}

static bool find_object(struct slice in, const char *name, struct slice *out)
{
	struct json_value v;
	if (json_find(in, name, &v) != OK || v.type != JSON_TYPE_OBJECT)
		return false;
	*out = v.raw;
	return true;
}

void api_usage_read(struct slice json, struct api_usage *u)
{
	struct slice usage, inner;
	bool found = find_object(json, "usage", &usage);
	/* An event of Responses or Messages wraps the answer. */
	if (!found && find_object(json, "response", &inner))
		found = find_object(inner, "usage", &usage);
	if (!found && find_object(json, "message", &inner))
		found = find_object(inner, "usage", &usage);
	if (!found)
		return;
	api_usage_read_object(usage, u);
}

void api_usage_read_stream(const struct sse *s, struct api_usage *u)
{
	struct buf b;
	buf_init(&b);
	if (sse_first_usage(s, &b))
		api_usage_read(buf_slice(&b), u);
	buf_reset(&b, SIZE_MAX);
	if (sse_usage(s, &b))
		api_usage_read(buf_slice(&b), u);
	buf_fini(&b);
}
