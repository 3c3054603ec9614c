#include "router/proxy/prompt_key.h"

#include "common/base/assert.h"
#include "common/json/scan.h"
#include "router/proxy/tokenize.h"

static void mix_flag(struct fingerprint *f, enum api_tri flag)
{
	char byte = (char)flag;

	fingerprint_mix(f, (struct slice){&byte, 1});
}

/* Ids of workers that make others than we do are theirs alone. */
static void mix_whose(struct fingerprint *f, const struct fleet_model *m)
{
	uint64_t ids = tokenize_chats_differ(m) ? atomic_load(&m->chat_ids)
						: PARITY_NO_PRINT;

	fingerprint_mix(f, (struct slice){(const char *)&ids, sizeof(ids)});
}

static void begin(struct fingerprint *f, const struct request *r)
{
	fingerprint_begin(f);
	fingerprint_mix(f, slice_of(r->model->conf->name));
	fingerprint_mix(f, request_lora(r));
	fingerprint_mix(f, r->draft->salt);
	mix_flag(f, r->draft->api.add_special_tokens);
}

struct fingerprint_value prompt_key_of_text(const struct request *r,
					    struct slice text)
{
	struct fingerprint f;

	begin(&f, r);
	fingerprint_mix(&f, text);
	return fingerprint_so_far(&f);
}

static size_t count_elements(struct slice array)
{
	struct json_scan s;
	struct json_value v;
	size_t n = 0;

	json_begin(&s, array, JSON_MAX_DEPTH);
	if (!json_enter_array(&s))
		return 0;
	while (json_element(&s) && json_value(&s, &v))
		n++;
	return json_end(&s) == OK ? n : 0;
}

struct fingerprint_value *prompt_keys_of_chat(struct request *r, size_t *n)
{
	const struct api_request *a = &r->draft->api;
	struct fingerprint_value *key;
	struct fingerprint f;
	struct json_scan s;
	struct json_value v;

	*n = count_elements(a->messages);
	if (*n == 0 || *n > r->fleet->conf->limits.max_messages) {
		*n = 0;
		return NULL;
	}
	key = arena_array(&r->draft->arena, *n, sizeof(*key));
	begin(&f, r);
	mix_whose(&f, r->model);
	fingerprint_mix(&f, a->tools);
	fingerprint_mix(&f, a->chat_template_kwargs);
	mix_flag(&f, a->add_generation_prompt);
	mix_flag(&f, a->continue_final_message);
	json_begin(&s, a->messages, JSON_MAX_DEPTH);
	ASSERT(json_enter_array(&s));
	for (size_t i = 0; i < *n; i++) {
		ASSERT(json_element(&s) && json_value(&s, &v));
		fingerprint_mix(&f, v.raw);
		key[i] = fingerprint_so_far(&f);
	}
	return key;
}
