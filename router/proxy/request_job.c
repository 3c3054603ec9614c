#include "router/proxy/request_job.h"

#include <poll.h>

#include "common/base/assert.h"

void request_job_init(struct request_job *j, struct request *r)
{
	*j = (struct request_job){
		.request = r,
		.proxy = r->proxy,
		.fleet = fleet_ref(r->fleet),
	};
	arena_init(&j->arena);
}

void request_job_fini(struct request_job *j)
{
	fleet_unref(&j->fleet);
	arena_fini(&j->arena);
}

static void come_back(struct mail *m, void *receiver)
{
	struct request_job *j = CONTAINER_OF(m, struct request_job, job.mail);

	(void)receiver;
	j->proxy->n_jobs--;
	if (j->request != NULL)
		j->request->draft->job = NULL;
	j->back(j);
}

enum flow request_job_post(struct request_job *j, void (*run)(struct job *j),
			   void (*back)(struct request_job *j))
{
	struct proxy *p = j->proxy;

	ASSERT(j->request->draft->job == NULL);
	j->back = back;
	j->job.run = run;
	j->job.back_to = p->o.mailbox;
	j->job.mail.deliver = come_back;
	j->request->draft->job = j;
	p->n_jobs++;
	workq_post(p->o.helpers, &j->job);
	return FLOW_WAIT;
}

void request_job_forget(struct request *r)
{
	if (r->draft->job != NULL)
		r->draft->job->request = NULL;
	r->draft->job = NULL;
}

void request_wait_for_jobs(struct proxy *p)
{
	struct pollfd fd = {.events = POLLIN};

	while (p->n_jobs > 0) {
		fd.fd = mailbox_fd(p->o.mailbox);
		if (poll(&fd, 1, 1000) > 0)
			mailbox_drain(p->o.mailbox);
	}
}
