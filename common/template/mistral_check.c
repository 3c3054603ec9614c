/* What mistral-common refuses, by the version of the tokenizer. */
#include "common/template/mistral.h"

#define NAME_CHARS 64
#define ID_CHARS   9

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Python's $ lets a newline pass at the end. */
static struct slice without_newline(struct slice s)
{
	s.n -= s.n > 0 && s.p[s.n - 1] == '\n';
	return s;
}

static bool is_name(struct slice s)
{
	s = without_newline(s);
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= NAME_CHARS;
}

static bool is_id(const struct mistral *m, struct value id)
{
	struct slice s = value_slice(id);
	if (m->model->version < 3)
		return true;
	if (value_is(id, "null"))
		return false;
	if (m->model->version >= 13)
		return s.n > 0;
	s = without_newline(s);
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]))
			return false;
	return s.n == ID_CHARS;
}

static bool may_follow(enum mistral_role before, enum mistral_role role)
{
	switch (before) {
	case MISTRAL_SYSTEM:
	case MISTRAL_USER: return role != MISTRAL_TOOL;
	case MISTRAL_ASSISTANT:
	case MISTRAL_TOOL: return role != MISTRAL_SYSTEM;
	}
	return false;
}

static enum status check_order(const struct mistral *m)
{
	const struct mistral_message *last = &m->message[m->n - 1];
	if (m->n == 1 && last->role != MISTRAL_USER &&
	    last->role != MISTRAL_SYSTEM)
		return mistral_wrong(m, "the first is not a user's");
	if (m->n > 1 && last->role == MISTRAL_ASSISTANT && !last->prefix)
		return mistral_wrong(m, "the last is the assistant's");
	for (size_t i = 1; i < m->n; i++)
		if (!may_follow(m->message[i - 1].role, m->message[i].role))
			return mistral_wrong(m, "a role follows one that it "
						"may not follow");
	return OK;
}

/* As many results as calls, before the assistant speaks again. */
static enum status check_counts(const struct mistral *m)
{
	int64_t open = 0;
	for (size_t i = 1; i < m->n; i++) {
		const struct mistral_message *one = &m->message[i];
		open -= one->role == MISTRAL_TOOL;
		if (one->role != MISTRAL_ASSISTANT)
			continue;
		if (open != 0)
			return mistral_wrong(m, "not as many results as calls");
		open = (int64_t)one->n_calls;
	}
	return OK;
}

static enum status add_id(const struct mistral *m, struct value set,
			  struct value id, const char *twice)
{
	if (dict_find(set.dict, id))
		return mistral_wrong(m, twice);
	dict_set(set.dict, id, value_none());
	return OK;
}

/* The same by their ids. */
static enum status check_ids(const struct mistral *m)
{
	struct value calls = value_dict(m->arena);
	struct value results = value_dict(m->arena);
	enum status status = OK;
	for (size_t i = 1; i < m->n && status == OK; i++) {
		const struct mistral_message *one = &m->message[i];
		if (one->role == MISTRAL_TOOL &&
		    !dict_find(calls.dict, one->id))
			return mistral_wrong(m, "a result of no call");
		if (one->role == MISTRAL_TOOL)
			status = add_id(m, results, one->id,
					"a call has two results");
		if (one->role != MISTRAL_ASSISTANT)
			continue;
		if (calls.dict->n != results.dict->n)
			return mistral_wrong(m, "not as many results as calls");
		calls = value_dict(m->arena);
		results = value_dict(m->arena);
		for (size_t j = 0; j < one->n_calls && status == OK; j++)
			status = add_id(m, calls, one->call[j].id,
					"two calls have one id");
	}
	return status;
}

static bool may_think(const struct mistral *m, enum mistral_role role)
{
	int version = m->model->version;
	if (role == MISTRAL_ASSISTANT)
		return version >= 11;
	return role == MISTRAL_SYSTEM && version >= 7 && version < 15;
}

static enum status check_chunks(const struct mistral *m,
				const struct mistral_message *one)
{
	for (size_t i = 0; i < one->n_chunks; i++) {
		if (!one->chunk[i].think)
			continue;
		if (!may_think(m, one->role))
			return mistral_wrong(m, "a thought where none may be");
		if (m->model->version < 13 || !m->model->has_think)
			return mistral_wrong(m,
					     "the tokenizer has no thoughts");
	}
	return OK;
}

static enum status check_calls(const struct mistral *m,
			       const struct mistral_message *one)
{
	if (m->model->version < 7 && one->has_content == (one->n_calls > 0))
		return mistral_wrong(m, "an assistant has either content or "
					"calls");
	for (size_t i = 0; i < one->n_calls; i++) {
		if (!is_name(one->call[i].name))
			return mistral_wrong(m, "a function's name is not of "
						"letters, digits, _ and -");
		if (!is_id(m, one->call[i].id))
			return mistral_wrong(m, "the id of a call is not of "
						"nine letters and digits");
	}
	return OK;
}

static enum status check_message(const struct mistral *m,
				 const struct mistral_message *one)
{
	enum status status = check_chunks(m, one);
	if (status == OK && one->role == MISTRAL_ASSISTANT)
		status = check_calls(m, one);
	if (status != OK || one->role != MISTRAL_TOOL)
		return status;
	if (one->name.p && !is_name(one->name))
		return mistral_wrong(m, "a result's name is not of letters, "
					"digits, _ and -");
	if (!is_id(m, one->id))
		return mistral_wrong(m, "the id of a result is not of nine "
					"letters and digits");
	return OK;
}

static enum status check_tools(const struct mistral *m)
{
	if (m->tools.type != VALUE_LIST)
		return OK;
	for (uint32_t i = 0; i < m->tools.n; i++) {
		struct value *f = dict_find_text(m->tools.item[i].dict,
						 SLICE("function"));
		struct value *name = dict_find_text(f->dict, SLICE("name"));
		if (!is_name(value_slice(*name)))
			return error_set(m->err, ERR_INVALID,
					 "tools: a name is not of letters, "
					 "digits, _ and -");
	}
	return OK;
}

enum status mistral_check(const struct mistral *m)
{
	enum status status;
	if (m->n == 0)
		return mistral_wrong(m, "there are none");
	status = check_order(m);
	if (status == OK)
		status = m->model->version >= 11 ? check_ids(m)
						 : check_counts(m);
	for (size_t i = 0; i < m->n && status == OK; i++)
		status = check_message(m, &m->message[i]);
	return status == OK ? check_tools(m) : status;
}
