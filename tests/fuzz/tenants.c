/* Any bytes as a tenants' file: tenants or faults, never a crash. */
#include "router/conf/tenants.h"
#include "common/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct conf_faults f = {0};
	struct conf_tenants *t = conf_tenants_parse(
		(struct slice){(const char *)bytes, n}, "fuzz", &f);

	ASSERT((t == NULL) == (f.n > 0));
	for (size_t i = 0; t != NULL && i < t->n; i++)
		ASSERT(t->tenant[i].name != NULL);
	conf_tenants_unref(&t);
	buf_fini(&f.text);
	return 0;
}
