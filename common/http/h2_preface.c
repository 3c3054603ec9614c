#include "common/http/h2_preface.h"

enum h2_preface h2_preface_match(struct slice held, struct slice bytes)
{
	struct slice left = slice_from(H2_PREFACE_TEXT, held.n);

	if (slice_starts(bytes, left))
		return H2_PREFACE_WHOLE;
	return slice_starts(left, bytes) ? H2_PREFACE_BEGUN : H2_PREFACE_NOT;
}
