#include "tools/bench/message.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MARK  "\"user\":\""
#define STREAM_MARK  "\"stream\":true"
#define EVENTS_MARK  "\"max_tokens\":"
#define EVERY_MARK   "\"seed\":"
#define MAX_EVERY_US 3600000000u
#define ANSWER_START "{\"id\":\"chatcmpl-"
#define EVENT_START  "data: {\"id\":\"chatcmpl-"

static const char *const word[] = {
	"the",   "cache",  "holds",    "what",  "was",    "said",   "before",
	"so",    "that",   "every",    "turn",  "begins", "where",  "another",
	"ended", "and",    "only",     "new",   "words",  "are",    "read",
	"again", "by",     "machines", "which", "wait",   "little", "longer",
	"than",  "people", "would",    "like",
};

/* Text that differs between sessions from its first word on, with an
 * escaped line end about every 60 bytes, as prompts have. */
static void write_prompt(struct buf *out, uint64_t session, size_t n)
{
	size_t end = buf_len(out) + n, line = 0;
	uint64_t state = session * 0x9e3779b97f4a7c15u + 1;

	buf_printf(out, "session %llu ", (unsigned long long)session);
	while (buf_len(out) < end) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		const char *w = word[state % ARRAY_LEN(word)];

		buf_puts(out, w);
		line += strlen(w) + 1;
		buf_puts(out, line > 60 ? "\\n" : " ");
		if (line > 60)
			line = 0;
	}
}

/* What stands around the prompt, and its last turn. */
struct frame {
	const char *path, *before, *after;
};

static const struct frame chat = {
	"/v1/chat/completions",
	"\"messages\":[{\"role\":\"user\",\"content\":\"",
	"\"},{\"role\":\"user\",\"content\":\"" MESSAGE_TURN_MARK
		MESSAGE_NO_NUMBER "\"}]}",
};
static const struct frame completion = {
	"/v1/completions",
	"\"prompt\":\"",
	MESSAGE_TURN_MARK MESSAGE_NO_NUMBER "\"}",
};

/* Pace and length of the stream stand in fields that a client may set and
 * a gateway passes on. */
size_t message_fields_write(struct buf *out, const struct message_shape *shape)
{
	buf_puts(out, "{\"model\":\"demo\"," NUMBER_MARK);
	size_t number_at = buf_len(out);

	buf_puts(out, MESSAGE_NO_NUMBER "\",");
	if (shape->events > 0)
		buf_printf(out,
			   STREAM_MARK ",\"stream_options\":"
				       "{\"include_usage\":true}," EVENTS_MARK
				       "%llu," EVERY_MARK "%llu,",
			   (unsigned long long)shape->events,
			   (unsigned long long)shape->every_us);
	return number_at;
}

size_t message_head_write(struct buf *out, const struct message_shape *shape,
			  const char *path, size_t body_bytes)
{
	buf_printf(out,
		   "POST %s HTTP/1.1\r\nHost: %.*s\r\n"
		   "User-Agent: warmpath-bench\r\n"
		   "Content-Type: application/json\r\n",
		   path, SLICE_ARG(shape->host));
	if (shape->key.n > 0)
		buf_printf(out, "Authorization: Bearer %.*s\r\n",
			   SLICE_ARG(shape->key));
	if (body_bytes > 0)
		buf_printf(out, "Content-Length: %zu", body_bytes);
	else
		buf_printf(out, "Content-Length: %*s", MESSAGE_LENGTH_DIGITS,
			   "");
	size_t end = buf_len(out);

	buf_puts(out, "\r\n\r\n");
	return end;
}

static void write_body(struct buf *out, const struct message_shape *shape,
		       const struct frame *frame)
{
	size_t start = buf_len(out);

	message_fields_write(out, shape);
	buf_puts(out, frame->before);
	size_t used = buf_len(out) - start + strlen(frame->after);

	write_prompt(out, shape->session,
		     shape->body_bytes > used ? shape->body_bytes - used : 0);
	buf_puts(out, frame->after);
}

static size_t find(const struct message_request *m, const char *mark)
{
	const char *at = memmem(m->p, m->n, mark, strlen(mark));

	ASSERT(at != NULL);
	return (size_t)(at - m->p) + strlen(mark);
}

void message_request_make(struct message_request *m,
			  const struct message_shape *shape)
{
	const struct frame *frame = shape->completions ? &completion : &chat;
	struct buf body, whole;

	buf_init(&body);
	buf_init(&whole);
	write_body(&body, shape, frame);
	message_head_write(&whole, shape, frame->path, buf_len(&body));
	buf_append(&whole, buf_slice(&body));
	m->body_bytes = buf_len(&body);
	m->n = buf_len(&whole);
	m->p = mem_alloc(m->n);
	memcpy(m->p, buf_slice(&whole).p, m->n);
	m->number_at[0] = find(m, NUMBER_MARK);
	m->number_at[1] = find(m, MESSAGE_TURN_MARK);
	buf_fini(&body);
	buf_fini(&whole);
}

