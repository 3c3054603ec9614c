#include "tools/bench/session.h"

#include "common/base/file.h"

#define TEXT_MOST (64u << 20)

enum status sessions_init(struct sessions *all,
			  const struct bench_options *options,
			  struct error *err)
{
	struct buf text;

	*all = (struct sessions){.options = options};
	if (!options->text)
		return OK;
	buf_init(&text);
	enum status status = file_read(options->text, TEXT_MOST, &text, err);

	if (status == OK) {
		status = dialogue_text_init(&all->text, buf_slice(&text));
		if (status != OK)
			error_set(err, status,
				  "--text: %s: too short to cut chats from; "
				  "%d kB are the least",
				  options->text, DIALOGUE_MIN_PIECES);
	}
	buf_fini(&text);
	return status;
}

void sessions_fini(struct sessions *all)
{
	dialogue_text_fini(&all->text);
}

uint64_t session_begin(struct session *s, const struct sessions *all,
		       struct slice host, size_t i, struct message_request *m)
{
	const struct bench_options *o = all->options;
	struct message_shape shape = {
		.host = host,
		.session = i % o->sessions,
		.body_bytes = (size_t)o->body_bytes,
		.events = o->stream ? o->events : 0,
		.every_us = o->every_us,
		.completions = o->completions,
		.key = o->key ? slice_of(o->key) : (struct slice){0},
		.shared_bytes = (size_t)o->shared_bytes,
		.grows = o->grow,
	};

	*s = (struct session){0};
	if (all->text.n > 0)
		dialogue_make(&s->dialogue, &all->text, &shape, m);
	else
		message_request_make(m, &shape);
	return shape.events;
}

void session_go_on(struct session *s, struct message_request *m)
{
	if (s->dialogue.text && s->begun)
		dialogue_next(&s->dialogue, m);
	s->begun = true;
}
