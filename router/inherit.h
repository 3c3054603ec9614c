/* Listening sockets that came with the process: from systemd, as
 * sd_listen_fds(3) has it, or from the gateway whose place it takes.
 *
 * Both give descriptors from 3 on, say in the environment how many there are
 * and what each is called, and for which process they are meant: a child of
 * that process inherits the words, but not what they speak of. A socket
 * called "admin" is the admin page's, all others are for clients. Main
 * thread, before there are others. */
#ifndef ROUTER_INHERIT_H
#define ROUTER_INHERIT_H

#include <sys/types.h>

#include "common/base/addr.h"

#define INHERIT_FIRST_FD   3
#define INHERIT_MAX        1024
#define INHERIT_NAME_BYTES 64
#define INHERIT_ADMIN      "admin"
#define INHERIT_CLIENTS    "clients"

enum inherit_from { INHERIT_NOTHING, INHERIT_SYSTEMD, INHERIT_GATEWAY };

struct inherited_socket {
	int fd; /* -1: taken */
	char name[INHERIT_NAME_BYTES];
	struct addr addr; /* it is bound to */
};

struct inherited {
	enum inherit_from from;
	struct inherited_socket *socket;
	size_t n;
	int ready_fd;  /* where readiness is said; -1: nobody waits for it */
	char *drained; /* workers that take no new work, a line each */
};

/* What the environment says, as words; NULL: nothing. */
struct inherit_words {
	const char *pid, *fds, *names;
};

/* Pure: the names of the sockets that are meant for process `pid`, none of
 * them if it is another; the array is the caller's to mem_free. */
MUST_USE enum status inherit_parse(const struct inherit_words *w, pid_t pid,
				   struct inherited_socket **out, size_t *n,
				   struct error *err);

/* Reads the environment, takes its words out of it, and looks at every
 * descriptor: ERR_INVALID if one is not a listening stream socket. */
MUST_USE enum status inherit_take(struct inherited *in, struct error *err);
/* Closes what nobody has taken. */
void inherit_fini(struct inherited *in);

/* Takes those out that are bound to `asked` and are the admin's or not; its
 * port 0 means any. Returns how many, at most `max`. */
size_t inherit_find(struct inherited *in, const struct addr *asked, bool admin,
		    int *fd, size_t max);
/* The first that is the admin's or not and has not been taken, or NULL. */
const struct addr *inherit_next(const struct inherited *in, bool admin);

/* Whoever waits for it hears that all is served. Once: the descriptor is the
 * caller's from then on, and may have more to say; -1: nobody waits. */
int inherit_say_ready(struct inherited *in);

/* The environment for a process that takes this one's place and gets `n`
 * sockets with these names, in order, and then the descriptor to say ready
 * on. An array that ends with NULL. */
char **inherit_environment(const char *const *name, size_t n,
			   struct slice drained);
void inherit_free_environment(char **words);

#endif
