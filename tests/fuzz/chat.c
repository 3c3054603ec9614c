/* Bodies of chats for every renderer: the first byte chooses it. */
#include <stdlib.h>

#include "common/template/chat_body.h"
#include "common/template/chat_deepseek.h"
#include "common/template/chat_harmony.h"
#include "common/template/chat_mistral.h"

#define SHOW                                                                   \
	"{{ messages | tojson }}{{ tools | tojson }}{{ documents | tojson }}"  \
	"{% for m in messages %}{{ m.role }}{{ m.content }}{% endfor %}"       \
	"{{ enable_thinking }}{{ add_generation_prompt }}"

static struct template *show;

static void set_up(void)
{
	struct error err;
	if (!show && template_load(SLICE(SHOW), &show, &err) != OK)
		abort();
}

static enum status by_template(struct chat_request *r, unsigned choice,
			       const struct template_limits *limits,
			       struct segments *to, struct error *err)
{
	r->rules.content = choice & 1 ? CHAT_PARTS : CHAT_STRING;
	r->rules.compat = choice & 2 ? CHAT_VLLM_2026_06 : CHAT_VLLM_2026_08;
	r->rules.dialect = choice & 4 ? CHAT_SGLANG : CHAT_VLLM;
	if (choice & 8)
		return chat_render_before_media(show, r, limits, to->arena,
						to->text, err);
	return chat_render(show, r, limits, to->arena, to->text, err);
}

static enum status by_mistral(struct chat_request *r, unsigned choice,
			      const struct template_limits *limits,
			      struct segments *to, struct error *err)
{
	static const int versions[] = {1, 2, 3, 7, 11, 13, 15, 15};
	struct mistral_model m = {
		.version = versions[choice & 7],
		.has_think = choice & 8,
	};
	return chat_render_mistral(&m, r, limits, to, err);
}

static enum status render(struct chat_request *r, unsigned choice,
			  struct segments *to, struct error *err)
{
	struct template_limits limits = template_default_limits();
	limits.max_bytes = 1u << 20;
	switch (choice >> 4 & 3) {
	case 0: return by_template(r, choice, &limits, to, err);
	case 1: return by_mistral(r, choice, &limits, to, err);
	case 2: return chat_render_harmony(r, &limits, to, err);
	default:
		return chat_render_deepseek(
			choice & 1 ? DEEPSEEK_V4 : DEEPSEEK_V32, r, &limits,
			to->arena, to->text, err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tm now = {.tm_year = 125, .tm_mday = 1};
	struct chat_request r = {.now = &now};
	struct segments to;
	struct error err = {0};
	struct arena arena;
	struct buf text;
	if (size == 0)
		return 0;
	set_up();
	arena_init(&arena);
	buf_init(&text);
	segments_init(&to, &text, &arena);
	struct slice body = {(const char *)data + 1, size - 1};
	if (chat_body_parse(body, &r, &err) == OK &&
	    render(&r, data[0], &to, &err) != OK &&
	    (buf_len(&text) > 0 || to.n > 0 || !err.text[0]))
		abort();
	buf_fini(&text);
	arena_fini(&arena);
	return 0;
}
