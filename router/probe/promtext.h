/* Samples of a Prometheus text exposition (format 0.0.4), one at a time.
 * What is not a sample is passed over. Pure; any thread. */
#ifndef ROUTER_PROBE_PROMTEXT_H
#define ROUTER_PROBE_PROMTEXT_H

#include "common/base/slice.h"

struct promtext {
	struct slice rest;
	size_t bad; /* lines that are neither sample, comment nor blank */
};

/* Slices point into the text. */
struct promtext_sample {
	struct slice name;
	struct slice labels; /* between the braces, as written */
	double value;        /* may be NaN or infinite */
};

void promtext_init(struct promtext *p, struct slice text);
bool promtext_next(struct promtext *p, struct promtext_sample *out);

/* A label's value, as written (escapes stay); false if it has none. */
bool promtext_label(const struct promtext_sample *s, struct slice name,
		    struct slice *out);

#endif
