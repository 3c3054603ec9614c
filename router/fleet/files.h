/* What a model's prompts are made with, loaded from the files that its
 * configuration names: the tokenizer, and the templates of its chats. */
#ifndef ROUTER_FLEET_FILES_H
#define ROUTER_FLEET_FILES_H

#include "router/fleet/fleet.h"

/* Fills tokenizer, chat, chat_fault and the stamps of `m`, a model of `f`
 * that is zero but for its conf. What is unchanged is shared: with the models
 * of `f` before it, and with those of `old`, which may be NULL. A tokenizer
 * that does not load fails it; chats that cannot be rendered are a warning.
 * Blocking. */
MUST_USE enum status fleet_files_load(const struct fleet *f,
				      struct fleet_model *m,
				      const struct fleet *old,
				      struct error *err);
void fleet_files_unload(struct fleet_model *m);

#endif
