/* The process that takes this one's place: this program as it is on disk now,
 * with the same arguments, and with the sockets that clients come in by.
 *
 * It is started beside this one, which goes on as before until the other says
 * through a socket that it serves; what it has to know from then on comes back
 * the same way. If it ends instead, or says nothing for too long, it is got rid
 * of, and nothing has changed. Main thread. */
#ifndef ROUTER_UPGRADE_H
#define ROUTER_UPGRADE_H

#include <sys/types.h>

#include "common/base/loop.h"
#include "common/base/slice.h"

struct upgrade_start {
	const char *program;
	char *const *argument;    /* ends with NULL */
	char *const *environment; /* ends with NULL */
	const int *fd;            /* become descriptors from 3 on, and behind */
	size_t n;                 /* them the socket to say "ready" on */
	uint64_t patience_ms;
};

struct upgrade {
	struct loop *loop;
	pid_t process; /* 0: none is under way */
	struct watch ready;
	int heir; /* the same socket, once it serves; -1: none does */
	struct timer patience;
	/* It serves (`why` NULL), or it has ended and that is why. Once. */
	void (*over)(void *arg, pid_t process, const char *why);
	void *arg;
};

void upgrade_init(struct upgrade *u, struct loop *l,
		  void (*over)(void *arg, pid_t process, const char *why),
		  void *arg);
/* None is under way. ERR_IO if it cannot be started: `over` is not told. */
MUST_USE enum status upgrade_begin(struct upgrade *u,
				   const struct upgrade_start *s,
				   struct error *err);
/* To one that serves. False: it does not hear it. */
bool upgrade_tell(const struct upgrade *u, struct slice text);
/* Ends what is under way, and tells one that serves no more; `over` is not
 * told. */
void upgrade_give_up(struct upgrade *u);

#endif
