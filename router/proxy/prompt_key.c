#include "router/proxy/prompt_key.h"

/* For the state's size: it lives on the stack. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include "common/base/assert.h"
#include "common/json/scan.h"

#define MAX_MESSAGES 16384

/* Length first, so that no two lists of parts read alike. */
static void mix(XXH3_state_t *state, struct slice s)
{
	uint64_t n = s.n;

	XXH3_128bits_update(state, &n, sizeof(n));
	if (s.n > 0)
		XXH3_128bits_update(state, s.p, s.n);
}

static void mix_flag(XXH3_state_t *state, enum api_tri flag)
{
	uint8_t byte = (uint8_t)flag;

	XXH3_128bits_update(state, &byte, 1);
}

static void begin(XXH3_state_t *state, const struct request *r)
{
	XXH3_128bits_reset(state);
	mix(state, slice_of(r->model->conf->name));
	mix(state, r->lora);
	mix_flag(state, r->api.add_special_tokens);
}

static struct token_memo_key digest(const XXH3_state_t *state)
{
	XXH128_hash_t h = XXH3_128bits_digest(state);

	return (struct token_memo_key){h.low64, h.high64};
}

struct token_memo_key prompt_key_of_text(const struct request *r,
					 struct slice text)
{
	XXH3_state_t state;

	begin(&state, r);
	mix(&state, text);
	return digest(&state);
}

static size_t count_elements(struct slice array)
{
	struct json_scan s;
	struct json_value v;
	size_t n = 0;

	json_begin(&s, array, JSON_MAX_DEPTH);
	if (!json_array(&s))
		return 0;
	while (json_element(&s) && json_value(&s, &v))
		n++;
	return json_end(&s) == OK ? n : 0;
}

struct token_memo_key *prompt_keys_of_chat(struct request *r, size_t *n)
{
	const struct api_request *a = &r->api;
	struct token_memo_key *key;
	XXH3_state_t state;
	struct json_scan s;
	struct json_value v;

	*n = count_elements(a->messages);
	if (*n == 0 || *n > MAX_MESSAGES) {
		*n = 0;
		return NULL;
	}
	key = arena_array(&r->arena, *n, sizeof(*key));
	begin(&state, r);
	mix(&state, a->tools);
	mix(&state, a->chat_template_kwargs);
	mix_flag(&state, a->add_generation_prompt);
	mix_flag(&state, a->continue_final_message);
	json_begin(&s, a->messages, JSON_MAX_DEPTH);
	ASSERT(json_array(&s));
	for (size_t i = 0; i < *n; i++) {
		ASSERT(json_element(&s) && json_value(&s, &v));
		mix(&state, v.raw);
		key[i] = digest(&state);
	}
	return key;
}
