/* The gateway's side of the comparison of patterns.
 *
 * usage: cut PATTERN
 * Reads records of a length and that many bytes of text until the input
 * ends, and answers each with a count of numbers and the numbers: start and
 * end of each match in bytes; a text that is refused has the count
 * UINT32_MAX. All numbers have 32 bits in the machine's order. Exit status
 * 2, with the reason, if the pattern is refused. */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/buf.h"
#include "common/token/regex.h"
#include "common/token/tokenizer.h"
#include "common/token/utf8.h"

#define MAX_BYTES (256u << 20)

/* Without numbers it is a refusal. */
static void put(uint32_t n, const uint32_t *number)
{
	size_t count = number ? n : 0;

	if (fwrite(&n, sizeof(n), 1, stdout) != 1)
		exit(1);
	if (count > 0 &&
	    fwrite(number, sizeof(*number), count, stdout) != count)
		exit(1);
}

static void answer(const struct regex *re, struct regex_room *room,
		   struct slice text, struct token_list *found)
{
	struct regex_walk walk = {re, room, text};
	struct regex_span span;
	enum status status;

	found->n = 0;
	while ((status = regex_next(&walk, &span)) == OK) {
		token_list_push(found, (uint32_t)span.start);
		token_list_push(found, (uint32_t)span.end);
	}
	if (status == ERR_NOT_FOUND)
		put((uint32_t)found->n, found->id);
	else
		put(UINT32_MAX, NULL);
}

static void answer_all(const struct regex *re)
{
	struct regex_room room = {0};
	struct token_list found;
	struct buf text;
	uint32_t n;

	token_list_init(&found);
	buf_init(&text);
	while (fread(&n, sizeof(n), 1, stdin) == 1 && n <= MAX_BYTES) {
		buf_reset(&text, SIZE_MAX);
		if (fread(buf_reserve(&text, n), 1, n, stdin) != n)
			exit(1);
		buf_commit(&text, n);
		answer(re, &room, buf_slice(&text), &found);
	}
	buf_fini(&text);
	token_list_fini(&found);
	regex_room_fini(&room);
}

int main(int argc, char **argv)
{
	struct error err = {0};
	struct regex *re;

	if (argc != 2) {
		fprintf(stderr, "usage: cut PATTERN\n");
		return 1;
	}
	if (regex_parse(slice_of(argv[1]), &re, &err) != OK) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	answer_all(re);
	regex_destroy(&re);
	return 0;
}
