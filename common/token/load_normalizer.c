#include "common/token/load.h"

static enum status one(const json_t *n, struct tokenizer *t, struct error *err)
{
	if (load_is_type(n, "NFC")) {
		t->nfc = true;
		return OK;
	}
	return error_set(err, ERR_UNSUPPORTED,
			 "normalizer: type %.60s is not supported; NFC is",
			 load_type(n));
}

enum status load_normalizer(const json_t *root, struct tokenizer *t,
			    struct error *err)
{
	const json_t *n = load_member(root, "normalizer"), *list;

	if (n == NULL)
		return OK;
	if (!load_is_type(n, "Sequence"))
		return one(n, t, err);
	list = load_member(n, "normalizers");
	if (!json_is_array(list))
		return error_set(err, ERR_INVALID,
				 "normalizer: normalizers must be a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		enum status status = one(json_array_get(list, i), t, err);

		if (status != OK)
			return status;
	}
	return OK;
}
