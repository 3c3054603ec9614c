/* A body that is taken is sent as JSON, without a member that only the
 * gateway may say. */
#include "common/base/assert.h"
#include "common/json/string.h"
#include "router/api/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct api_limits limits = {
	.max_depth = 32,
	.max_members = 64,
	.max_prompts = 8,
	.max_prompt_tokens = 64,
	.max_messages = 1000,
};

static void check_sent(const struct api_request *r, struct arena *a)
{
	struct buf b;
	struct splice sent;
	buf_init(&b);
	splice_append(&r->body, &b);
	enum status st = splice_parse(&sent, a, buf_slice(&b), limits.max_depth,
				      limits.max_members);
	ASSERT(st == OK);
	for (size_t i = 0; i < sent.n; i++) {
		struct slice name;
		st = json_text(sent.member[i].key, a, &name);
		ASSERT(st == OK);
		ASSERT(!api_member_forbidden(name));
	}
	if (r->n_removed == 0)
		ASSERT(!splice_changed(&r->body));
	buf_fini(&b);
}

static void check_prompts(const struct api_request *r)
{
	ASSERT(r->n_prompts <= limits.max_prompts);
	for (size_t i = 0; i < r->n_prompts; i++)
		if (r->prompt_kind == API_PROMPT_TOKENS)
			ASSERT(r->tokens[i].n <= limits.max_prompt_tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	enum api_kind kinds[] = {API_CHAT, API_COMPLETION, API_PASS};
	struct slice body = {(const char *)bytes, n};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct arena a;
		struct api_request r;
		struct api_error err = {0};
		arena_init(&a);
		enum status st = api_request_parse(kinds[i], body, &limits,
						   NULL, &a, &r, &err);
		if (st == OK) {
			check_sent(&r, &a);
			check_prompts(&r);
		} else {
			ASSERT(err.status >= 400 && err.status < 500);
			ASSERT(err.message[0] != '\0');
		}
		arena_fini(&a);
	}
	return 0;
}
