/* Bodies of other APIs, and the chats that they become. */
#ifndef TESTS_UNIT_TEMPLATE_CHAT_OF_H
#define TESTS_UNIT_TEMPLATE_CHAT_OF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/template/chat_api.h"

struct chat_of {
	struct arena arena;
	struct chat_request r;
	struct error err;
};

static inline void chat_of_begin(struct chat_of *c)
{
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena);
}

static inline void chat_of_end(struct chat_of *c)
{
	arena_fini(&c->arena);
}

/* `wanted` is a field's raw value, NULL where it is absent. */
static inline void assert_raw(struct slice field, const char *wanted)
{
	if (wanted == NULL) {
		assert_null(field.p);
		return;
	}
	assert_non_null(field.p);
	if (!slice_equal(field, slice_of(wanted)))
		fail_msg("%.*s\nis not\n%s", SLICE_ARG(field), wanted);
}

static inline void assert_messages(enum chat_api api, const char *body,
				   const char *wanted)
{
	struct chat_of c;

	chat_of_begin(&c);
	if (chat_api_parse(api, slice_of(body), &c.arena, &c.r, &c.err) != OK)
		fail_msg("%s\n%s", body, c.err.text);
	assert_raw(c.r.messages, wanted);
	chat_of_end(&c);
}

static inline void assert_refused(enum chat_api api, const char *body,
				  enum status status, const char *says)
{
	struct chat_of c;

	chat_of_begin(&c);
	c.r.messages = SLICE("as it was");
	assert_int_equal(
		chat_api_parse(api, slice_of(body), &c.arena, &c.r, &c.err),
		status);
	if (strstr(c.err.text, says) == NULL)
		fail_msg("%s: '%s' is not in '%s'", body, says, c.err.text);
	assert_raw(c.r.messages, "as it was");
	chat_of_end(&c);
}

#endif
