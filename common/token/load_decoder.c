#include "common/token/load.h"

/* Strip with start 1: the blank that Prepend put before the text. */
static bool is_strip(const json_t *d)
{
	return load_is_type(d, "Strip") &&
	       json_integer_value(json_object_get(d, "start")) > 0;
}

/* Decoding serves people, not hashes: what else stands here follows from
 * the kind of the vocabulary. */
void load_decoder(const json_t *root, struct tokenizer *t)
{
	const json_t *d = load_member(root, "decoder");
	const json_t *list = json_object_get(d, "decoders");

	t->strip = is_strip(d);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_strip(json_array_get(list, i)))
			t->strip = true;
}
