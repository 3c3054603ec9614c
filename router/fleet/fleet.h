/* The engines behind the gateway, as one immutable counted snapshot that
 * a reload replaces; workers that stay keep their object and counts. */
#ifndef ROUTER_FLEET_FLEET_H
#define ROUTER_FLEET_FLEET_H

#include "common/base/map.h"
#include "common/template/chat_model.h"
#include "common/tls/context.h"
#include "common/token/tokenizer.h"
#include "router/conf/workers.h"
#include "router/fleet/store.h"
#include "router/fleet/worker.h"

#define FLEET_BLOCK_SIZE 16 /* vLLM's default */

/* Where a worker stands: numbers for the names, 0 for none. A rack's is its
 * own in each zone. */
struct fleet_place {
	uint32_t zone, rack;
	double away_ms;  /* what it is worth not to go there */
	bool uses_store; /* its model's, if that has one */
};

struct fleet_model {
	const struct conf_model *conf;
	struct tokenizer *tokenizer; /* or NULL */
	struct chat_model *chat;     /* NULL: workers render its chats */
	char *chat_fault;            /* why, as a sentence; or NULL */
	uint64_t tokenizer_stamp;    /* changes when its files do */
	uint64_t chat_stamp; /* and when anything else does that chats are
			      * made by */
	bool engine_known;   /* `engine` is what the workers should compute */
	/* Their block_size is conf->block_size, or FLEET_BLOCK_SIZE where
	 * that is 0; blocks of a worker have worker_block_size() tokens. */
	struct hash_scheme engine, tokens;
	struct worker **worker;
	unsigned *worker_id;
	struct fleet_place *place; /* of worker[i] */
	size_t n_workers;
	struct store *store; /* that they share, counted; NULL: none */
	bool pairs;          /* some of them can prefill for others */
	/* Whose ids its prompts are matched by: PARITY_OURS, or the print of
	 * most workers. Probe (main). */
	_Atomic uint64_t text_ids, chat_ids;
	/* Requests of each class that wait for KV memory: residents_class.
	 * Lanes. */
	atomic_uint *waiting;
	/* Lanes: of an answer, of late, on average; 0: none yet. */
	_Atomic double output_tokens;
	bool fail_open; /* its breakers are not heeded; the guard's (main) */
};

struct fleet {
	struct ref ref;
	struct conf *conf;
	struct fleet_model *model; /* conf->n_models of them */
	size_t n_models;
	struct map by_name; /* name, alias, LoRA name → struct fleet_name */
	struct worker **worker; /* all, each once */
	size_t n_workers;
	/* What clients and the admin port get of us; NULL: plain HTTP. */
	struct tls_context *tls_clients, *tls_admin;
	/* Of worker[i]: what it was made of, and what is to be put in force. */
	const struct conf_worker **worker_conf;
	struct tls_context **worker_tls;
	struct conf_workers **found; /* of model[i], counted; NULL: none */
};

/* What a client's model name means. */
struct fleet_name {
	struct fleet_model *model;
	struct slice lora; /* n = 0: the base model */
};

/* Loads what the configuration names (tokenizers: slow, blocking). `old`
 * may be NULL; its workers and tokenizers are taken over where name, url
 * and directory are the same. NULL with `err` on failure. */
struct fleet *fleet_create(struct conf *conf, const struct fleet *old,
			   struct error *err);
/* The same with workers that were found: found[i], which may be NULL, are
 * those of conf->model[i] besides the ones that are written. One that stands
 * for the same url or name as another before it is left out. */
struct fleet *fleet_create_with(struct conf *conf,
				struct conf_workers *const *found,
				const struct fleet *old, struct error *err);
/* It is the one that is served by now: workers that were taken over become
 * what it says. */
void fleet_take_effect(struct fleet *f);
struct fleet *fleet_ref(struct fleet *f);
void fleet_unref(struct fleet **f);

const struct fleet_name *fleet_find(const struct fleet *f, struct slice name);
/* Tokens in a block that prompts of the model are cut in: as configured, or
 * as the events of its workers say. */
size_t fleet_block_size(const struct fleet_model *m);
/* The store that the worker shares with others of the model; NULL: none. */
struct store *fleet_store(const struct fleet_model *m, const struct worker *w);
/* Worker by name; NULL. */
struct worker *fleet_worker(const struct fleet *f, struct slice name);

#endif
