#include "common/http/sse.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/attr.h"
#include "common/base/mem.h"
#include "common/http/find.h"

/* Of an event's end, in which the reason is looked for. */
#define FINISH_BYTES 512

void sse_init(struct sse *s, size_t max_event_bytes)
{
	ASSERT(max_event_bytes <= UINT32_MAX);
	*s = (struct sse){
		.max_event_bytes = (uint32_t)max_event_bytes,
		.null_at = UINT16_MAX,
	};
}

void sse_note_finish(struct sse *s)
{
	s->notes_finish = true;
}

void sse_fini(struct sse *s)
{
	if (s->kept == NULL)
		return;
	buf_fini(&s->kept->part);
	buf_fini(&s->kept->first_usage);
	buf_fini(&s->kept->last_usage);
	mem_free(s->kept);
	s->kept = NULL;
}

static struct sse_kept *kept(struct sse *s)
{
	if (s->kept == NULL)
		s->kept = mem_zalloc(sizeof(*s->kept));
	return s->kept;
}

static size_t part_bytes(const struct sse *s)
{
	return s->kept != NULL ? buf_len(&s->kept->part) : 0;
}

static void forget_part(struct sse *s)
{
	if (s->kept != NULL)
		buf_fini(&s->kept->part);
}

/* A line without its end, taken off the front; ends are CR, LF, CRLF. */
static struct slice take_line(struct slice *left)
{
	size_t lf = slice_find(*left, '\n');
	struct slice line = {left->p, lf};
	size_t cr = slice_find(line, '\r');
	line.n = cr;
	size_t end = cr < lf ? cr + 1 : lf + 1;
	if (cr + 1 == lf)
		end = lf + 1;
	*left = slice_from(*left, end < left->n ? end : left->n);
	return line;
}

/* The value if the line is a field "data". */
static bool is_data(struct slice line, struct slice *value)
{
	if (!slice_starts(line, SLICE("data")))
		return false;
	*value = slice_from(line, 4);
	if (value->n == 0)
		return true;
	if (value->p[0] != ':')
		return false;
	*value = slice_from(*value, 1);
	if (value->n > 0 && value->p[0] == ' ')
		*value = slice_from(*value, 1);
	return true;
}

static bool first_data(struct slice event, struct slice *value)
{
	/* The usual event is one line of JSON, of which the start will do. */
	if (slice_starts(event, SLICE("data: {"))) {
		*value = slice_from(event, 6);
		return true;
	}
	while (event.n > 0)
		if (is_data(take_line(&event), value))
			return true;
	return false;
}

static const struct slice usage_name = SLICE("\"usage\"");

/* There is a member "usage" that is something. Strings cannot fake it:
 * their quotes are escaped. */
static bool tells_usage(struct slice event)
{
	for (;;) {
		size_t at = http_find_quoted(event, usage_name);
		if (at == event.n)
			return false;
		event = slice_from(event, at + usage_name.n);
		struct slice value = slice_trim(event);
		if (value.n == 0 || value.p[0] != ':')
			continue;
		value = slice_trim(slice_from(value, 1));
		if (value.n > 0 && value.p[0] == '{')
			return true;
	}
}

static const struct slice finish_name = SLICE("\"finish_reason\"");

/* Two parts of "finish_reason":null, as engines write it until an answer
 * ends; there are other reasons that are null then. */
static inline bool is_null_at(struct slice event, size_t from_end)
{
	const char *name;

	if (event.n < from_end)
		return false;
	name = event.p + event.n - from_end;
	return memcmp(name + 1, "fini", 4) == 0 &&
	       memcmp(name + finish_name.n + 1, "null", 4) == 0;
}

static void take_word(struct sse *s, struct slice value)
{
	struct slice word = slice_from(value, 1);
	size_t n = slice_find(word, '"');

	if (value.p[0] != '"' || n == word.n || n >= SSE_WORD_ROOM)
		return;
	memcpy(kept(s)->finish, word.p, n);
	s->kept->finish[n] = '\0';
}

/* It stands near the end of a choice, and choices at the end of an event. */
static NOINLINE void find_finish(struct sse *s, struct slice event)
{
	struct slice left = event;
	size_t at;

	if (left.n > FINISH_BYTES)
		left = slice_from(left, left.n - FINISH_BYTES);
	at = http_find_last_quoted(left, finish_name);
	if (at == left.n)
		return;
	left = slice_from(left, at);
	if (left.n > finish_name.n + 4 && is_null_at(event, left.n)) {
		s->null_at = (uint16_t)left.n;
		return;
	}
	left = slice_trim(slice_from(left, finish_name.n));
	if (left.n == 0 || left.p[0] != ':')
		return;
	left = slice_trim(slice_from(left, 1));
	if (left.n > 0)
		take_word(s, left);
}

static void keep(struct buf *b, struct slice event)
{
	buf_reset(b, SIZE_MAX);
	buf_append(b, event);
}

