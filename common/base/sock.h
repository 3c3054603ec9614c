/* A non-blocking stream socket in a loop.
 *
 * It is watched once, edge-triggered, for its whole life, and read and
 * written directly: pausing and resuming cost no system call. One thread.
 * Nothing here frees the owner: events are told, the owner acts. */
#ifndef COMMON_BASE_SOCK_H
#define COMMON_BASE_SOCK_H

#include <sys/uio.h>

#include "common/base/loop.h"
#include "common/base/slice.h"

struct sock;

struct sock_events {
	/* Bytes came in; they live until this returns. Not called while
	 * paused. May close the socket. */
	void (*bytes)(void *arg, struct slice bytes);
	/* The kernel takes bytes again (or the connect has succeeded). */
	void (*writable)(void *arg);
	/* The peer has ended its side (err 0) or the socket failed. Told
	 * once, after all bytes before it; with `eager_end` also while
	 * paused, so that a client that leaves is noticed at once. */
	void (*ended)(void *arg, int err);
};

struct sock {
	struct watch watch; /* of its descriptor, which is its own */
	struct loop *loop;
	const struct sock_events *events;
	void *arg;
	bool connecting, paused, unread, ended, full, eager_end;
	bool hung_up;          /* the end is near: read until it is seen */
	int err;               /* of a write that failed */
	struct deferred again; /* more to read, after the others' turn */
};

/* Takes the descriptor over. `connecting`: connect() is in progress. */
void sock_open(struct sock *s, struct loop *l, int fd, bool connecting,
	       const struct sock_events *events, void *arg);
void sock_close(struct sock *s); /* may be closed already */
bool sock_is_open(const struct sock *s);

/* No byte and no end was there to be read when the kernel was last asked, a
 * few ms ago at most: see watch_is_quiet(). False where it is not known. */
bool sock_is_quiet(const struct sock *s);

/* Bytes taken by the kernel, 0 if it takes none now (`writable` will be
 * told), -1 on an error (errno). After one, bytes that came before it are
 * still told, then `ended` with it. */
ssize_t sock_send(struct sock *s, const struct iovec *iov, int n);

void sock_pause(struct sock *s);
void sock_resume(struct sock *s); /* what waits is read after this turn */

/* Closes with a reset instead of an orderly end. */
void sock_reset(struct sock *s);

#endif
