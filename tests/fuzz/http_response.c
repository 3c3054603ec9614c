#include "tests/fuzz/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	fuzz_message(HTTP_CLIENT, (struct slice){(const char *)bytes, n});
	return 0;
}
