/* A non-blocking stream socket in a loop.
 *
 * It is watched once, edge-triggered, for its whole life, and read and
 * written directly: pausing and resuming cost no system call. One thread.
 * Nothing here frees the owner: events are told, the owner acts.
 *
 * A layer may stand between the owner's bytes and the kernel's (TLS:
 * common/tls). The owner sees no difference, but that the connection takes
 * a handshake longer to come about, and may fail in it. */
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
	/* The kernel takes bytes again (or the connect has succeeded, and
	 * the handshake of a layer with it). */
	void (*writable)(void *arg);
	/* The peer has ended its side (err 0) or the socket failed. Told
	 * once, after all bytes before it; with `eager_end` also while
	 * paused, so that a client that leaves is noticed at once. Under a
	 * layer that marks its end, one without the mark is ECONNABORTED,
	 * and a peer that breaks the layer's rules is EPROTO. */
	void (*ended)(void *arg, int err);
};

/* What stands in between. It reads and writes the kernel's bytes with
 * sock_kernel_recv() and sock_kernel_send(). */
struct sock_layer {
	const struct sock_layer_type *type;
};

struct sock_layer_type {
	/* Goes on with the handshake: 0 when it is done, EAGAIN while the
	 * peer has its turn, else why it failed. */
	int (*shake)(struct sock_layer *l, struct sock *s);
	/* As recv(2): all that is there and fits. What stays in the layer for
	 * want of room, it tells by setting s->unread. */
	ssize_t (*recv)(struct sock_layer *l, struct sock *s, void *to,
			size_t n);
	/* As sock_send(). */
	ssize_t (*send)(struct sock_layer *l, struct sock *s,
			const struct iovec *iov, int n);
	/* The kernel takes bytes: false if some that it did not take before
	 * still wait. */
	bool (*flush)(struct sock_layer *l, struct sock *s);
	/* Holds what came from the kernel and is not told yet. */
	bool (*holds)(const struct sock_layer *l);
	/* Our side ends here, and the peer can tell. False: flush() has still
	 * to send some of that. */
	bool (*end)(struct sock_layer *l, struct sock *s);
	/* What the two ends agreed to speak above it; n = 0: nothing. */
	struct slice (*protocol)(const struct sock_layer *l);
	/* Why it failed, as a sentence that lives as long as the layer; or
	 * NULL. */
	const char *(*fault)(const struct sock_layer *l);
	void (*destroy)(struct sock_layer *l);
};

struct sock {
	struct watch watch; /* of its descriptor, which is its own */
	struct loop *loop;
	struct sock_layer *layer; /* its own; NULL: none */
	const struct sock_events *events;
	void *arg;
	/* `connecting` until it can be written to; `shaking`: the kernel's
	 * part of that is done. `ending`: behind what the layer holds. */
	bool connecting : 1, shaking : 1, ending : 1, eager_end : 1;
	bool paused, unread, ended, full;
	bool hung_up;          /* the end is near: read until it is seen */
	int16_t err;           /* of a write that failed */
	struct deferred again; /* more to read, after the others' turn */
};

/* Takes the descriptor over. `connecting`: connect() is in progress. */
void sock_open(struct sock *s, struct loop *l, int fd, bool connecting,
	       const struct sock_events *events, void *arg);
/* The same of one that `from` has watched, see sock_hand_over(). */
void sock_take_over(struct sock *s, struct loop *l, struct watch *from,
		    const struct sock_events *events, void *arg);
/* Its descriptor is `to`'s, who is told when something comes in or the peer
 * goes; the socket is closed. Nothing is unsent, and there is no layer. */
void sock_hand_over(struct sock *s, struct watch *to,
		    void (*ready)(struct watch *w, uint32_t events));
/* Right after sock_open(): the layer is the socket's from now on. */
void sock_set_layer(struct sock *s, struct sock_layer *layer);
/* In order, as far as it can be told without waiting. May be closed
 * already. */
void sock_close(struct sock *s);
bool sock_is_open(const struct sock *s);

/* What the layer's handshake agreed on, "h2" say; n = 0: nothing, or there
 * is no layer. */
struct slice sock_protocol(const struct sock *s);
/* Why the layer has failed; NULL: it has not, or there is none. */
const char *sock_fault(const struct sock *s);

/* No byte and no end was there to be read when the kernel was last asked, a
 * few ms ago at most: see watch_is_quiet(). False where it is not known. */
bool sock_is_quiet(const struct sock *s);
/* The same by asking, which costs a call. False: it may have taken some of
 * what was there, and is good for nothing but to be closed. */
bool sock_look(struct sock *s);

/* Bytes taken by the kernel, 0 if it takes none now (`writable` will be
 * told), -1 on an error (errno). After one, bytes that came before it are
 * still told, then `ended` with it.
 *
 * What was not taken must stand at the beginning of the next call: a layer
 * may have begun with it. */
ssize_t sock_send(struct sock *s, const struct iovec *iov, int n);
/* Nothing more is sent; the peer sees an end in order. All that was to be
 * sent has been taken. */
void sock_end(struct sock *s);

void sock_pause(struct sock *s);
void sock_resume(struct sock *s); /* what waits is read after this turn */

/* Closes with a reset instead of an orderly end. */
void sock_reset(struct sock *s);

/* For layers: the kernel's own, errno included. */
ssize_t sock_kernel_recv(struct sock *s, void *to, size_t n);
ssize_t sock_kernel_send(struct sock *s, const void *p, size_t n);

#endif
