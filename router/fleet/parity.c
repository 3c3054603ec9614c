#include "router/fleet/parity.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <string.h>

static const struct {
	const char *name, *help;
	bool matters; /* prompts are matched by it */
} row[PARITY_CHECKS] = {
#define X(id, name, help, matters) [PARITY_##id] = {name, help, matters},
	PARITY_CHECKS_ROWS(X)
#undef X
};

static size_t count(const uint64_t *print, size_t n, uint64_t one)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += print[i] == one;
	return found;
}

uint64_t parity_majority(const uint64_t *print, size_t n)
{
	size_t most = count(print, n, PARITY_OURS) +
		      count(print, n, PARITY_NO_PRINT);
	uint64_t best = PARITY_OURS;

	for (size_t i = 0; i < n; i++) {
		size_t agree = count(print, n, print[i]);

		if (print[i] <= PARITY_OURS || agree <= most)
			continue;
		most = agree;
		best = print[i];
	}
	return best;
}

void parity_init(struct parity *p)
{
	memset(p, 0, sizeof(*p));
}

static void forget(struct parity_finding *f)
{
	mem_free(f->says);
	mem_free(f->mend);
	*f = (struct parity_finding){0};
}

void parity_fini(struct parity *p)
{
	for (size_t i = 0; i < PARITY_CHECKS; i++)
		forget(&p->finding[i]);
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char *copy(const char *text)
{
	return text == NULL ? NULL : mem_strdup(text);
}

bool parity_set(struct parity *p, enum parity_check c, enum parity_state s,
		const char *says, const char *mend)
{
	struct parity_finding *f = &p->finding[c];
	bool news = f->state != s || !same_text(f->says, says);
	struct parity_finding now;

	if (!news && same_text(f->mend, mend))
		return false;
	now = (struct parity_finding){s, copy(says), copy(mend)};
	forget(f);
	*f = now;
	return news;
}

enum parity_state parity_state_of(const struct parity *p)
{
	enum parity_state worst = PARITY_HOLDS;

	for (size_t i = 0; i < PARITY_CHECKS; i++) {
		enum parity_state s = p->finding[i].state;

		if (!row[i].matters)
			continue;
		if (s == PARITY_DIFFERS)
			return s;
		if (s == PARITY_UNKNOWN)
			worst = s;
	}
	return worst;
}

const struct parity_finding *parity_reason(const struct parity *p,
					   enum parity_check *out)
{
	for (size_t i = 0; i < PARITY_CHECKS; i++) {
		if (!row[i].matters || p->finding[i].state != PARITY_DIFFERS)
			continue;
		*out = (enum parity_check)i;
		return &p->finding[i];
	}
	return NULL;
}

const char *parity_check_name(enum parity_check c)
{
	ASSERT(c < PARITY_CHECKS);
	return row[c].name;
}

const char *parity_check_help(enum parity_check c)
{
	ASSERT(c < PARITY_CHECKS);
	return row[c].help;
}

const char *parity_state_name(enum parity_state s)
{
	static const char *const name[] = {"unknown", "holds", "differs"};

	return name[s];
}
