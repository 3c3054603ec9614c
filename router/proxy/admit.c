#include "router/proxy/admit.h"

#include "common/base/clock.h"
#include "common/http/writer.h"
#include "router/api/headers.h"
#include "router/proxy/cost.h"

/* --- whose it is ------------------------------------------------------ */

static struct slice after_bearer(struct slice value)
{
	static const struct slice scheme = SLICE("Bearer ");

	if (value.n < scheme.n ||
	    !slice_equal_nocase((struct slice){value.p, scheme.n}, scheme))
		return (struct slice){"", 0};
	return slice_trim(slice_from(value, scheme.n));
}

/* OpenAI's way before Anthropic's. */
static struct slice key_of(const struct http_head *h)
{
	const struct http_header *own = http_header_get(
		h, HTTP_NAME_AUTHORIZATION);

	if (own != NULL)
		return after_bearer(own->value);
	own = http_header_find(h, SLICE("x-api-key"));
	return own != NULL ? own->value : (struct slice){NULL, 0};
}

void admit_head(struct request *r)
{
	unsigned status = request_find_endpoint(r);
	struct admission *a;

	/* Load balancers ask for it, and it tells nothing. */
	if (status == 200 && r->endpoint->kind == API_HEALTH)
		return;
	a = slab_zalloc(&r->proxy->admission_slab);
	a->tenant = tenants_admit(r->proxy->tenants, &r->proxy->key_memo,
				  key_of(r->draft->head),
				  clock_wall_us_at(r->start_ns), &a->refusal);
	r->admission = a;
}

void admit_as(struct request *r, struct tenant *t)
{
	r->admission = slab_zalloc(&r->proxy->admission_slab);
	r->admission->tenant = tenant_ref(t);
}

bool admit_denies(const struct request *r)
{
	return r->admission != NULL && r->admission->tenant == NULL;
}

void admit_leave(struct request *r)
{
	struct admission *a = r->admission;

	if (a->entered && !a->left)
		tenant_leave(a->tenant);
	a->left = true;
}

void admit_end(struct request *r)
{
	struct admission *a = r->admission;

	if (a == NULL)
		return;
	admit_leave(r);
	tenant_unref(&a->tenant);
	slab_free(&r->proxy->admission_slab, a);
	r->admission = NULL;
}

/* --- whether it may come in ------------------------------------------- */

/* The same for all who are turned away: it tells nothing of what is there. */
static enum flow refuse_key(struct request *r)
{
	const char *why = tenant_refusal_name(r->admission->refusal);
	struct api_error e;

	metric_inc(cells_get(&r->proxy->cells, METRICS_REFUSED_KEYS, why, NULL,
			     NULL));
	api_error_set(&e, 401, NULL, "invalid_api_key",
		      "A valid API key must be given: as a Bearer token in "
		      "Authorization, or in x-api-key");
	return request_fail(r, OUTCOME_CLIENT_ERROR, why, &e);
}

static enum flow refuse_over(struct request *r, enum tenant_limit limit,
			     uint64_t wait_ns)
{
	struct admission *a = r->admission;
	const char *which = tenant_limit_name(limit);
	struct api_error e;

	a->never = wait_ns == UINT64_MAX;
	metric_inc(cells_get(&r->proxy->cells, METRICS_TENANT_LIMITED,
			     a->tenant->label, which, NULL));
	api_error_set(&e, 429, NULL, "rate_limit_exceeded",
		      a->never ? "The request asks for more %s than the limit "
				 "of a minute"
			       : "The limit of %s is reached. Try again later",
		      which);
	if (!a->never)
		r->draft->retry_after_s = limit_retry_after_s(wait_ns);
	/* The client's doing: the fleet has room, so nothing was shed. */
	return request_fail(r, OUTCOME_CLIENT_ERROR, "tenant's limit", &e);
}

/* What is answered here costs the fleet nothing, and so does what is asked
 * about. */
static bool is_limited(const struct request *r)
{
	return r->responder != NULL && r->draft->path_status == 200 &&
	       r->endpoint->kind <= API_PASS;
}

enum flow step_admit(struct request *r)
{
	struct admission *a = r->admission;
	enum tenant_limit limit;
	uint64_t wait_ns = 0;

	if (a->tenant == NULL)
		return refuse_key(r);
	if (is_limited(r)) {
		limit = tenant_enter(a->tenant, clock_ns(), &wait_ns);
		if (limit != TENANT_WITHIN)
			return refuse_over(r, limit, wait_ns);
		a->entered = true;
	}
	request_step(r, STEP_ROUTE);
	return FLOW_GO;
}

/* --- what it costs ---------------------------------------------------- */

static bool charge(struct request *r)
{
	struct cost cost = cost_estimate(r);
	struct admission *a = r->admission;
	uint64_t tokens = cost.prompt + cost.answer, wait_ns = 0;
	enum tenant_limit limit;

	a->prompt = cost.prompt;
	if (tokens == 0 || a->tenant->tokens.capacity == 0)
		return true;
	a->charged_ns = clock_ns();
	limit = tenant_charge(a->tenant, tokens, a->charged_ns, &wait_ns);
	if (limit != TENANT_WITHIN) {
		refuse_over(r, limit, wait_ns);
		return false;
	}
	a->charged = tokens;
	return true;
}

