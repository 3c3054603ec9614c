/* An atomic count for objects that several threads hold. Any thread. */
#ifndef COMMON_BASE_REF_H
#define COMMON_BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>

struct ref {
	atomic_uint n;
};

void ref_init(struct ref *r); /* held once */
void ref_hold(struct ref *r);
/* For a holder: whether there is none besides it. */
bool ref_is_only(const struct ref *r);
/* True for the last holder, who then frees the object. */
bool ref_drop(struct ref *r);

#endif
