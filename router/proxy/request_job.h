/* Work for a request that a helper does, since it would hold up the loop.
 * The request may end before it: then the work comes back to nobody.
 * Private to this folder. */
#ifndef ROUTER_PROXY_REQUEST_JOB_H
#define ROUTER_PROXY_REQUEST_JOB_H

#include "router/proxy/request.h"

struct request_job {
	struct job job;
	struct request *request; /* NULL: it has ended meanwhile */
	struct proxy *proxy;
	struct fleet *fleet;
	struct arena arena; /* what the work needs and makes */
	/* On the lane, once it has run. Ends with request_job_fini(). */
	void (*back)(struct request_job *j);
};

void request_job_init(struct request_job *j, struct request *r);
void request_job_fini(struct request_job *j);

/* The request waits for it, and for no other. `run` sees nothing that the
 * request may take away. */
enum flow request_job_post(struct request_job *j, void (*run)(struct job *j),
			   void (*back)(struct request_job *j));
/* The request ends; what comes back will go nowhere. */
void request_job_forget(struct request *r);

#endif
