#include "tools/sim/taker.h"

#include "tools/sim/worker.h"

#include <stdio.h>
#include <stdlib.h>

/* What both ends must have alike, or the handshake fails. */
static const char *const alike[] = {"connector", "version", "model",
				    "block_size"};

void taker_refuse(struct peer *p, enum complaint_kind why, const char *text)
{
	struct buf b;

	buf_init(&b);
	buf_printf(&b, "{\"refused\":\"%s\",\"text\":", complaint_name(why));
	buf_json_string(&b, slice_of(text));
	buf_putc(&b, '}');
	peer_answer(p, buf_slice(&b));
	buf_fini(&b);
}

void transfer_put_handshake(const struct transfer *t, struct buf *b)
{
	const struct worker_conf *c = &t->worker->conf;

	buf_printf(b, "{\"connector\":\"%s\",\"version\":",
		   connector_name(t->connector));
	buf_json_string(b, slice_of(c->version));
	buf_puts(b, ",\"model\":");
	buf_json_string(b, slice_of(c->model));
	buf_printf(b, ",\"block_size\":%llu",
		   (unsigned long long)c->block_size);
}

void transfer_ask(const struct transfer *t, const struct transfer_question *q,
		  struct buf *line)
{
	transfer_put_handshake(t, line);
	buf_puts(line, ",\"key\":");
	buf_json_string(line, q->key);
	buf_puts(line, ",\"engine_id\":");
	buf_json_string(line, q->engine_id);
	/* JSON's integers have a sign. */
	buf_printf(line,
		   ",\"tokens\":%zu,\"prompt\":\"%016llx\","
		   "\"params\":\"%016llx\"}",
		   q->n_tokens, (unsigned long long)q->prompt,
		   (unsigned long long)q->params);
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint64_t print_of(json_t *question, const char *key)
{
	return strtoull(text_of(question, key), NULL, 16);
}

bool taker_goes_together(const struct transfer *t, struct peer *p,
			 json_t *question)
{
	const char *engine = text_of(question, "engine_id");
	bool same = true;
	char text[160];
	struct buf b;
	json_t *own;

	buf_init(&b);
	transfer_put_handshake(t, &b);
	buf_putc(&b, '}');
	own = json_loadb(buf_slice(&b).p, buf_len(&b), 0, NULL);
	buf_fini(&b);
	for (size_t i = 0; same && i < ARRAY_LEN(alike); i++) {
		same = json_equal(json_object_get(own, alike[i]),
				  json_object_get(question, alike[i]));
		snprintf(text, sizeof(text), "%s differs on the two sides",
			 alike[i]);
	}
	json_decref(own);
	if (!same) {
		taker_refuse(p, COMPLAINT_MISMATCH, text);
		return false;
	}
	if (engine[0] == '\0' ||
	    slice_equal(slice_of(engine), slice_of(t->engine_id)))
		return true;
	snprintf(text, sizeof(text), "the engine there is %.100s",
		 t->engine_id);
	taker_refuse(p, COMPLAINT_ADDRESS, text);
	return false;
}

/* What is finished goes to who waits for it. */
void taker_lend(struct offer *f)
{
	bool prompt = f->prompt == f->taker_prompt;
	bool params = f->params == 0 || f->params == f->taker_params;
	struct buf b;

	offer_set(f, OFFER_LENT);
	buf_init(&b);
	buf_printf(&b, "{\"tokens\":%zu", f->n_tokens);
	if (!prompt || !params)
		buf_printf(&b, ",\"doubt\":\"%s\"",
			   complaint_name(prompt ? COMPLAINT_ALTERED
						 : COMPLAINT_PROMPT));
	buf_putc(&b, '}');
	peer_answer(f->taker, buf_slice(&b));
	buf_fini(&b);
}

/* What nobody holds under this key may still come. */
static struct offer *find_or_expect(struct transfer *t, struct slice key,
				    struct peer *p)
{
	struct offer *f = offers_find(&t->offers, key);
	enum complaint_kind why = offers_why_none(&t->offers, key);

	if (f)
		return f;
	if (why == COMPLAINT_UNKNOWN && connector_is_concurrent(t->connector) &&
	    key.n > 0 && key.n < OFFER_KEY_BYTES)
		return offers_add(&t->offers, key, OFFER_EXPECTED,
				  rank_now_s(t->rank) + transfer_timeout_s(t));
	taker_refuse(p, why, "the engine there holds no such request");
	return NULL;
}

static void on_asked(void *arg, struct peer *p, json_t *question)
{
	struct transfer *t = arg;
	struct offer *f;

	if (!taker_goes_together(t, p, question))
		return;
	f = find_or_expect(t, slice_of(text_of(question, "key")), p);
	if (!f)
		return;
	if (f->taker) {
		taker_refuse(p, COMPLAINT_TAKEN, "somebody else has asked");
		return;
	}
	f->taker = p;
	f->taker_prompt = print_of(question, "prompt");
	f->taker_params = print_of(question, "params");
	if (f->state == OFFER_READY)
		taker_lend(f);
	else if (offer_waiting(f))
		f->giver->wanted(f->giver);
	transfer_arm(t);
}

static struct offer *taken_by(const struct transfer *t, const struct peer *p)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &t->offers.all) {
		struct offer *f = LIST_ENTRY(it, struct offer, node);

		if (f->taker == p)
			return f;
	}
	return NULL;
}

static void on_left(void *arg, struct peer *p, bool has_copied)
{
	struct transfer *t = arg;
	struct offer *f = taken_by(t, p);

	if (!f)
		return;
	f->taker = NULL;
	if (has_copied) {
		t->stats.sent++;
		transfer_end(t, f, COMPLAINT_TAKEN);
	} else if (f->state == OFFER_EXPECTED) {
		offers_forget(&t->offers, f);
	} else if (offer_waiting(f)) {
		transfer_end(t, f, COMPLAINT_ABANDONED);
	} else if (f->state == OFFER_LENT) {
		offer_set(f, OFFER_READY);
		f->expires_s = rank_now_s(t->rank) + transfer_lease_s(t);
	}
	transfer_arm(t);
	rank_kick(t->rank);
}

const struct channel_sink taker_sink = {on_asked, on_left};
