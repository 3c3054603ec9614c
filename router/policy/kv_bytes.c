#include "router/policy/kv_bytes.h"

#include "common/json/scan.h"

#define MAX_DEPTH  64
#define MAX_LAYERS 10000
#define MAX_SIZE   10000000
/* What most prompts that are worth a transfer have. */
#define USUAL_TOKENS 8192

/* What is said in config.json; 0 where it is not. */
struct config {
	uint64_t layers, heads, kv_heads, hidden, head_dim;
	uint64_t lora_rank, rope_dim; /* latent attention */
	uint64_t window, pattern, interval, period;
	uint64_t full, sliding, other; /* by layer_types */
	uint64_t value_bytes;
	bool no_window, one_kv_head, new_decoder;
};

static bool is(struct slice quoted, const char *name)
{
	return quoted.n >= 2 &&
	       slice_equal((struct slice){quoted.p + 1, quoted.n - 2},
			   slice_of(name));
}

static const struct field {
	const char *name;
	size_t offset;
} fields[] = {
	{"num_hidden_layers", offsetof(struct config, layers)},
	{"n_layer", offsetof(struct config, layers)},
	{"num_attention_heads", offsetof(struct config, heads)},
	{"n_head", offsetof(struct config, heads)},
	{"num_key_value_heads", offsetof(struct config, kv_heads)},
	{"num_kv_heads", offsetof(struct config, kv_heads)},
	{"multi_query_group_num", offsetof(struct config, kv_heads)},
	{"hidden_size", offsetof(struct config, hidden)},
	{"n_embd", offsetof(struct config, hidden)},
	{"head_dim", offsetof(struct config, head_dim)},
	{"kv_channels", offsetof(struct config, head_dim)},
	{"kv_lora_rank", offsetof(struct config, lora_rank)},
	{"qk_rope_head_dim", offsetof(struct config, rope_dim)},
	{"sliding_window", offsetof(struct config, window)},
	{"sliding_window_pattern", offsetof(struct config, pattern)},
	{"full_attention_interval", offsetof(struct config, interval)},
	{"attn_layer_period", offsetof(struct config, period)},
};

static void take_size(struct json_scan *s, uint64_t *out)
{
	struct json_value v;

	if (!json_value(s, &v) || v.type == JSON_TYPE_NULL)
		return;
	if (v.type != JSON_TYPE_NUMBER ||
	    slice_to_u64(v.raw, MAX_SIZE, out) != OK)
		json_fail(s, ERR_INVALID, "a size is out of its bounds");
}

static void take_layer_types(struct json_scan *s, struct config *c)
{
	struct json_value v;
	enum json_type type;

	if (!json_peek(s, &type) || type != JSON_TYPE_ARRAY) {
		json_value(s, &v);
		return;
	}
	c->full = c->sliding = c->other = 0;
	if (!json_enter_array(s))
		return;
	while (json_element(s) && json_value(s, &v)) {
		c->full += is(v.raw, "full_attention") ||
			   is(v.raw, "attention");
		c->sliding += is(v.raw, "sliding_attention");
		c->other++;
	}
}

static void take_type(struct json_scan *s, struct config *c)
{
	struct json_value v;

	if (!json_value(s, &v))
		return;
	if (is(v.raw, "bfloat16") || is(v.raw, "float16"))
		c->value_bytes = 2;
	else if (is(v.raw, "float32"))
		c->value_bytes = 4;
}

static bool take_truth(struct json_scan *s)
{
	struct json_value v;

	return json_value(s, &v) && v.type == JSON_TYPE_TRUE;
}

static void take_member(struct json_scan *s, struct slice key, struct config *c)
{
	struct json_value skipped;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (is(key, fields[i].name)) {
			take_size(s,
				  (uint64_t *)((char *)c + fields[i].offset));
			return;
		}
	if (is(key, "layer_types"))
		take_layer_types(s, c);
	else if (is(key, "torch_dtype") || is(key, "dtype"))
		take_type(s, c);
	else if (is(key, "use_sliding_window"))
		c->no_window = !take_truth(s);
	else if (is(key, "multi_query"))
		c->one_kv_head = take_truth(s);
	else if (is(key, "new_decoder_architecture"))
		c->new_decoder = take_truth(s);
	else
		json_value(s, &skipped);
}

