#include "router/probe/parity_tally.h"

#include "common/base/fingerprint.h"

#include <string.h>

static enum parity_path path_of(const struct parity_case *c)
{
	return c->kind == PARITY_CHAT ? PARITY_PATH_CHAT : PARITY_PATH_TEXT;
}

/* The byte behind the end is not counted. */
static const char *terminated(struct buf *b)
{
	*buf_reserve(b, 1) = '\0';
	return buf_slice(b).p;
}

void parity_tally_init(struct parity_tally *t)
{
	memset(t, 0, sizeof(*t));
}

void parity_tally_fini(struct parity_tally *t)
{
	for (size_t i = 0; i < PARITY_PATHS; i++)
		buf_fini(&t->path[i].unknown);
	for (size_t i = 0; i < PARITY_CHECKS; i++)
		buf_fini(&t->says[i]);
}

void parity_tally_add(struct parity_tally *t, const struct parity_case *c,
		      const struct tokenizer *tokenizer, struct parity_ids ours,
		      struct parity_ids theirs)
{
	enum parity_path path = path_of(c);
	enum parity_check check;
	struct buf says = {0};

	t->path[path].theirs = fingerprint64(
		(struct slice){(const char *)theirs.id,
			       theirs.n * sizeof(*theirs.id)},
		t->path[path].theirs);
	t->path[path].n++;
	if (parity_compare(c, tokenizer, ours, theirs, &check, &says)) {
		t->path[path].differs = true;
		if (buf_len(&t->says[check]) == 0) {
			buf_append(&t->says[check], buf_slice(&says));
			terminated(&t->says[check]);
		}
	}
	buf_fini(&says);
}

void parity_tally_miss(struct parity_tally *t, const struct parity_case *c,
		       const char *why)
{
	struct buf *unknown = &t->path[path_of(c)].unknown;

	if (buf_len(unknown) > 0)
		return;
	buf_printf(unknown, "%s: %s", c->name, why);
	terminated(unknown);
}

static struct parity_verdict differs(const struct parity_tally *t,
				     enum parity_check check, const char *dir,
				     struct buf *room)
{
	static const char *const mend[PARITY_CHECKS] = {
		[PARITY_TOKENIZER] = "--tokenizer ",
		[PARITY_SPECIAL] = "--tokenizer ",
		[PARITY_TEMPLATE] = "--chat-template FILE, the template of ",
	};
	const char *says = buf_slice(&t->says[check]).p;

	buf_printf(room,
		   "start vLLM with %s%s, or set tokenizer: to the directory "
		   "of the model that is served",
		   mend[check], dir);
	if (check == PARITY_TEMPLATE)
		buf_puts(room, " and chat: to what it was started with "
			       "(engine, template, content_format, "
			       "default_template_kwargs, "
			       "exclude_tools_when_tool_choice_none)");
	return (struct parity_verdict){PARITY_DIFFERS, says, terminated(room)};
}

static struct parity_verdict unknown(const char *why)
{
	return (struct parity_verdict){PARITY_UNKNOWN, why, NULL};
}

struct parity_verdict parity_tally_judge(const struct parity_tally *t,
					 enum parity_check check,
					 const char *dir, struct buf *room)
{
	bool chat = check == PARITY_TEMPLATE;
	enum parity_path path = chat ? PARITY_PATH_CHAT : PARITY_PATH_TEXT;
	const struct buf *why = &t->path[path].unknown;
	bool words = buf_len(&t->says[PARITY_TOKENIZER]) == 0;

	/* Other ids of the words hide all else. */
	if (check != PARITY_TOKENIZER && !words)
		return unknown("the tokenizer differs");
	if (buf_len(&t->says[check]) > 0)
		return differs(t, check, dir, room);
	if (buf_len(why) > 0)
		return unknown(buf_slice(why).p);
	if (t->path[path].n > 0)
		return (struct parity_verdict){PARITY_HOLDS, NULL, NULL};
	return (struct parity_verdict){
		PARITY_HOLDS,
		chat ? "chats are not rendered here: workers are asked"
		     : "there is no tokenizer here: workers are asked",
		NULL};
}

uint64_t parity_tally_print(const struct parity_tally *t, enum parity_path path)
{
	/* Neither of the two that mean something else. */
	if (t->path[path].differs)
		return t->path[path].theirs | UINT64_C(1) << 63;
	if (t->path[path].n == 0 || buf_len(&t->path[path].unknown) > 0)
		return PARITY_NO_PRINT;
	return PARITY_OURS;
}