static void count(struct request *r, const struct cost *cost)
{
	struct cells *c = &r->proxy->cells;
	const char *label = r->admission->tenant->label;
	struct cells_sheet *tenant = cells_sheet(c, label);

	if (r->outcome == OUTCOME_OK)
		metric_inc(cells_of(c, tenant, CELLS_TENANT_OK));
	else
		metric_inc(cells_get(c, METRICS_TENANT_REQUESTS, label,
				     outcome_name(r->outcome), NULL));
	if (cost->prompt > 0)
		metric_add(cells_of(c, tenant, CELLS_TENANT_PROMPT),
			   (double)cost->prompt);
	if (cost->answer > 0)
		metric_add(cells_of(c, tenant, CELLS_TENANT_ANSWER),
			   (double)cost->answer);
}

void admit_settle(struct request *r, const struct ending *e)
{
	struct admission *a = r->admission;
	struct cost cost = {0};

	if (a->tenant == NULL)
		return;
	if (a->entered)
		cost = cost_of(r, &e->usage);
	count(r, &cost);
	if (a->entered)
		tenant_settle(a->tenant, a->charged, a->charged_ns,
			      cost.prompt + cost.answer, e->end_ns);
}

/* --- what the worker is told ------------------------------------------ */

static bool salt(struct request *r)
{
	const struct tenant *t = r->admission->tenant;
	const struct salt *used = &t->salt;
	struct draft *d = r->draft;
	struct salt *made;
	struct api_error e;

	if (t->salting == CONF_SALT_OFF || r->endpoint->cache == API_UNCACHED)
		return true;
	if (r->endpoint->cache == API_UNSALTED) {
		api_error_set(&e, 403, NULL, "no_cache_salt",
			      "This path is not served here: its engines "
			      "cannot keep the caches of tenants apart");
		request_fail(r, OUTCOME_CLIENT_ERROR, e.code, &e);
		return false;
	}
	if (t->salting == CONF_SALT_COMBINE && d->api.salt.n > 0) {
		made = arena_alloc(&d->arena, sizeof(*made));
		salt_combine(&t->salt, d->api.salt, made);
		used = made;
	}
	d->salt = salt_text(used);
	splice_set(&d->api.body, "cache_salt",
		   (struct slice){used->json, sizeof(used->json)});
	return true;
}

/* vLLM takes the lowest first, SGLang the highest; both have 0 for those
 * that say nothing, and there it needs no scheduling by priority. */
static int engine_priority(const struct request *r)
{
	int above = (int)r->admission->tenant->priority - CONF_PRIORITY_DEFAULT;
	enum chat_engine engine = r->model->conf->chat.engine;
	bool higher_first = engine == CHAT_ENGINE_SGLANG ||
			    engine == CHAT_ENGINE_SGLANG_2026_06;

	return higher_first ? above : -above;
}

/* A client's own would put it before other tenants. */
static void prioritise(struct request *r)
{
	struct draft *d = r->draft;

	if (d->api.has_priority)
		splice_remove_all(&d->api.body, "priority");
	if (r->admission->tenant->forward_priority)
		splice_set(&d->api.body, "priority",
			   slice_of(arena_printf(&d->arena, "%d",
						 engine_priority(r))));
}

bool admit_body(struct request *r)
{
	if (r->admission->entered && !charge(r))
		return false;
	prioritise(r);
	return salt(r);
}

/* --- what others ask -------------------------------------------------- */

static bool shows(const void *tenant, struct slice name)
{
	return tenant_may_call(tenant, name);
}

struct models_filter admit_filter(const struct request *r)
{
	if (r->admission == NULL)
		return (struct models_filter){NULL, NULL};
	return (struct models_filter){shows, r->admission->tenant};
}

bool admit_allows(const struct request *r, struct slice model)
{
	return r->admission == NULL ||
	       tenant_may_call(r->admission->tenant, model);
}

const char *admit_name(const struct request *r)
{
	if (r->admission == NULL || r->admission->tenant == NULL)
		return NULL;
	return r->admission->tenant->name;
}

uint64_t admit_whose(const struct request *r)
{
	const struct tenant *t = r->admission ? r->admission->tenant : NULL;
	uint64_t whose = 0;

	if (t != NULL && t->salting != CONF_SALT_OFF)
		memcpy(&whose, t->salt.raw, sizeof(whose));
	return whose;
}

unsigned admit_priority(const struct request *r)
{
	return r->admission != NULL ? r->admission->tenant->priority
				    : CONF_PRIORITY_DEFAULT;
}

void admit_write_headers(struct request *r, struct buf *out)
{
	const struct admission *a = r->admission;
	struct limit_state requests, tokens;
	uint64_t now_ns;

	if (a->tenant == NULL) {
		http_write_own(out, "www-authenticate", "Bearer");
		return;
	}
	/* OpenAI's and Anthropic's libraries try a 429 again unless told. */
	if (a->never)
		http_write_own(out, "x-should-retry", "false");
	if (!tenant_is_limited(a->tenant))
		return;
	now_ns = clock_ns();
	requests = tenant_requests(a->tenant, now_ns);
	tokens = tenant_tokens(a->tenant, now_ns);
	if (r->endpoint != NULL && r->endpoint->dialect == API_ANTHROPIC)
		limit_headers_anthropic(&requests, &tokens, clock_wall_us(),
					out);
	else
		limit_headers_openai(&requests, &tokens, out);
}

static bool is_key(const struct http_header *h)
{
	return h->id == HTTP_NAME_AUTHORIZATION ||
	       (h->name.n == 9 &&
		(slice_equal_nocase(h->name, SLICE("x-api-key")) ||
		 slice_equal_nocase(h->name, SLICE("x_api_key"))));
}

bool admit_passes(const struct http_head *request, const struct http_header *h)
{
	return !is_key(h) && api_header_forwarded(request, h);
}

bool admit_passes_back(const struct http_head *reply,
		       const struct http_header *h)
{
	return !limit_header_is(h->name) &&
	       api_reply_header_forwarded(reply, h);
}
