#include "router/api/usage.h"

#include "common/json/string.h"

void api_usage_init(struct api_usage *u)
{
	*u = (struct api_usage){-1, -1, -1};
}

/* A member that is a whole number, not negative; -1. */
static int64_t count_in(struct slice object, const char *name)
{
	struct json_value v;
	int64_t n;
	if (json_find(object, name, &v) != OK || v.type != JSON_TYPE_NUMBER ||
	    json_int(v.raw, &n) != OK || n < 0)
		return -1;
	return n;
}

static int64_t cached_in(struct slice usage, const char *details)
{
	struct json_value v;
	if (json_find(usage, details, &v) != OK || v.type != JSON_TYPE_OBJECT)
		return -1;
	return count_in(v.raw, "cached_tokens");
}

static void set(int64_t *to, int64_t n)
{
	if (n >= 0)
		*to = n;
}

static void read_openai(struct slice usage, struct api_usage *u)
{
	set(&u->prompt_tokens, count_in(usage, "prompt_tokens"));
	set(&u->completion_tokens, count_in(usage, "completion_tokens"));
	set(&u->cached_tokens, cached_in(usage, "prompt_tokens_details"));
}

/* Responses count the cached tokens among the input; Messages tell them
 * beside it. */
static void read_input_output(struct slice usage, struct api_usage *u)
{
	int64_t input = count_in(usage, "input_tokens");
	int64_t read = count_in(usage, "cache_read_input_tokens");
	int64_t made = count_in(usage, "cache_creation_input_tokens");
	int64_t sum = input;
	if (input >= 0 && read > 0 && __builtin_add_overflow(sum, read, &sum))
		return;
	if (input >= 0 && made > 0 && __builtin_add_overflow(sum, made, &sum))
		return;
	set(&u->prompt_tokens, sum);
	set(&u->cached_tokens, read);
	set(&u->cached_tokens, cached_in(usage, "input_tokens_details"));
	set(&u->completion_tokens, count_in(usage, "output_tokens"));
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
	read_openai(usage, u);
	read_input_output(usage, u);
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
