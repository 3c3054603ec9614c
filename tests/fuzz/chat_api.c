/* Bodies of other APIs, as chats: the first byte chooses which. What is taken
 * must be JSON, and what is not must leave the request alone. */
#include <stdint.h>
#include <stdlib.h>

#include "common/base/assert.h"
#include "common/json/scan.h"
#include "common/template/chat_api.h"

static void check(struct slice json)
{
	struct json_value v;
	ASSERT(json.p == NULL || json_check(json, JSON_MAX_DEPTH, &v) == OK);
}

static void check_all(const struct chat_request *r)
{
	ASSERT(r->messages.p);
	check(r->messages);
	check(r->tools);
	check(r->kwargs);
	check(r->tool_choice);
	check(r->reasoning_effort);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chat_request r = {.messages = SLICE("[]")};
	struct error err = {0};
	struct arena arena;
	struct slice body;
	if (size == 0)
		return 0;
	arena_init(&arena);
	body = (struct slice){(const char *)data + 1, size - 1};
	if (chat_api_parse(data[0] & 1 ? CHAT_API_RESPONSES : CHAT_API_MESSAGES,
			   body, &arena, &r, &err) == OK)
		check_all(&r);
	else
		ASSERT(slice_equal(r.messages, SLICE("[]")) && err.text[0]);
	arena_fini(&arena);
	return 0;
}
