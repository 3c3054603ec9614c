#include "router/conf/connector.h"
#include "router/conf/parse.h"

#include <stdio.h>

/* An engine_id of vLLM's is a UUID, a little longer where there are ranks. */
#define MAX_ENGINE_ID 64
#define MAX_PORT      ((size_t)65535)

/* Where a worker's mapping stands. */
struct transfer_spot {
	struct parse *p;
	const struct yaml *node;
	const char *path;
};

static void fault(const struct transfer_spot *s, const char *key,
		  const char *sentence, const char *word)
{
	parse_fault(s->p, s->node, s->path, key, sentence, word);
}

static bool listens(const struct conf_worker *w)
{
	const struct connector *c = connector_get(w->connector);

	return (c->prefill_listens && connector_gives(w->role, w->connector)) ||
	       (c->decode_listens && connector_takes(w->role, w->connector));
}

static void check_ports(const struct transfer_spot *s,
			const struct conf_worker *w)
{
	const struct connector *c = connector_get(w->connector);
	size_t ranks = c->port_of_rank ? w->data_parallel : 1;
	bool alloc = c->needs_alloc && listens(w);

	if (listens(w) && c->port == 0 && w->transfer.port == 0)
		fault(s, "transfer.port", "must be written for %s", c->name);
	if (alloc && w->transfer.alloc_port == 0)
		fault(s, "transfer.alloc_port", "must be written for %s",
		      c->name);
	if (c->needs_alloc)
		ranks *= w->transfer.tp_size;
	if (w->transfer.port + ranks - 1 > MAX_PORT ||
	    w->transfer.alloc_port + ranks - 1 > MAX_PORT)
		fault(s, "transfer.port", "the ranks' ports of %s pass 65535",
		      c->name);
}

static void check_engine(const struct transfer_spot *s,
			 const struct conf_worker *w)
{
	const struct connector *c = connector_get(w->connector);
	const char *id = w->transfer.engine_id;

	if (c->needs_engine && id == NULL &&
	    connector_gives(w->role, w->connector))
		fault(s, "transfer.engine_id",
		      "must be written for %s: the engine_id of "
		      "--kv-transfer-config",
		      c->name);
	if (id != NULL && slice_of(id).n > MAX_ENGINE_ID)
		fault(s, "transfer.engine_id", "%s is longer than 64 bytes",
		      id);
}

void check_worker_transfer(struct parse *p, const struct yaml *node,
			   const char *path, const struct conf_worker *w)
{
	const struct transfer_spot s = {p, node, path};

	if (w->role == CONF_ROLE_PREFILL && w->connector == CONF_CONNECTOR_NONE)
		parse_fault(p, node, path, "connector",
			    "must be written for role: prefill: else nobody "
			    "could go on with what it computes");
	else if (w->role == CONF_ROLE_BOTH &&
		 w->connector != CONF_CONNECTOR_NONE &&
		 !connector_get(w->connector)->joins_both)
		fault(&s, "role", "must be prefill or decode for %s",
		      connector_get(w->connector)->name);
	if (w->connector == CONF_CONNECTOR_NONE)
		return;
	check_ports(&s, w);
	check_engine(&s, w);
}

static bool has_partner(const struct conf_model *m, const struct conf_worker *w,
			bool (*is)(enum conf_role, enum conf_connector))
{
	for (size_t i = 0; i < m->n_workers; i++)
		if (&m->worker[i] != w &&
		    m->worker[i].connector == w->connector &&
		    is(m->worker[i].role, m->worker[i].connector))
			return true;
	return false;
}

static void check_partner(const struct transfer_spot *s,
			  const struct conf_model *m,
			  const struct conf_worker *w)
{
	const struct connector *c = connector_get(w->connector);

	if (w->role == CONF_ROLE_PREFILL &&
	    w->connector != CONF_CONNECTOR_NONE &&
	    !has_partner(m, w, connector_takes))
		fault(s, "role",
		      "prefill needs a worker of the model that decodes, with "
		      "connector: %s too",
		      c->name);
	if (w->role == CONF_ROLE_DECODE && !c->decodes_alone &&
	    !has_partner(m, w, connector_gives))
		fault(s, "role",
		      "decode needs a worker of the model with role: prefill "
		      "and connector: %s, which cannot do without",
		      c->name);
}

void check_model_transfer(struct parse *p, const struct yaml *node,
			  const char *path, const struct conf_model *m)
{
	char below[300];

	/* A partner may be found. */
	if (conf_discovers(m))
		return;
	for (size_t i = 0; i < m->n_workers; i++) {
		struct transfer_spot s = {
			p, parse_item(node, SLICE("workers"), i), below};

		snprintf(below, sizeof(below), "%sworkers[%zu].", path, i);
		check_partner(&s, m, &m->worker[i]);
	}
}
