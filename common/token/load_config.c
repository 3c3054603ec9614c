#include "common/token/load.h"

/* Options of transformers that change what text becomes. */
enum status load_config(const json_t *config, struct error *err)
{
	const char *where = "tokenizer_config.json";
	bool on = false;
	enum status status = load_bool(config, "split_special_tokens", where,
				       false, &on, err);

	if (status == OK && on)
		return error_set(err, ERR_UNSUPPORTED,
				 "%s: split_special_tokens is not supported",
				 where);
	return status;
}
