#include "router/round.h"

#include "common/base/mem.h"

struct echo {
	struct mail mail;
	struct round *of;
};

static void on_echo(struct mail *m, void *receiver)
{
	struct echo *e = CONTAINER_OF(m, struct echo, mail);
	struct round *r = e->of;

	(void)receiver;
	mem_free(e);
	if (--r->n_silent == 0)
		r->done(r->arg);
}

void round_begin(struct round *r)
{
	r->n_silent = r->n_lanes;
	for (size_t i = 0; i < r->n_lanes; i++) {
		struct echo *e = mem_zalloc(sizeof(*e));

		e->mail.deliver = on_echo;
		e->of = r;
		lane_echo(r->lane[i], r->mailbox, &e->mail);
	}
}
