/* Workers that take no new work by an operator's word, told from process to
 * process: those at the start stand in the environment, and what changes until
 * the other serves comes as lines, "+worker-1" or "-worker-1". */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/base/log.h"
#include "router/server_own.h"

#define MAX_WORD_BYTES ((size_t)64 * 1024)

/* --- to a successor ------------------------------------------------- */

static bool is_listed(struct slice list, struct slice name)
{
	while (list.n > 0)
		if (slice_equal(slice_split(&list, '\n'), name))
			return true;
	return false;
}

struct slice server_drained(struct server *s)
{
	buf_reset(&s->drained, 0);
	for (size_t i = 0; i < s->fleet->n_workers; i++)
		if (atomic_load(&s->fleet->worker[i]->draining))
			buf_printf(&s->drained, "%s\n",
				   s->fleet->worker[i]->name);
	return buf_slice(&s->drained);
}

void server_tell_drained(struct server *s)
{
	struct buf before = s->drained, changes = {0};

	buf_init(&s->drained);
	server_drained(s);
	for (size_t i = 0; i < s->fleet->n_workers; i++) {
		struct slice name = slice_of(s->fleet->worker[i]->name);
		bool is = is_listed(buf_slice(&s->drained), name);

		if (is != is_listed(buf_slice(&before), name))
			buf_printf(&changes, "%c%.*s\n", is ? '+' : '-',
				   SLICE_ARG(name));
	}
	if (buf_len(&changes) > 0 &&
	    !upgrade_tell(&s->upgrade, buf_slice(&changes)))
		log_warn("upgrade: the other has not heard which workers were "
			 "drained meanwhile");
	buf_fini(&changes);
	buf_fini(&before);
}

/* --- from a predecessor --------------------------------------------- */

static void set_draining(struct server *s, struct slice name, bool draining)
{
	struct worker *w = fleet_worker(s->fleet, name);

	if (w != NULL)
		atomic_store(&w->draining, draining);
}

void server_take_drained(struct server *s)
{
	struct slice all = slice_of(s->inherited.drained ? s->inherited.drained
							 : "");

	while (all.n > 0)
		set_draining(s, slice_split(&all, '\n'), true);
}

static void take_lines(struct server *s)
{
	struct slice all = buf_slice(&s->word);
	size_t n;

	while ((n = slice_find(all, '\n')) < all.n) {
		if (n > 1)
			set_draining(s, (struct slice){all.p + 1, n - 1},
				     all.p[0] == '+');
		all = slice_from(all, n + 1);
		buf_consume(&s->word, n + 1);
	}
	guard_refresh(probe_guard(s->probe));
}

static void on_word(struct watch *w, uint32_t events)
{
	struct server *s = CONTAINER_OF(w, struct server, predecessor);
	char bytes[4096];
	ssize_t n = recv(w->fd, bytes, sizeof(bytes), 0);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		buf_append(&s->word, (struct slice){bytes, (size_t)n});
		take_lines(s);
	}
	if (n <= 0 || buf_len(&s->word) > MAX_WORD_BYTES)
		watch_close(w, &s->loop);
}

void server_hear_drained(struct server *s, int fd)
{
	if (fd >= 0)
		watch_start(&s->predecessor, &s->loop, fd, EPOLLIN, on_word);
}
