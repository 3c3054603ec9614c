#include "router/roster.h"

#include <string.h>

#include <jansson.h>

#include "common/base/loop.h"
#include "common/base/mem.h"
#include "router/probe/check.h"

/* --- what an answer says -------------------------------------------- */

static bool is_name(const json_t *v)
{
	const char *text = json_string_value(v);
	size_t n = json_string_length(v);

	if (text == NULL || n == 0 || n > ROSTER_MAX_NAME_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

static struct slice copy_name(struct arena *a, const json_t *v)
{
	size_t n = json_string_length(v);
	char *to = arena_alloc(a, n);

	memcpy(to, json_string_value(v), n);
	return (struct slice){to, n};
}

/* An adapter names what it was made for. */
static bool is_adapter(const json_t *entry)
{
	return json_is_string(json_object_get(entry, "parent"));
}

static enum status take_list(const json_t *list, struct arena *a,
			     struct roster *out, struct error *err)
{
	size_t n = json_array_size(list);
	struct roster r = {0};

	if (n == 0 || n > ROSTER_MAX_NAMES)
		return error_set(err, ERR_INVALID,
				 "/v1/models has %zu models; 1 to %d can be "
				 "served",
				 n, ROSTER_MAX_NAMES);
	r.name = arena_alloc(a, n * sizeof(*r.name));
	r.lora = arena_alloc(a, n * sizeof(*r.lora));
	for (size_t i = 0; i < n; i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *id = json_object_get(entry, "id");

		if (!is_name(id))
			return error_set(err, ERR_INVALID,
					 "/v1/models: entry %zu has no name "
					 "that can be used",
					 i);
		if (is_adapter(entry))
			r.lora[r.n_loras++] = copy_name(a, id);
		else
			r.name[r.n_names++] = copy_name(a, id);
	}
	if (r.n_names == 0)
		return error_set(err, ERR_INVALID,
				 "/v1/models has adapters alone");
	*out = r;
	return OK;
}

enum status roster_parse(struct slice body, struct arena *a, struct roster *out,
			 struct error *err)
{
	json_t *root = json_loadb(body.n ? body.p : "", body.n,
				  JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(root, "data");
	enum status st;

	if (json_is_array(list))
		st = take_list(list, a, out, err);
	else
		st = error_set(err, ERR_INVALID,
			       "/v1/models is not a list of models");
	json_decref(root);
	return st;
}

/* --- asking --------------------------------------------------------- */

struct asking {
	struct loop loop;
	struct arena *arena;
	size_t open;
};

struct question {
	struct check check;
	struct asking *all;
	struct roster *out;
};

static void judge(struct question *q, enum check_result r, struct slice body)
{
	struct error *err = &q->out->err;

	switch (r) {
	case CHECK_OK:
		/* Without names, it is as if it had not answered. */
		if (roster_parse(body, q->all->arena, q->out, err) != OK)
			q->out->n_names = 0;
		return;
	case CHECK_STATUS:
		error_set(err, ERR_IO, "/v1/models is answered with %u",
			  q->check.status);
		return;
	case CHECK_REFUSED:
		error_set(err, ERR_IO,
			  "takes no connection, or speaks no "
			  "HTTP");
		return;
	case CHECK_TLS: error_set(err, ERR_IO, "no TLS with it"); return;
	case CHECK_TIMEOUT:
		error_set(err, ERR_TIMEOUT, "has not answered in time");
		return;
	}
}

static void on_answer(void *arg, enum check_result r, struct slice body)
{
	struct question *q = arg;

	judge(q, r, body);
	if (--q->all->open == 0)
		loop_stop(&q->all->loop);
}

void roster_ask(struct fleet *f, uint64_t timeout_ms, struct arena *a,
		struct roster *out)
{
	struct asking all = {.arena = a, .open = f->n_workers};
	struct question *q = mem_zalloc((f->n_workers + 1) * sizeof(*q));

	loop_init(&all.loop);
	(void)loop_base(&all.loop); /* what checks talk by */
	for (size_t i = 0; i < f->n_workers; i++) {
		out[i] = (struct roster){0};
		q[i].all = &all;
		q[i].out = &out[i];
		check_init(&q[i].check, &all.loop, on_answer, &q[i]);
		check_start(&q[i].check, f->worker[i], "/v1/models",
			    timeout_ms);
	}
	if (f->n_workers > 0)
		loop_run(&all.loop);
	for (size_t i = 0; i < f->n_workers; i++)
		check_fini(&q[i].check);
	loop_fini(&all.loop);
	mem_free(q);
}
