#include "router/listen.h"

#include <sys/socket.h>

#include "common/base/mem.h"

#define BACKLOG 4096

static void share_port(int fd)
{
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
}

static void add(struct listen_address *a, int fd)
{
	a->socket[a->n++] = listen_socket_create(fd);
}

/* The first is bound without sharing, which fails if anybody else has the
 * port; those of our own follow. */
static enum status open_first(struct listen_address *a, struct error *err)
{
	int fd = addr_listen(&a->asked, BACKLOG, false, err);

	if (fd < 0)
		return ERR_IO;
	if (a->asked.sa.ss_family != AF_UNIX)
		share_port(fd);
	add(a, fd);
	return OK;
}

/* One for each lane, if the first lets others share its port; one that came
 * from elsewhere may not. */
static void open_others(struct listen_address *a, size_t lanes)
{
	while (a->bound.sa.ss_family != AF_UNIX && a->n < lanes) {
		int fd = addr_listen(&a->bound, BACKLOG, true, NULL);

		if (fd < 0)
			return;
		add(a, fd);
	}
}

struct listen_address *listen_open(const struct addr *asked, size_t lanes,
				   struct inherited *in, struct error *err)
{
	struct listen_address *a = mem_zalloc(sizeof(*a));
	size_t room = in->n > lanes ? in->n : lanes, n;
	int *fd = mem_array(room, sizeof(*fd));
	enum status status = OK;

	a->asked = *asked;
	a->socket = mem_array(room, sizeof(struct listen_socket *));
	n = inherit_find(in, asked, false, fd, room);
	for (size_t i = 0; i < n; i++)
		add(a, fd[i]);
	mem_free(fd);
	if (n == 0)
		status = open_first(a, err);
	if (status == OK)
		status = addr_of_socket(a->socket[0]->fd, &a->bound);
	if (status != OK) {
		listen_close(&a);
		return NULL;
	}
	open_others(a, lanes);
	return a;
}

void listen_close(struct listen_address **ap)
{
	struct listen_address *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		listen_socket_unref(&a->socket[i]);
	mem_free(a->socket);
	mem_free(a);
}

struct listen_socket *listen_of_lane(const struct listen_address *a,
				     size_t lane, size_t lanes, size_t nth)
{
	size_t at = lane + nth * lanes;

	if (nth == 0)
		return a->socket[at % a->n];
	return at < a->n ? a->socket[at] : NULL;
}

void listen_refuse(struct listen_address *a)
{
	for (size_t i = 0; i < a->n; i++)
		listen_socket_refuse(a->socket[i]);
}

void listen_set_tls(struct listen_address *a, bool tls)
{
	for (size_t i = 0; i < a->n; i++)
		atomic_store(&a->socket[i]->tls, tls);
}

bool listen_is_tls(const struct listen_address *a)
{
	return atomic_load(&a->socket[0]->tls);
}
