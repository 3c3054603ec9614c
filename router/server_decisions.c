/* What the main thread does about decisions: it gathers those that are asked
 * for, and says where they are written down. */
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/decisions.h"
#include "router/server_own.h"

void server_recall(void *server, const struct admin_recall *q, admin_done *done,
		   void *done_arg)
{
	struct server *s = server;

	decisions_recall(s->lane, s->n_lanes, s->mailbox, q, done, done_arg);
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A gateway whose decisions cannot be written down serves all the same. */
void server_write_decisions(struct server *s, const char *file)
{
	struct error err;

	if (is_same(file, s->decision_file))
		return;
	if (decision_log_open(s->decision_log, file, &err) != OK) {
		log_error("%s: nothing is written there", err.text);
		return;
	}
	mem_free(s->decision_file);
	s->decision_file = file != NULL ? mem_strdup(file) : NULL;
}

void server_on_reopen(int fd, short what, void *server)
{
	struct server *s = server;

	(void)fd;
	(void)what;
	log_info("decisions: SIGUSR1: looking for the file anew");
	decision_log_reopen(s->decision_log);
}
