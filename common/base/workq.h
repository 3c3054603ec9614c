/* Helper threads for work that would block a loop for over a millisecond.
 * `run` happens on a helper, then the job comes back as mail. */
#ifndef COMMON_BASE_WORKQ_H
#define COMMON_BASE_WORKQ_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/mailbox.h"

struct job {
	struct mail mail; /* mail.deliver: back in the loop */
	struct job *next;
	struct mailbox *back_to;
	void (*run)(struct job *j); /* on a helper thread */
};

struct workq;

struct workq *workq_create(size_t threads);
/* Waits until every posted job has run. */
void workq_destroy(struct workq **q);
void workq_post(struct workq *q, struct job *j);
size_t workq_depth(struct workq *q); /* waiting, not yet taken */

#endif
