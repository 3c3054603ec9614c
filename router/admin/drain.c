#include "router/admin/drain.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/admin/answer.h"

#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

/* `name` alone means all of its data-parallel ranks. */
static bool is_named(const struct worker *w, struct slice name)
{
	struct slice full = slice_of(w->name);

	return slice_equal(full, name) ||
	       (w->rank >= 0 && slice_starts(full, name) &&
		full.p[name.n] == '/');
}

/* How many workers that are called so. */
static size_t set_draining(struct fleet *f, struct guard *guard,
			   struct slice name, bool draining)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_workers; i++) {
		if (!is_named(f->worker[i], name))
			continue;
		n++;
		atomic_store(&f->worker[i]->draining, draining);
		log_info("admin: %s: %s", f->worker[i]->name,
			 draining ? "draining" : "takes work again");
	}
	if (guard != NULL)
		guard_refresh(guard);
	return n;
}

static void tell(struct visit *v, struct slice name, bool draining)
{
	struct buf out;

	buf_init(&out);
	buf_puts(&out, "{\"worker\":");
	buf_json_string(&out, name);
	buf_printf(&out, ",\"draining\":%s}\n", draining ? "true" : "false");
	visit_send(v, 200, "application/json", &out);
}

/* "/workers/NAME/drain"; a rank's name has a slash of its own. */
void drain_serve(struct visit *v, struct fleet *f, struct guard *guard)
{
	struct slice rest = slice_from(v->path, strlen("/workers/"));
	bool drain = slice_ends(rest, SLICE("/drain"));
	bool undrain = slice_ends(rest, SLICE("/undrain"));
	size_t n_verb = strlen(drain ? "/drain" : "/undrain");
	char *escaped, *name;
	size_t n;

	if ((!drain && !undrain) || rest.n <= n_verb) {
		answer_text(v->req, 404,
			    "use /workers/NAME/drain or …/undrain\n");
		return;
	}
	escaped = mem_strndup(rest.p, rest.n - n_verb);
	name = evhttp_uridecode(escaped, 0, &n);
	if (name == NULL)
		answer_text(v->req, 400, "the name is not well escaped\n");
	else if (set_draining(f, guard, (struct slice){name, n}, drain) == 0)
		answer_text(v->req, 404, "no worker has this name\n");
	else
		tell(v, (struct slice){name, n}, drain);
	/* evhttp's memory comes from malloc. */
	free(name);
	mem_free(escaped);
}
