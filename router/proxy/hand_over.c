/* vLLM takes a completion's prompt as a list of ids in every version, and a
 * chat's ids from 0.27 on as kv_transfer_params.prompt_token_ids, with the
 * messages beside them for all that follows the prompt. Whom to fetch from
 * stands in the same parameters, whatever the prompt is. */
#include "router/proxy/hand_over.h"

#include "router/proxy/fetch.h"

#define CHAT_RELEASE 27 /* 0.27 */
#define ID_DIGITS    10

static char *put_number(char *to, uint32_t n)
{
	char digit[ID_DIGITS];
	size_t k = 0;

	do
		digit[k++] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	while (k > 0)
		*to++ = digit[--k];
	return to;
}

static size_t digits_of(uint32_t n)
{
	size_t k = 1;

	for (; n >= 10; n /= 10)
		k++;
	return k;
}

static struct slice list_of(struct arena *arena, const uint32_t *id, size_t n)
{
	size_t bytes = n + 1; /* brackets, and commas between */
	char *start, *to;

	for (size_t i = 0; i < n; i++)
		bytes += digits_of(id[i]);
	to = start = arena_alloc(arena, bytes);
	*to++ = '[';
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*to++ = ',';
		to = put_number(to, id[i]);
	}
	*to++ = ']';
	return (struct slice){start, (size_t)(to - start)};
}

static bool has_member(const struct splice *body, const char *name)
{
	return splice_find(body, name, 0) < body->n;
}

/* Parts of the answer would be made of the text that is no longer there. */
static bool needs_text(const struct splice *body)
{
	static const char *const name[] = {"echo", "suffix", "prompt_embeds"};

	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (has_member(body, name[i]))
			return true;
	return false;
}

static bool may_be_taken(const struct request *r)
{
	const struct api_request *a = &r->draft->api;

	if (r->endpoint->kind == API_CHAT)
		return true;
	return a->prompt_kind == API_PROMPT_TEXT && a->n_prompts == 1 &&
	       !needs_text(&a->body);
}

void hand_over_keep(struct request *r, const uint32_t *id, size_t n)
{
	struct draft *d = r->draft;

	if (r->model->conf->send_token_ids && n > 0 && may_be_taken(r))
		d->ids_json = list_of(&d->arena, id, n);
}

static bool takes_ids(const struct request *r)
{
	struct worker *w = r->worker;

	if (r->draft->ids_json.p == NULL || r->draft->ids != PARITY_OURS)
		return false;
	if (r->endpoint->kind != API_CHAT)
		return atomic_load_explicit(&w->text_print,
					    memory_order_relaxed) ==
		       PARITY_OURS;
	return atomic_load_explicit(&w->chat_print, memory_order_relaxed) ==
		       PARITY_OURS &&
	       atomic_load_explicit(&w->release, memory_order_relaxed) >=
		       CHAT_RELEASE;
}

/* What a worker is told beside the request: its ids, and what fetch_member()
 * says; each may be n = 0. */
static struct slice params_of(struct arena *arena, struct slice ids,
			      struct slice beside)
{
	struct buf b = {0};
	struct slice made;

	buf_putc(&b, '{');
	if (ids.n > 0) {
		buf_puts(&b, "\"prompt_token_ids\":");
		buf_append(&b, ids);
	}
	if (beside.n > 0) {
		buf_puts(&b, ids.n > 0 ? "," : "");
		buf_append(&b, beside);
	}
	buf_putc(&b, '}');
	made = arena_copy(arena, buf_slice(&b));
	buf_fini(&b);
	return made;
}

/* `ids`: n = 0 if they are not sent. */
static const struct splice *make_body(struct draft *d, bool chat,
				      struct slice ids, struct slice beside)
{
	struct splice *body = arena_alloc(&d->arena, sizeof(*body));
	struct slice in_params = chat ? ids : (struct slice){NULL, 0};

	splice_copy(body, &d->api.body);
	if (ids.n > 0 && !chat)
		splice_replace(body, splice_find(body, "prompt", 0), ids);
	if (in_params.n > 0 || beside.n > 0)
		splice_set(body, "kv_transfer_params",
			   params_of(&d->arena, in_params, beside));
	return body;
}

/* Another try may be the same but for whom it fetches from. */
static const struct splice *body_with_ids(struct draft *d, bool chat)
{
	if (d->with_ids == NULL)
		d->with_ids = make_body(d, chat, d->ids_json,
					(struct slice){NULL, 0});
	return d->with_ids;
}

const struct splice *hand_over_body(struct request *r)
{
	bool chat = r->endpoint->kind == API_CHAT;
	struct slice beside = fetch_member(r, r->worker);
	struct draft *d = r->draft;

	r->prompt.sent = takes_ids(r);
	if (r->prompt.sent)
		metric_inc(cells_get(&r->proxy->cells, METRICS_SENT_IDS,
				     r->worker->name, NULL, NULL));
	if (beside.n > 0)
		return make_body(d, chat,
				 r->prompt.sent ? d->ids_json
						: (struct slice){NULL, 0},
				 beside);
	return r->prompt.sent ? body_with_ids(d, chat) : &d->api.body;
}