void message_request_number(struct message_request *m, uint64_t number)
{
	char digits[MESSAGE_NUMBER_DIGITS];

	for (size_t i = MESSAGE_NUMBER_DIGITS; i-- > 0; number /= 10)
		digits[i] = (char)('0' + number % 10);
	memcpy(m->p + m->number_at[0], digits, sizeof(digits));
	memcpy(m->p + m->number_at[1], digits, sizeof(digits));
}

void message_request_fini(struct message_request *m)
{
	mem_free(m->p);
	m->p = NULL;
}

/* The number that stands right behind `mark`, wherever that is. */
static bool number_behind(struct slice text, const char *mark, uint64_t *out)
{
	size_t n = strlen(mark);
	const char *at = text.n ? memmem(text.p, text.n, mark, n) : NULL;
	uint64_t value = 0;
	size_t digits = 0;

	if (!at)
		return false;
	const char *end = text.p + text.n;

	for (at += n; at < end && *at >= '0' && *at <= '9'; at++, digits++)
		value = value * 10 + (uint64_t)(*at - '0');
	if (digits == 0 || digits > MESSAGE_NUMBER_DIGITS)
		return false;
	*out = value;
	return true;
}

bool message_number_find(struct slice body, uint64_t *number)
{
	return number_behind(body, NUMBER_MARK, number);
}

bool message_stream_find(struct slice body, uint64_t *events,
			 uint64_t *every_us)
{
	struct slice start = {body.p, body.n < 256 ? body.n : 256};

	return start.n > 0 &&
	       memmem(start.p, start.n, STREAM_MARK, strlen(STREAM_MARK)) &&
	       number_behind(start, EVENTS_MARK, events) && *events > 0 &&
	       number_behind(start, EVERY_MARK, every_us) &&
	       *every_us <= MAX_EVERY_US;
}

void message_answer_write(struct buf *out, uint64_t number, uint64_t body_bytes,
			  size_t pad)
{
	char body[512];
	int n = snprintf(
		body, sizeof(body),
		ANSWER_START "%020llu\",\"object\":\"chat.completion\","
			     "\"created\":1700000000,\"model\":\"demo\","
			     "\"got\":%llu,\"choices\":[{\"index\":0,"
			     "\"message\":{\"role\":\"assistant\","
			     "\"content\":\"as you wish\"},"
			     "\"finish_reason\":\"stop\"}],"
			     "\"usage\":{\"prompt_tokens\":64,"
			     "\"completion_tokens\":3,\"total_tokens\":67},"
			     "\"pad\":\"",
		(unsigned long long)number, (unsigned long long)body_bytes);

	ASSERT(n > 0 && (size_t)n < sizeof(body));
	buf_printf(out,
		   "HTTP/1.1 200 OK\r\nserver: uvicorn\r\n"
		   "content-type: application/json\r\n"
		   "content-length: %zu\r\n\r\n",
		   (size_t)n + pad + 2);
	buf_append(out, (struct slice){body, (size_t)n});
	memset(buf_reserve(out, pad + 1), 'x', pad);
	buf_commit(out, pad);
	buf_puts(out, "\"}");
}

bool message_answer_check(struct slice body, uint64_t number,
			  uint64_t body_bytes)
{
	uint64_t id, got;

	return number_behind(body, ANSWER_START, &id) && id == number &&
	       number_behind(body, "\"got\":", &got) && got >= body_bytes &&
	       slice_ends(body, SLICE("\"}"));
}

static void write_chunk(struct buf *out, const char *text, int n)
{
	ASSERT(n > 0);
	buf_printf(out, "%x\r\n", (unsigned)n);
	buf_append(out, (struct slice){text, (size_t)n});
	buf_puts(out, "\r\n");
}

void message_event_write(struct buf *out, const struct message_event *e)
{
	char text[512];
	int n = snprintf(
		text, sizeof(text),
		EVENT_START "%020llu\",\"object\":\"chat.completion.chunk\","
			    "\"created\":1700000000,\"model\":\"demo\","
			    "\"place\":%llu,\"sent\":%llu,"
			    "\"choices\":[{\"index\":0,\"delta\":"
			    "{\"content\":\" word\"},\"finish_reason\":null}]}"
			    "\n\n",
		(unsigned long long)e->number, (unsigned long long)e->place,
		(unsigned long long)e->sent_ns);

	write_chunk(out, text, n);
}

void message_events_end(struct buf *out, uint64_t number, uint64_t events)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 EVENT_START
			 "%020llu\",\"object\":\"chat.completion.chunk\","
			 "\"created\":1700000000,\"model\":\"demo\","
			 "\"choices\":[],\"usage\":{\"prompt_tokens\":64,"
			 "\"completion_tokens\":%llu,"
			 "\"total_tokens\":%llu}}\n\ndata: [DONE]\n\n",
			 (unsigned long long)number, (unsigned long long)events,
			 (unsigned long long)(events + 64));

	write_chunk(out, text, n);
	buf_puts(out, "0\r\n\r\n");
}

bool message_event_read(struct slice event, struct message_event *out)
{
	return slice_starts(event, SLICE(EVENT_START)) &&
	       number_behind(event, EVENT_START, &out->number) &&
	       number_behind(event, "\"place\":", &out->place) &&
	       number_behind(event, "\"sent\":", &out->sent_ns);
}
