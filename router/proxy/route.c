/* ROUTE: what is asked for, and of which model. */
#include "common/http/uri.h"
#include "router/api/models.h"
#include "router/proxy/prompt_work.h"

/* When models are said to have been made: the same in every answer. */
#define MODELS_CREATED 1735689600

static enum flow refuse(struct request *r, unsigned status, const char *code,
			const char *message)
{
	struct api_error e;

	api_error_set(&e, status, NULL, code, "%s", message);
	return request_fail(r, OUTCOME_CLIENT_ERROR, code, &e);
}

static enum flow refuse_path(struct request *r, unsigned status)
{
	switch (status) {
	case 403:
		return refuse(r, 403, "forbidden",
			      "This path controls an engine and is not served "
			      "to clients");
	case 405:
		r->draft->allow = endpoint_allow(r->endpoint);
		return refuse(r, 405, "method_not_allowed",
			      "This path does not have this method");
	default: return refuse(r, 404, "not_found", "There is no such path");
	}
}

static enum flow answer(struct request *r, const char *type)
{
	r->status = 200;
	r->outcome = OUTCOME_OK;
	r->draft->reply_type = type;
	request_step(r, STEP_REPLY);
	return FLOW_GO;
}

static enum flow answer_model(struct request *r)
{
	struct slice name = endpoint_rest(r->endpoint, r->draft->path);

	if (!admit_allows(r, name) ||
	    !models_write_one(r->fleet, name, MODELS_CREATED, &r->draft->reply))
		return refuse(r, 404, "model_not_found",
			      "There is no model of this name");
	return answer(r, "application/json");
}

static enum flow answer_here(struct request *r)
{
	switch (r->endpoint->kind) {
	case API_MODELS:
		models_write(r->fleet, admit_filter(r), MODELS_CREATED,
			     &r->draft->reply);
		return answer(r, "application/json");
	case API_MODEL: return answer_model(r);
	case API_VERSION:
		buf_puts(&r->draft->reply, "{\"version\":\"warmpath\"}");
		return answer(r, "application/json");
	default: return answer(r, "text/plain");
	}
}

static bool is_answered_here(enum api_kind kind)
{
	return kind == API_MODELS || kind == API_MODEL || kind == API_HEALTH ||
	       kind == API_VERSION;
}

static enum flow refuse_model(struct request *r)
{
	struct slice model = r->draft->api.model;
	struct api_error e;

	if (model.n == 0)
		api_error_set(&e, 400, "model", "model_missing",
			      "Say which model: GET /v1/models lists them");
	else
		api_error_set(&e, 404, "model", "model_not_found",
			      "The model '%.*s' does not exist: GET /v1/models "
			      "lists those that do",
			      model.n > 200 ? 200 : (int)model.n, model.p);
	return request_fail(r, OUTCOME_CLIENT_ERROR, e.code, &e);
}

/* Workers know the model by its own name, not by our aliases. */
static void use_workers_name(struct request *r)
{
	struct draft *d = r->draft;
	struct buf name = {0};
	struct slice own = slice_of(r->model->conf->name);

	if (slice_equal(d->api.model, own) || request_lora(r).n > 0)
		return;
	buf_json_string(&name, own);
	splice_set(&d->api.body, "model",
		   arena_copy(&d->arena, buf_slice(&name)));
	buf_fini(&name);
}

static bool find_model(struct request *r)
{
	const struct fleet_name *found;

	if (r->draft->api.model.n == 0 && r->fleet->n_models == 1) {
		const char *name = r->fleet->model[0].conf->name;

		if (!admit_allows(r, slice_of(name)))
			return false;
		r->model = &r->fleet->model[0];
		return true;
	}
	found = fleet_find(r->fleet, r->draft->api.model);
	if (found == NULL || !admit_allows(r, r->draft->api.model))
		return false;
	r->model = found->model;
	r->name = found;
	use_workers_name(r);
	return true;
}

/* What we read would not be what a worker reads. */
static bool is_encoded(const struct http_head *h)
{
	for (size_t i = 0; i < h->n_headers; i++)
		if (h->header[i].id == HTTP_NAME_CONTENT_ENCODING &&
		    !slice_equal_nocase(h->header[i].value, SLICE("identity")))
			return true;
	return false;
}

static enum flow route_body(struct request *r)
{
	const struct conf_limits *c = &r->fleet->conf->limits;
	const struct api_limits limits = {
		.max_depth = (unsigned)c->max_json_depth,
		.max_members = c->max_json_members,
		.max_number_bytes = c->max_number_bytes,
		.max_prompts = c->max_prompts,
		.max_prompt_tokens = c->max_prompt_tokens,
		.max_messages = c->max_messages,
		.max_n = c->max_n,
		.max_tokens = c->max_tokens,
	};
	const struct api_known known = {prompt_known_messages, r};
	struct draft *d = r->draft;
	struct api_error e;
	bool has_prompt;

	if (is_encoded(d->head))
		return refuse(r, 415, "unsupported_encoding",
			      "A body may have no Content-Encoding");
	if (api_request_parse(r->endpoint->kind, buf_slice(&d->body), &limits,
			      &known, &d->arena, &d->api, &e) != OK)
		return request_fail(r, OUTCOME_CLIENT_ERROR, "bad request", &e);
	r->one_prompt = d->api.n_prompts <= 1;
	if (!find_model(r))
		return refuse_model(r);
	if (r->admission != NULL && !admit_body(r))
		return FLOW_GO;
	has_prompt = api_kind_is_chat(r->endpoint->kind) ||
		     r->endpoint->kind == API_COMPLETION;
	r->prompt.how = "none";
	request_step(r, has_prompt && conf_needs_blocks(r->model->conf)
				? STEP_TOKENIZE
				: STEP_CHOOSE);
	return FLOW_GO;
}

/* 400 if there can be no such path. */
static unsigned find_endpoint(struct request *r)
{
	struct draft *d = r->draft;
	const struct endpoint *e;
	unsigned status = endpoint_find(r->method, d->head->path, &e);
	struct slice path;

	/* Nearly all come as the row is spelt, which is normal. */
	if (status != 404 && slice_equal(d->head->path, slice_of(e->path))) {
		r->endpoint = e;
		d->path = slice_of(e->path);
		return status;
	}
	if (uri_normalise(d->head->path, &d->arena, &path) != OK)
		return 400;
	d->path = arena_copy(&d->arena, path);
	return endpoint_find(r->method, d->path, &r->endpoint);
}

unsigned request_find_endpoint(struct request *r)
{
	if (r->draft->path_status == 0)
		r->draft->path_status = find_endpoint(r);
	return r->draft->path_status;
}

enum flow step_route(struct request *r)
{
	unsigned status = request_find_endpoint(r);

	if (status == 400)
		return refuse(r, 400, "bad_path",
			      "The path holds what no path here has");
	if (status != 200)
		return refuse_path(r, status);
	if (is_answered_here(r->endpoint->kind))
		return answer_here(r);
	return route_body(r);
}
