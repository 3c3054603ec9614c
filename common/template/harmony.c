#include "common/template/harmony.h"

#include <stdlib.h>
#include <string.h>

static const char *const role_name[] = {
	[HARMONY_SYSTEM] = "system", [HARMONY_DEVELOPER] = "developer",
	[HARMONY_USER] = "user",     [HARMONY_ASSISTANT] = "assistant",
	[HARMONY_TOOL] = "tool",
};

#define CONSTRAIN "<|constrain|>"

static void put_header(struct segments *to, const struct harmony_message *m)
{
	struct slice type = m->content_type;
	if (m->role == HARMONY_TOOL)
		segments_put(to, m->name, false);
	else
		segments_put(to, slice_of(role_name[m->role]), false);
	if (m->recipient.p && !slice_equal(m->recipient, SLICE("all"))) {
		buf_puts(to->text, " to=");
		segments_put(to, m->recipient, false);
	}
	if (m->channel.p) {
		segments_token(to, "<|channel|>");
		segments_put(to, m->channel, false);
	}
	if (!type.p)
		return;
	buf_putc(to->text, ' ');
	if (slice_starts(type, SLICE(CONSTRAIN))) {
		segments_close(to, false);
		segments_token(to, CONSTRAIN);
		type = slice_from(type, sizeof(CONSTRAIN) - 1);
	}
	segments_put(to, type, false);
}

static void put_message(struct segments *to, const struct harmony_message *m)
{
	bool call = m->role == HARMONY_ASSISTANT && m->recipient.p;
	segments_token(to, "<|start|>");
	put_header(to, m);
	segments_token(to, "<|message|>");
	for (size_t i = 0; i < m->n; i++)
		segments_put(to, m->content[i], false);
	segments_token(to, call ? "<|call|>" : "<|end|>");
}

static bool is_on(const struct harmony_message *m, const char *channel)
{
	return m->channel.p && slice_equal(m->channel, slice_of(channel));
}

/* Was the last that the model said a final answer? */
static bool ends_final(const struct harmony_message *m, size_t n)
{
	while (n > 0 && m[n - 1].role != HARMONY_ASSISTANT)
		n--;
	return n > 0 && is_on(&m[n - 1], "final");
}

void harmony_render(struct segments *to, const struct harmony_message *m,
		    size_t n, bool drop)
{
	size_t first = 0;
	while (first < n && !is_on(&m[first], "final"))
		first++;
	drop = drop && ends_final(m, n);
	for (size_t i = 0; i < n; i++)
		if (!drop || i >= first || !is_on(&m[i], "analysis"))
			put_message(to, &m[i]);
}

void harmony_begin_answer(struct segments *to)
{
	segments_token(to, "<|start|>");
	segments_put(to, SLICE("assistant"), false);
}

/* What parts two sections, before all but the first. */
static void next_section(struct buf *to, size_t start)
{
	if (buf_len(to) > start)
		buf_puts(to, "\n\n");
}

static void put_line(struct buf *to, size_t start, const char *label,
		     struct slice text)
{
	if (!text.p)
		return;
	if (buf_len(to) > start)
		buf_putc(to, '\n');
	buf_puts(to, label);
	buf_append(to, text);
}

void harmony_put_system(struct buf *to, const struct harmony_system *s,
			struct arena *arena)
{
	size_t start = buf_len(to);
	put_line(to, start, "", s->identity);
	put_line(to, start, "Knowledge cutoff: ", s->cutoff);
	put_line(to, start, "Current date: ", s->date);
	if (s->effort.p) {
		next_section(to, start);
		buf_puts(to, "Reasoning: ");
		buf_append(to, s->effort);
	}
	if (s->n_tools > 0) {
		next_section(to, start);
		harmony_put_tools(to, s->tools, s->n_tools, arena);
	}
	if (!s->channels.p)
		return;
	next_section(to, start);
	buf_puts(to, "# Valid channels: ");
	buf_append(to, s->channels);
	buf_puts(to, ". Channel must be included for every message.");
	if (s->has_functions)
		buf_puts(to, "\nCalls to these tools must go to the "
			     "commentary channel: 'functions'.");
}

void harmony_put_developer(struct buf *to, struct slice instructions,
			   const struct harmony_namespace *tools,
			   size_t n_tools, struct arena *arena)
{
	size_t start = buf_len(to);
	if (instructions.p) {
		buf_puts(to, "# Instructions\n\n");
		buf_append(to, instructions);
	}
	if (n_tools > 0) {
		next_section(to, start);
		harmony_put_tools(to, tools, n_tools, arena);
	}
}
