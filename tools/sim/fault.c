#include "tools/sim/fault.h"

#define X(name, text, help) text,
static const char *const names[] = {FAULTS(X)};
#undef X

bool fault_kind_parse(struct slice text, enum fault_kind *out)
{
	for (size_t i = 0; i < FAULT_KINDS; i++) {
		if (slice_equal(text, slice_of(names[i]))) {
			*out = (enum fault_kind)i;
			return true;
		}
	}
	return false;
}

bool fault_take(struct faults *f, enum fault_kind kind, struct fault *out)
{
	struct fault *at = &f->fault[kind];

	if (at->left == 0)
		return false;
	if (at->left != FAULT_ALWAYS)
		at->left--;
	*out = *at;
	return true;
}
