#include "router/api/finish.h"

#include "common/base/attr.h"
#include "common/http/find.h"

static const struct {
	struct slice word;
	enum api_finish finish;
} words[] = {
	{SLICE("stop"), API_FINISH_STOP},
	{SLICE("length"), API_FINISH_LENGTH},
	{SLICE("tool_calls"), API_FINISH_TOOL_CALLS},
	{SLICE("end_turn"), API_FINISH_STOP},
	{SLICE("completed"), API_FINISH_STOP},
	{SLICE("incomplete"), API_FINISH_LENGTH},
	{SLICE("max_tokens"), API_FINISH_LENGTH},
	{SLICE("tool_use"), API_FINISH_TOOL_CALLS},
	{SLICE("stop_sequence"), API_FINISH_STOP},
	{SLICE("function_call"), API_FINISH_TOOL_CALLS},
	{SLICE("content_filter"), API_FINISH_CONTENT_FILTER},
	{SLICE("refusal"), API_FINISH_CONTENT_FILTER},
};

enum api_finish api_finish_of(struct slice word)
{
	if (word.n == 0)
		return API_FINISH_UNTOLD;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_equal(word, words[i].word))
			return words[i].finish;
	return API_FINISH_OTHER;
}

static struct slice name_of(enum api_kind kind)
{
	switch (kind) {
	case API_CHAT:
	case API_COMPLETION: return SLICE("\"finish_reason\"");
	case API_MESSAGES: return SLICE("\"stop_reason\"");
	case API_RESPONSES: return SLICE("\"status\"");
	default: return SLICE("");
	}
}

/* A string's text, without what is escaped in it; n = 0: it is none. */
static struct slice text_of(struct slice value)
{
	size_t n;

	if (!slice_starts(value, SLICE("\"")))
		return SLICE("");
	value = slice_from(value, 1);
	n = slice_find(value, '"');
	return n < value.n ? (struct slice){value.p, n} : SLICE("");
}

enum api_finish api_finish_read(struct slice json, enum api_kind kind)
{
	struct slice name = name_of(kind);
	size_t at = name.n > 0 ? http_find_last_quoted(json, name) : json.n;

	if (at == json.n)
		return API_FINISH_UNTOLD;
	json = slice_trim(slice_from(json, at + name.n));
	if (!slice_starts(json, SLICE(":")))
		return API_FINISH_UNTOLD;
	return api_finish_of(text_of(slice_trim(slice_from(json, 1))));
}

enum api_finish api_finish_read_stream(const struct sse *s, enum api_kind kind)
{
	struct buf event = {0};
	enum api_finish f = API_FINISH_UNTOLD;

	if (kind == API_CHAT || kind == API_COMPLETION)
		return api_finish_of(slice_of(sse_finish(s)));
	/* Of the others the event that ends them tells their usage, too. */
	if (sse_usage(s, &event))
		f = api_finish_read(buf_slice(&event), kind);
	buf_fini(&event);
	return f;
}
