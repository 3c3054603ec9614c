#include "router/source.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/conf/fault.h"
#include "router/conf/url.h"
#include "router/roster.h"

#define COMMAND_LINE "the command line"
#define ASK_MS       3000

/* --- as YAML -------------------------------------------------------- */

static void put_text(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, "%s: ", key);
	buf_json_string(out, slice_of(text)); /* also a string of YAML */
	buf_putc(out, '\n');
}

/* The same host as the worker's, at a port of its own. */
static void put_endpoint(struct buf *out, const char *key, const char *host,
			 const char *port)
{
	bool bare_v6 = strchr(host, ':') != NULL;
	struct buf endpoint = {0};

	if (port == NULL)
		return;
	buf_printf(&endpoint, "tcp://%s%s%s:%s", bare_v6 ? "[" : "", host,
		   bare_v6 ? "]" : "", port);
	buf_printf(out, "    %s: ", key);
	buf_json_string(out, buf_slice(&endpoint));
	buf_putc(out, '\n');
	buf_fini(&endpoint);
}

/* Faults of the url are told when all of it is parsed. */
static void put_worker(const struct source *s, const char *url, struct buf *out)
{
	struct url_parts parts;

	put_text(out, "  - url", url);
	if (url_parse(url, false, &parts, NULL) != OK)
		return;
	put_endpoint(out, "events", parts.server_name, s->events_port);
	put_endpoint(out, "replay", parts.server_name, s->replay_port);
	mem_free(parts.host);
	mem_free(parts.server_name);
}

static void put_names(struct buf *out, const char *key,
		      const struct slice *name, size_t n)
{
	if (n == 0)
		return;
	buf_printf(out, "  %s: [", key);
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		buf_json_string(out, name[i]);
	}
	buf_puts(out, "]\n");
}

static void put_model(const struct source *s, const struct roster *r,
		      struct buf *out)
{
	buf_puts(out, "- name: ");
	buf_json_string(out, r->name[0]);
	buf_putc(out, '\n');
	put_names(out, "aliases", r->name + 1, r->n_names - 1);
	put_names(out, "loras", r->lora, r->n_loras);
	if (s->tokenizer != NULL)
		put_text(out, "  tokenizer", s->tokenizer);
	buf_puts(out, "  workers:\n");
}

/* What worker i serves: one that did not answer is taken to serve what the
 * first that did serves. */
static struct slice model_of(const struct roster *r, size_t i)
{
	size_t first = 0;

	if (r[i].n_names > 0)
		return r[i].name[0];
	while (r[first].n_names == 0)
		first++;
	return r[first].name[0];
}

/* Has a worker before this one told of its model? */
static bool is_known(const struct roster *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (r[k].n_names > 0 && slice_equal(r[k].name[0], r[i].name[0]))
			return true;
	return false;
}

static size_t count_models(const struct source *s, const struct roster *r)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_workers; i++)
		n += r[i].n_names > 0 && !is_known(r, i);
	return n;
}

/* One model for each first name, with all workers that have it. At least one
 * has answered. */
static void put_models(const struct source *s, const struct roster *r,
		       struct buf *out)
{
	buf_puts(out, "models:\n");
	for (size_t i = 0; i < s->n_workers; i++) {
		if (r[i].n_names == 0 || is_known(r, i))
			continue;
		put_model(s, &r[i], out);
		for (size_t k = 0; k < s->n_workers; k++)
			if (slice_equal(model_of(r, k), r[i].name[0]))
				put_worker(s, s->worker[k], out);
	}
}

/* --- asking --------------------------------------------------------- */

/* All of them under one name. */
static void write_flat(const struct source *s, const char *name,
		       struct buf *out)
{
	struct slice one = slice_of(name);
	struct roster *r = mem_zalloc(s->n_workers * sizeof(*r));

	for (size_t i = 0; i < s->n_workers; i++)
		r[i] = (struct roster){.name = &one, .n_names = 1};
	put_models(s, r, out);
	mem_free(r);
}

/* Enough of a fleet to put questions to. */
static struct fleet *flat_fleet(const struct source *s,
				struct conf_faults *faults)
{
	struct source bare = *s;
	struct fleet *f = NULL;
	struct error err = {0};
	struct buf yaml = {0};
	struct conf *c;

	bare.tokenizer = NULL;
	write_flat(&bare, "unknown", &yaml);
	c = conf_parse(buf_slice(&yaml), COMMAND_LINE, faults);
	buf_fini(&yaml);
	if (c == NULL)
		return NULL;
	f = fleet_create(c, NULL, &err);
	conf_unref(&c);
	if (f == NULL)
		fault_add(faults, COMMAND_LINE, 0, "", "%s", err.text);
	else
		fleet_take_effect(f);
	return f;
}

static void tell_silent(const struct source *s, const struct roster *r)
{
	for (size_t i = 0; i < s->n_workers; i++)
		if (r[i].n_names == 0)
			log_warn("conf: %s: %s; it is taken to serve what the "
				 "others serve",
				 s->worker[i], r[i].err.text);
}

static enum status write_answers(const struct source *s, const struct roster *r,
				 struct conf_faults *faults, struct buf *out)
{
	size_t models = count_models(s, r);

	if (models == 0) {
		for (size_t i = 0; i < s->n_workers; i++)
			fault_add(faults, s->worker[i], 0, "",
				  "%s; --model says what it serves",
				  r[i].err.text);
		return ERR_AGAIN;
	}
	if (models > 1 && s->tokenizer != NULL) {
		fault_add(faults, "--tokenizer", 0, "",
			  "the workers serve %zu models; whose it is can only "
			  "be said in a file",
			  models);
		return ERR_INVALID;
	}
	tell_silent(s, r);
	put_models(s, r, out);
	return OK;
}

static enum status ask(const struct source *s, struct conf_faults *faults,
		       struct buf *out)
{
	struct fleet *f = flat_fleet(s, faults);
	struct roster *r;
	struct arena arena;
	enum status st;

	if (f == NULL)
		return ERR_INVALID;
	ASSERT(f->n_workers == s->n_workers);
	r = mem_zalloc(s->n_workers * sizeof(*r));
	arena_init(&arena);
	roster_ask(f, ASK_MS, &arena, r);
	st = write_answers(s, r, faults, out);
	arena_fini(&arena);
	mem_free(r);
	fleet_unref(&f);
	return st;
}

/* --- as a whole ----------------------------------------------------- */

const char *source_name(const struct source *s)
{
	return s->file != NULL ? s->file : COMMAND_LINE;
}

static enum status load_asked(const struct source *s, struct conf **out,
			      struct conf_faults *faults)
{
	struct conf_settings over = {s->setting, s->n_settings};
	struct buf yaml = {0};
	enum status st = OK;

	if (s->model != NULL)
		write_flat(s, s->model, &yaml);
	else
		st = ask(s, faults, &yaml);
	if (st == OK) {
		*out = conf_load_text(buf_slice(&yaml), COMMAND_LINE, over,
				      faults);
		st = *out != NULL ? OK : ERR_INVALID;
	}
	buf_fini(&yaml);
	return st;
}

enum status source_load(const struct source *s, struct conf **out,
			struct conf_faults *faults)
{
	struct conf_settings over = {s->setting, s->n_settings};

	if (s->file == NULL)
		return load_asked(s, out, faults);
	*out = conf_load(s->file, over, faults);
	return *out != NULL ? OK : ERR_INVALID;
}
