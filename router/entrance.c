#include "router/entrance.h"

#include "common/base/log.h"
#include "common/base/mem.h"

/* An address whose queue is being emptied. */
struct closing {
	struct list link;
	struct entrance *entrance;
	struct listen_address *address;
	struct timer timer;
};

static bool same(const struct addr *a, const struct addr *b)
{
	char x[ADDR_TEXT_BYTES], y[ADDR_TEXT_BYTES];

	return strcmp(addr_text(a, x), addr_text(b, y)) == 0;
}

/* NULL: it is not among them. */
static const struct entrance_address *find(
	const struct entrance_address *listen, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (same(&listen[i].addr, a))
			return &listen[i];
	return NULL;
}

static struct listen_address *open_new(const struct entrance *e,
				       const struct entrance_address *asked,
				       struct inherited *in, struct error *err)
{
	struct listen_address *a = listen_open(&asked->addr, e->n_lanes, in,
					       err);

	if (a != NULL)
		listen_set_tls(a, asked->tls);
	return a;
}

static enum status open_one(struct entrance *e,
			    const struct entrance_address *asked,
			    struct inherited *in, struct error *err)
{
	struct listen_address *a = open_new(e, asked, in, err);

	if (a == NULL)
		return ERR_IO;
	e->address = mem_realloc(e->address, (e->n + 1) * sizeof(*e->address));
	e->address[e->n++] = a;
	return OK;
}

/* What systemd gave, by address. */
static enum status open_given(struct entrance *e,
			      const struct entrance_address *listen, size_t n,
			      struct inherited *in, struct error *err)
{
	const struct addr *next;
	enum status status = OK;

	while (status == OK && (next = inherit_next(in, false)) != NULL) {
		const struct entrance_address *named = find(listen, n, next);
		struct entrance_address given = {*next,
						 named != NULL && named->tls};

		status = open_one(e, &given, in, err);
		e->given = true;
	}
	return status;
}

enum status entrance_open(struct entrance *e, struct loop *l,
			  const struct entrance_address *listen, size_t n,
			  size_t n_lanes, struct inherited *in,
			  struct error *err)
{
	enum status status = OK;

	*e = (struct entrance){.loop = l, .n_lanes = n_lanes};
	list_init(&e->closing);
	if (in->from == INHERIT_SYSTEMD)
		status = open_given(e, listen, n, in, err);
	for (size_t i = 0; status == OK && !e->given && i < n; i++)
		status = open_one(e, &listen[i], in, err);
	if (status == OK && e->given)
		log_info("start: the sockets that systemd gave are served in "
			 "place of listen");
	return status;
}

static void admit(struct entrance *e, const struct listen_address *a)
{
	for (size_t i = 0; i < e->n_lanes; i++) {
		struct listen_socket *s;

		for (size_t nth = 0;
		     (s = listen_of_lane(a, i, e->n_lanes, nth)) != NULL; nth++)
			lane_listen(e->lane[i], s);
	}
}

static void dismiss(struct entrance *e, const struct listen_address *a,
		    bool finish)
{
	for (size_t i = 0; i < e->n_lanes && e->lane != NULL; i++) {
		struct listen_socket *s;

		for (size_t nth = 0;
		     (s = listen_of_lane(a, i, e->n_lanes, nth)) != NULL; nth++)
			lane_unlisten(e->lane[i], s, finish);
	}
}

void entrance_admit(struct entrance *e, struct lane *const *lane)
{
	e->lane = lane;
	for (size_t i = 0; i < e->n; i++)
		admit(e, e->address[i]);
}

/* --- closing -------------------------------------------------------- */

static void end_closing(struct closing *c)
{
	list_remove(&c->link);
	timer_fini(&c->timer);
	listen_close(&c->address);
	mem_free(c);
}

static void on_lingered(void *arg)
{
	struct closing *c = arg;

	dismiss(c->entrance, c->address, true);
	end_closing(c);
}

static void begin_closing(struct entrance *e, struct listen_address *a)
{
	struct closing *c = mem_zalloc(sizeof(*c));

	c->entrance = e;
	c->address = a;
	list_push_back(&e->closing, &c->link);
	timer_init(&c->timer, e->loop, on_lingered, c);
	listen_refuse(a);
	timer_set(&c->timer, listen_socket_linger_ms(&a->bound));
}

void entrance_close(struct entrance *e)
{
	for (size_t i = 0; i < e->n; i++)
		begin_closing(e, e->address[i]);
	e->n = 0;
}

void entrance_leave(struct entrance *e)
{
	for (size_t i = 0; i < e->n; i++) {
		dismiss(e, e->address[i], false);
		listen_close(&e->address[i]);
	}
	e->n = 0;
}

