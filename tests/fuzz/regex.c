/* A hostile pattern on a hostile text: the first line is the pattern, with
 * the text behind it. It is refused, or matches in order and in bounds. */
#include <stdlib.h>

#include "common/token/regex.h"
#include "common/token/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Steps of a walk are bounded by the text's length. */
static void check_steps(const struct regex_walk *w)
{
	if (w->steps > (2u << 16) + 512 * (uint64_t)w->text.n)
		abort();
}

static void walk(const struct regex *re, struct slice text)
{
	struct regex_room room = {0};
	struct regex_walk w = {re, &room, text};
	struct regex_span span;
	enum status status;
	size_t at = 0, n = 0;

	while ((status = regex_next(&w, &span)) == OK) {
		if (span.start < at || span.end < span.start ||
		    span.end > text.n || ++n > 2 * text.n + 1)
			abort();
		at = span.end;
	}
	if (status != ERR_NOT_FOUND && status != ERR_LIMIT)
		abort();
	check_steps(&w);
	regex_room_fini(&room);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice text = {(const char *)bytes, n};
	struct slice pattern = slice_split(&text, '\n');
	struct regex *re = NULL;
	struct error err = {0};
	enum status status = regex_parse(pattern, &re, &err);

	if ((status == OK) != (re != NULL))
		abort();
	if (status != OK && err.text[0] == '\0')
		abort(); /* refused without a reason */
	if (status == OK && utf8_valid(text))
		walk(re, text);
	regex_destroy(&re);
	return 0;
}
