/* A hostile tokenizer.json: it is refused, or it encodes without a fault. */
#include <stdlib.h>

#include "common/token/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char text[] = "Hi, <|x|> it's\n\n  12345 \xc3\xa9\xcc\x81";
	struct error err = {0};
	struct tokenizer *t = tokenizer_parse(
		(struct slice){(const char *)bytes, n}, &err);
	struct token_list ids;
	enum status status;
	struct buf out;

	if (t == NULL) {
		if (err.status == OK || err.text[0] == '\0')
			abort(); /* refused without a reason */
		return 0;
	}
	token_list_init(&ids);
	buf_init(&out);
	/* A vocabulary may lack what it needs, or a replacement grow. */
	status = tokenizer_encode(t, (struct slice){text, sizeof(text) - 1},
				  true, SIZE_MAX, &ids);
	if (status != OK && status != ERR_INVALID && status != ERR_LIMIT)
		abort();
	if (status != OK && ids.n > 0)
		abort();
	for (size_t i = 0; i < ids.n; i++)
		if (ids.id[i] >= tokenizer_vocab_size(t))
			abort();
	tokenizer_decode(t, ids.id, ids.n, &out);
	buf_fini(&out);
	token_list_fini(&ids);
	tokenizer_unref(&t);
	return 0;
}
