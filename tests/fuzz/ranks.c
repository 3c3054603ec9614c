/* A hostile rank file: it is refused, or its tokens lie within it. */
#include <stdlib.h>

#include "common/token/ranks.h"
#include "common/token/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct error err = {0};
	struct ranks r;
	enum status status = ranks_parse((struct slice){(const char *)bytes, n},
					 &r, &err);

	if (status != OK && err.text[0] == '\0')
		abort(); /* refused without a reason */
	for (size_t i = 0; status == OK && i < r.n; i++) {
		struct slice token = ranks_token(&r, i);

		if (token.n == 0 || token.n > RANKS_MAX_TOKEN || token.n > n ||
		    r.rank[i].id > r.last || r.last >= VOCAB_MAX_ID)
			abort();
	}
	ranks_fini(&r);
	return 0;
}
