/* Prometheus text of a worker: any bytes are read without harm, and what
 * is handed out lies inside them. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/assert.h"
#include "router/probe/load.h"
#include "router/probe/promtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_inside(struct slice part, struct slice text)
{
	ASSERT(part.n == 0 ||
	       (part.p >= text.p && part.p + part.n <= text.p + text.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice text = {(const char *)bytes, n};
	struct promtext p;
	struct promtext_sample s;
	struct load load;

	promtext_init(&p, text);
	while (promtext_next(&p, &s)) {
		struct slice value = {NULL, 0};

		ASSERT(s.name.n > 0);
		check_inside(s.name, text);
		check_inside(s.labels, text);
		if (promtext_label(&s, SLICE("engine"), &value))
			check_inside(value, s.labels);
	}
	for (int rank = -1; rank < 2; rank++) {
		load_parse(text, rank, &load);
		for (size_t i = 0; i < LOAD_NUMBERS; i++)
			ASSERT(load.number[i] >= 0 && load.number[i] <= 1e9);
		check_inside(load.algorithm, text);
	}
	return 0;
}