void entrance_fini(struct entrance *e)
{
	struct list *it, *tmp;

	if (e->loop == NULL)
		return;
	LIST_EACH (it, tmp, &e->closing)
		end_closing(LIST_ENTRY(it, struct closing, link));
	for (size_t i = 0; i < e->n; i++)
		listen_close(&e->address[i]);
	mem_free(e->address);
	*e = (struct entrance){0};
}

/* --- another configuration ------------------------------------------ */

static void say(const struct listen_address *a, const char *what)
{
	char text[ADDR_TEXT_BYTES];

	log_info("reload: %s http%s://%s", what, listen_is_tls(a) ? "s" : "",
		 addr_text(&a->bound, text));
}

/* Connections that are open stay what they are. */
static void set_tls(struct listen_address *a, bool tls)
{
	if (listen_is_tls(a) == tls)
		return;
	listen_set_tls(a, tls);
	say(a, "now serving as");
}

static bool is_among(struct listen_address *const *list, size_t n,
		     const struct listen_address *a)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == a)
			return true;
	return false;
}

/* One that is open, stands for what is asked for, and for no other yet. */
static struct listen_address *unmatched(const struct entrance *e,
					const struct entrance_address *asked,
					bool any_tls,
					struct listen_address *const *now,
					size_t n)
{
	for (size_t i = 0; i < e->n; i++) {
		struct listen_address *a = e->address[i];

		if (same(&a->asked, &asked->addr) &&
		    (any_tls || listen_is_tls(a) == asked->tls) &&
		    !is_among(now, n, a))
			return a;
	}
	return NULL;
}

/* Each that is asked for is one of those that are open, or NULL: with port 0
 * several may have one address. One that has not changed comes first. */
static struct listen_address **match(const struct entrance *e,
				     const struct entrance_address *listen,
				     size_t n)
{
	struct listen_address **now = mem_zalloc((n + 1) * sizeof(*now));

	for (size_t i = 0; i < n; i++)
		now[i] = unmatched(e, &listen[i], false, now, n);
	for (size_t i = 0; i < n; i++)
		if (now[i] == NULL)
			now[i] = unmatched(e, &listen[i], true, now, n);
	return now;
}

static enum status open_missing(const struct entrance *e,
				const struct entrance_address *listen,
				struct listen_address **now, size_t n,
				struct error *err)
{
	struct inherited nothing = {.ready_fd = -1};
	enum status status = OK;

	for (size_t i = 0; status == OK && i < n; i++) {
		if (now[i] != NULL)
			continue;
		now[i] = open_new(e, &listen[i], &nothing, err);
		status = now[i] != NULL ? OK : ERR_IO;
	}
	for (size_t i = 0; status != OK && i < n; i++)
		if (now[i] != NULL && !is_among(e->address, e->n, now[i]))
			listen_close(&now[i]);
	return status;
}

static void close_others(struct entrance *e, struct listen_address *const *now,
			 size_t n)
{
	for (size_t i = 0; i < e->n; i++) {
		if (is_among(now, n, e->address[i]))
			continue;
		say(e->address[i], "no longer serving on");
		begin_closing(e, e->address[i]);
	}
}

enum status entrance_change(struct entrance *e,
			    const struct entrance_address *listen, size_t n,
			    struct error *err)
{
	struct listen_address **now;

	if (e->given)
		return OK;
	now = match(e, listen, n);
	if (open_missing(e, listen, now, n, err) != OK) {
		mem_free(now);
		return ERR_IO;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_among(e->address, e->n, now[i])) {
			set_tls(now[i], listen[i].tls);
			continue;
		}
		admit(e, now[i]);
		say(now[i], "serving on");
	}
	close_others(e, now, n);
	mem_free(e->address);
	e->address = now;
	e->n = n;
	return OK;
}

int *entrance_sockets(const struct entrance *e, size_t *n)
{
	size_t total = 0;
	int *fd;

	for (size_t i = 0; i < e->n; i++)
		total += e->address[i]->n;
	fd = mem_array(total, sizeof(*fd));
	*n = 0;
	for (size_t i = 0; i < e->n; i++)
		for (size_t j = 0; j < e->address[i]->n; j++)
			fd[(*n)++] = e->address[i]->socket[j]->fd;
	return fd;
}

struct entrance_address *entrance_addresses(const struct conf *c, size_t *n)
{
	struct entrance_address *a;

	*n = c->n_listen + c->n_tls_listen;
	a = mem_array(*n, sizeof(*a));
	for (size_t i = 0; i < c->n_listen; i++)
		a[i] = (struct entrance_address){c->listen[i], false};
	for (size_t i = 0; i < c->n_tls_listen; i++)
		a[c->n_listen + i] = (struct entrance_address){c->tls_listen[i],
							       true};
	return a;
}
