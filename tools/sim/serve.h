/* The table of endpoints, and the entry from evhttp. The loop's thread. */
#ifndef TOOLS_SIM_SERVE_H
#define TOOLS_SIM_SERVE_H

#include "tools/sim/worker.h"

struct evhttp_request;

/* evhttp's callback for every request; `arg` is the worker. */
void serve_request(struct evhttp_request *req, void *arg);

/* tokens */
void serve_tokenize(struct worker *w, struct evhttp_request *req);
void serve_detokenize(struct worker *w, struct evhttp_request *req);
void serve_render(struct worker *w, struct evhttp_request *req);
/* about */
void serve_models(struct worker *w, struct evhttp_request *req);
void serve_health(struct worker *w, struct evhttp_request *req);
void serve_version(struct worker *w, struct evhttp_request *req);
void serve_load(struct worker *w, struct evhttp_request *req);
void serve_metrics(struct worker *w, struct evhttp_request *req);
/* pooling */
void serve_embeddings(struct worker *w, struct evhttp_request *req);
void serve_score(struct worker *w, struct evhttp_request *req);
void serve_rerank(struct worker *w, struct evhttp_request *req);
/* control */
void serve_reset(struct worker *w, struct evhttp_request *req);
void serve_fault(struct worker *w, struct evhttp_request *req);
void serve_state(struct worker *w, struct evhttp_request *req);

#endif
