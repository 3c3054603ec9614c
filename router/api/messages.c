#include "router/api/messages.h"

static void push(struct api_messages *m, struct slice raw)
{
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 8;
		struct slice *turn = arena_array(m->arena, room, sizeof(*turn));
		if (m->n > 0)
			memcpy(turn, m->turn, m->n * sizeof(*turn));
		m->turn = turn;
		m->room = room;
	}
	m->turn[m->n++] = raw;
}

static void pass_known(struct api_messages *m, const struct api_known *known,
		       struct json_scan *s)
{
	struct slice rest = {s->p, (size_t)(s->end - s->p)};
	if (!known)
		return;
	m->known_bytes = known->messages(known->arg, rest);
	if (m->known_bytes > 0)
		json_skip_elements(s, m->known_bytes);
}

bool api_messages_read(struct api_messages *m, const struct api_known *known,
		       struct json_scan *s, struct json_value *out)
{
	const char *start = s->p;
	struct json_value one;
	if (!json_enter_array(s))
		return false;
	pass_known(m, known, s);
	while (json_element(s)) {
		if (m->n == m->max)
			return json_fail(s, ERR_LIMIT, "too many messages");
		if (!json_value(s, &one))
			return false;
		push(m, one.raw);
	}
	*out = (struct json_value){JSON_TYPE_ARRAY,
				   {start, (size_t)(s->p - start)}};
	return s->status == OK;
}

enum status api_messages_set(struct api_request *r, struct slice messages,
			     size_t max, const struct api_known *known,
			     struct arena *arena)
{
	struct api_messages m = {.arena = arena, .max = max};
	struct json_value whole;
	struct json_scan s;
	json_begin(&s, messages, JSON_MAX_DEPTH);
	if (!api_messages_read(&m, known, &s, &whole) || json_end(&s) != OK)
		return json_end(&s);
	r->messages = messages;
	r->turn = m.turn;
	r->n_turns = m.n;
	r->known_bytes = m.known_bytes;
	return OK;
}

enum status api_messages_all(struct slice messages, struct arena *arena,
			     const struct slice **turn, size_t *n)
{
	struct api_messages m = {.arena = arena, .max = SIZE_MAX};
	struct json_value whole;
	struct json_scan s;
	json_begin(&s, messages, JSON_MAX_DEPTH);
	if (!api_messages_read(&m, NULL, &s, &whole))
		return json_end(&s);
	*turn = m.turn;
	*n = m.n;
	return json_end(&s);
}
