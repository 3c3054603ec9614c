/* Any bytes as a configuration: a value or faults, never a crash; what is
 * taken prints as something that is taken too. */
#include "common/base/assert.h"
#include "router/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct conf *parse(struct slice yaml)
{
	struct conf_faults f = {0};
	struct conf *c = conf_parse_numeric(yaml, "fuzz", &f);

	ASSERT((c == NULL) == (f.n > 0));
	buf_fini(&f.text);
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct conf *c = parse((struct slice){(const char *)bytes, n}), *again;
	struct buf text;

	if (c == NULL)
		return 0;
	buf_init(&text);
	conf_print(c, &text);
	again = parse(buf_slice(&text));
	ASSERT(again != NULL);
	conf_unref(&again);
	conf_unref(&c);
	buf_fini(&text);
	return 0;
}