/* A model of several kinds of input keeps its text model in a member. */
static void take_config(struct json_scan *s, struct config *c)
{
	struct slice key;

	if (!json_enter_object(s))
		return;
	while (json_member(s, &key)) {
		if (!is(key, "text_config")) {
			take_member(s, key, c);
			continue;
		}
		if (!json_enter_object(s))
			return;
		while (json_member(s, &key))
			take_member(s, key, c);
	}
}

/* --- what follows from it ------------------------------------------------ */

static uint64_t kv_heads_of(const struct config *c)
{
	if (c->one_kv_head && !c->new_decoder)
		return 1;
	return c->kv_heads > 0 ? c->kv_heads : c->heads;
}

static uint64_t head_dim_of(const struct config *c)
{
	if (c->head_dim > 0)
		return c->head_dim;
	return c->heads > 0 ? c->hidden / c->heads : 0;
}

/* Of a layer, of a token: keys and values of each head that has its own, or
 * one latent vector and the part of the key that is rotated. */
static uint64_t values_of(const struct config *c)
{
	if (c->lora_rank > 0)
		return c->lora_rank + c->rope_dim;
	return 2 * kv_heads_of(c) * head_dim_of(c);
}

static void split_layers(const struct config *c, struct kv_shape *out)
{
	bool windowed = c->window > 0 && !c->no_window;
	uint64_t full = c->layers, sliding = 0;

	if (c->other > 0) {
		full = c->full;
		sliding = c->sliding;
	} else if (c->interval > 0 || c->period > 0) {
		full = c->layers / (c->interval ? c->interval : c->period);
	} else if (windowed) {
		full = c->pattern > 0 ? c->layers / c->pattern : 0;
		sliding = c->layers - full;
	}
	out->full_layers = (unsigned)full;
	out->window_layers = (unsigned)sliding;
	out->window = sliding > 0 ? (unsigned)c->window : 0;
}

enum status kv_shape_parse(struct slice config, struct kv_shape *out,
			   struct error *err)
{
	struct config c = {.value_bytes = 2};
	struct kv_shape shape = {0};
	struct json_scan s;

	json_begin(&s, config, MAX_DEPTH);
	take_config(&s, &c);
	if (json_end(&s) != OK)
		return error_set(err, ERR_INVALID, "config.json: byte %zu: %s",
				 json_offset(&s), s.why);
	if (c.layers == 0 || c.layers > MAX_LAYERS)
		return error_set(err, ERR_INVALID,
				 "config.json: num_hidden_layers is missing "
				 "or above %d",
				 MAX_LAYERS);
	if (values_of(&c) == 0 || values_of(&c) > MAX_SIZE)
		return error_set(err, ERR_INVALID,
				 "config.json: heads and head_dim give no "
				 "size of keys and values");
	split_layers(&c, &shape);
	shape.layer_values = (unsigned)values_of(&c);
	shape.value_bytes = (unsigned)c.value_bytes;
	*out = shape;
	return OK;
}

static double layer_bytes(const struct kv_shape *s, unsigned value_bytes)
{
	return (double)s->layer_values *
	       (value_bytes > 0 ? value_bytes : s->value_bytes);
}

double kv_bytes_per_token(const struct kv_shape *s, unsigned value_bytes)
{
	return s->full_layers * layer_bytes(s, value_bytes);
}

double kv_bytes_of(const struct kv_shape *s, double tokens,
		   unsigned value_bytes)
{
	double in_window = tokens < s->window ? tokens : s->window;

	return layer_bytes(s, value_bytes) *
	       (s->full_layers * tokens + s->window_layers * in_window);
}

double kv_bytes_usual(const struct kv_shape *s)
{
	return kv_bytes_of(s, USUAL_TOKENS, 0) / USUAL_TOKENS;
}
