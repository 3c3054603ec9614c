/* The thread of discovery: it has the sources, and a loop for them.
 *
 * A thread of its own, since sources read files, look names up and parse
 * what an API server says of a thousand pods, all of which blocks. What is
 * found comes back as mail. */
#ifndef ROUTER_DISCOVER_SEEKER_H
#define ROUTER_DISCOVER_SEEKER_H

#include "common/base/mailbox.h"
#include "router/conf/workers.h"

struct seeker;

/* Of one model, on its way to the main thread. */
struct seeker_news {
	struct mail mail;
	void *arg;
	char *model;              /* heap */
	struct conf_workers *set; /* counted; NULL: as it was, or a failure */
	char *failure;            /* heap; NULL: none */
};
void seeker_news_free(struct seeker_news *n);

/* `deliver` is given to each mail, `arg` stands in it. `to` outlives the
 * seeker. */
struct seeker *seeker_create(struct mailbox *to,
			     void (*deliver)(struct mail *m, void *receiver),
			     void *arg);
/* Waits for what blocks it. No mail is posted after it. */
void seeker_destroy(struct seeker **s);
/* Looks for the workers of this configuration's models from now on; sources
 * that are what they were go on. */
void seeker_set_conf(struct seeker *s, struct conf *conf);

#endif