/* A whole event that was not too long; in its first `no_usage` bytes there
 * is no "usage". True if it has data. */
static bool look(struct sse *s, struct slice event, size_t no_usage)
{
	struct slice value;
	if (!first_data(event, &value))
		return false;
	if (slice_equal(value, SLICE("[DONE]"))) {
		s->done = true;
		return false;
	}
	if (slice_starts(value, SLICE("{\"error\"")))
		s->failed = true;
	if (!is_null_at(event, s->null_at) && s->notes_finish)
		find_finish(s, event);
	if (no_usage < event.n && tells_usage(slice_from(event, no_usage))) {
		struct sse_kept *k = kept(s);
		if (buf_len(&k->first_usage) == 0)
			keep(&k->first_usage, event);
		keep(&k->last_usage, event);
	}
	return true;
}

/* `rest` is the last of the event, or all of it. */
static size_t end_event(struct sse *s, struct slice rest)
{
	bool data = true;
	if (!s->too_long && rest.n > s->max_event_bytes - part_bytes(s))
		s->too_long = true;
	if (!s->too_long && part_bytes(s) > 0) {
		buf_append(&s->kept->part, rest);
		rest = buf_slice(&s->kept->part);
	}
	if (!s->too_long)
		data = look(s, rest, 0);
	forget_part(s);
	s->begun = s->too_long = false;
	s->events += data;
	return data;
}

static void keep_part(struct sse *s, struct slice rest)
{
	if (!s->begun || s->too_long || rest.n == 0)
		return;
	if (rest.n > s->max_event_bytes - part_bytes(s)) {
		s->too_long = true;
		forget_part(s);
		return;
	}
	buf_append(&kept(s)->part, rest);
}

/* First line end at or behind `at`. */
static size_t find_end(struct slice s, size_t at, bool some_cr)
{
	struct slice left = slice_from(s, at);
	size_t lf = slice_find(left, '\n');
	if (!some_cr)
		return at + lf;
	left.n = lf;
	return at + slice_find(left, '\r');
}

/* The bytes are one whole event of one line that ends in LF LF, as engines
 * send them; `usage` says where there is a "usage" in it. */
static bool is_one_event(const struct sse *s, struct slice bytes, size_t *usage)
{
	struct http_places at;
	if (s->begun || s->after_cr || bytes.n < 3 ||
	    bytes.n - 1 > s->max_event_bytes || bytes.p[bytes.n - 1] != '\n')
		return false;
	http_find_places(bytes, usage_name, &at);
	*usage = at.word;
	return at.lf == bytes.n - 2 && at.cr == bytes.n;
}

size_t sse_feed(struct sse *s, struct slice bytes)
{
	size_t usage;
	if (is_one_event(s, bytes, &usage)) {
		bytes.n--;
		bool data = look(s, bytes, usage);
		s->events += data;
		return data;
	}
	bool some_cr = slice_find(bytes, '\r') < bytes.n;
	size_t at = 0, start = 0, events = 0;
	while (at < bytes.n) {
		bool joined = s->after_cr && bytes.p[at] == '\n';
		s->after_cr = false;
		if (joined) {
			at++;
			if (!s->begun)
				start = at;
			continue;
		}
		size_t end = find_end(bytes, at, some_cr);
		bool blank = end == at && !s->in_line;
		s->in_line = end == bytes.n;
		at = s->in_line ? end : end + 1;
		s->after_cr = !s->in_line && bytes.p[end] == '\r';
		if (!blank) {
			s->begun = true;
			continue;
		}
		if (s->begun)
			events += end_event(s, (struct slice){bytes.p + start,
							      end - start});
		start = at;
	}
	keep_part(s, slice_from(bytes, start));
	return events;
}

bool sse_inside_line(const struct sse *s)
{
	return s->in_line;
}

bool sse_at_boundary(const struct sse *s)
{
	return !s->begun;
}

const char *sse_close_text(const struct sse *s)
{
	if (!s->begun)
		return "";
	/* Behind a CR the first LF still belongs to that line's end. */
	return s->in_line || s->after_cr ? "\n\n" : "\n";
}

bool sse_event_data(struct slice event, struct buf *out)
{
	bool some = false;
	while (event.n > 0) {
		struct slice value;
		if (!is_data(take_line(&event), &value))
			continue;
		if (some)
			buf_putc(out, '\n');
		buf_append(out, value);
		some = true;
	}
	return some;
}

bool sse_usage(const struct sse *s, struct buf *out)
{
	return s->kept != NULL &&
	       sse_event_data(buf_slice(&s->kept->last_usage), out);
}

bool sse_first_usage(const struct sse *s, struct buf *out)
{
	return s->kept != NULL &&
	       sse_event_data(buf_slice(&s->kept->first_usage), out);
}

const char *sse_finish(const struct sse *s)
{
	return s->kept != NULL ? s->kept->finish : "";
}
