#include "common/template/chat_options.h"

#include "common/json/scan.h"

const char *const chat_format_word[] = {"auto", "string", "openai", NULL};
const char *const chat_engine_word[] = {"vllm", "vllm-2026-06", "sglang",
					"sglang-2026-06", NULL};

void chat_options_set_engine(struct chat_options *o, enum chat_engine engine)
{
	static const struct {
		enum chat_dialect dialect;
		enum chat_compat compat;
	} row[] = {
		[CHAT_ENGINE_VLLM] = {CHAT_VLLM, CHAT_VLLM_2026_08},
		[CHAT_ENGINE_VLLM_2026_06] = {CHAT_VLLM, CHAT_VLLM_2026_06},
		[CHAT_ENGINE_SGLANG] = {CHAT_SGLANG, CHAT_VLLM_2026_08},
		[CHAT_ENGINE_SGLANG_2026_06] = {CHAT_SGLANG, CHAT_VLLM_2026_06},
	};

	o->dialect = row[engine].dialect;
	o->compat = row[engine].compat;
}

enum status chat_options_check_kwargs(struct slice kwargs, struct error *err)
{
	struct json_value v;

	if (json_check(kwargs, CHAT_MAX_DEPTH, &v) == OK &&
	    v.type == JSON_TYPE_OBJECT)
		return OK;
	return error_set(err, ERR_INVALID,
			 "must be a JSON object, such as "
			 "'{\"enable_thinking\": false}'");
}
