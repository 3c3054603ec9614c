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

static void append(struct entrance *e, struct listen_address *a)
{
	e->address = mem_realloc(e->address, (e->n + 1) * sizeof(*e->address));
	e->address[e->n++] = a;
}

static enum status open_one(struct entrance *e,
			    const struct entrance_address *asked,
			    struct inherited *in, struct error *err)
{
	struct listen_address *a = listen_open(&asked->addr, e->n_lanes, in,
					       err);

	if (a == NULL)
		return ERR_IO;
	listen_set_tls(a, asked->tls);
	append(e, a);
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

static bool is_open(const struct entrance *e, const struct addr *asked)
{
	for (size_t i = 0; i < e->n; i++)
		if (same(&e->address[i]->asked, asked))
			return true;
	return false;
}

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

static void close_others(struct entrance *e,
			 const struct entrance_address *listen, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < e->n; i++) {
		struct listen_address *a = e->address[i];
		const struct entrance_address *named = find(listen, n,
							    &a->asked);

		if (named != NULL) {
			set_tls(a, named->tls);
			e->address[left++] = a;
			continue;
		}
		say(a, "no longer serving on");
		begin_closing(e, a);
	}
	e->n = left;
}

enum status entrance_change(struct entrance *e,
			    const struct entrance_address *listen, size_t n,
			    struct error *err)
{
	struct inherited nothing = {.ready_fd = -1};
	enum status status = OK;
	size_t before = e->n;

	if (e->given)
		return OK;
	for (size_t i = 0; status == OK && i < n; i++)
		if (!is_open(e, &listen[i].addr))
			status = open_one(e, &listen[i], &nothing, err);
	while (status != OK && e->n > before)
		listen_close(&e->address[--e->n]);
	if (status != OK)
		return status;
	for (size_t i = before; i < e->n; i++) {
		admit(e, e->address[i]);
		say(e->address[i], "serving on");
	}
	close_others(e, listen, n);
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
