/* Lines are answered in their places, however they come. */
#include "router/command_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

/* Says the line back; "no" is refused after half an answer. */
static enum status echo(const void *of, struct slice line, struct arena *arena,
			struct buf *out, struct error *err)
{
	(void)of;
	(void)arena;
	buf_puts(out, "{\"line\":");
	if (slice_equal(line, SLICE("no")))
		return error_set(err, ERR_INVALID, "it is \"no\"");
	buf_json_string(out, line);
	buf_putc(out, '}');
	return OK;
}

static const struct command_lines lines = {
	.name = "test", .answer = echo, .max_line_bytes = 8};

static void check(const char *input, int status, const char *want)
{
	char got[1024];
	FILE *in = tmpfile(), *out = tmpfile();
	size_t n;

	assert_true(in && out);
	fputs(input, in);
	rewind(in);
	assert_int_equal(command_lines_run(&lines, fileno(in), fileno(out)),
			 status);
	rewind(out);
	n = fread(got, 1, sizeof(got) - 1, out);
	got[n] = '\0';
	assert_string_equal(got, want);
	fclose(in);
	fclose(out);
}

static void each_line_has_its_answer(void **state)
{
	(void)state;
	check("", 0, "");
	check("a\nb\n", 0, "{\"line\":\"a\"}\n{\"line\":\"b\"}\n");
	check("\n", 0, "{\"line\":\"\"}\n");
	check("a\nb", 0, "{\"line\":\"a\"}\n{\"line\":\"b\"}\n");
}

static void an_error_stands_in_the_answers_place(void **state)
{
	(void)state;
	check("a\nno\nb\n", 1,
	      "{\"line\":\"a\"}\n{\"error\":\"it is \\\"no\\\"\"}\n"
	      "{\"line\":\"b\"}\n");
	check("no", 1, "{\"error\":\"it is \\\"no\\\"\"}\n");
}

static void a_line_past_the_maximum_is_passed_over(void **state)
{
	(void)state;
	check("12345678\n123456789\nb\n", 1,
	      "{\"line\":\"12345678\"}\n"
	      "{\"error\":\"a line may have 8 bytes\"}\n{\"line\":\"b\"}\n");
	check("123456789", 1, "{\"error\":\"a line may have 8 bytes\"}\n");
}

/* Reads stop in the middle of lines. */
static void lines_may_come_in_pieces(void **state)
{
	int in[2], out[2];
	char got[64];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	pid_t child = fork();
	if (child == 0) {
		close(in[1]);
		exit(command_lines_run(&lines, in[0], out[1]));
	}
	close(in[0]);
	assert_int_equal(write(in[1], "ab", 2), 2);
	assert_int_equal(write(in[1], "cd\nef", 5), 5);
	/* Answered although the input has not ended. */
	assert_int_equal(read(out[0], got, sizeof(got)), 16);
	assert_memory_equal(got, "{\"line\":\"abcd\"}\n", 16);
	assert_int_equal(write(in[1], "\n", 1), 1);
	assert_int_equal(read(out[0], got, sizeof(got)), 14);
	close(in[1]);
	close(out[0]);
	close(out[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_long_line_in_pieces_is_answered_once(void **state)
{
	char *text = malloc(300001);

	(void)state;
	memset(text, 'x', 300000);
	text[300000] = '\0';
	text[299998] = '\n';
	check(text, 1,
	      "{\"error\":\"a line may have 8 bytes\"}\n{\"line\":\"x\"}\n");
	free(text);
}

static void a_stream_that_fails_is_a_fault(void **state)
{
	FILE *in = tmpfile();

	(void)state;
	fputs("a\n", in);
	rewind(in);
	assert_int_equal(command_lines_run(&lines, fileno(in), -1), 1);
	assert_int_equal(command_lines_run(&lines, -1, -1), 1);
	fclose(in);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(each_line_has_its_answer),
		cmocka_unit_test(an_error_stands_in_the_answers_place),
		cmocka_unit_test(a_line_past_the_maximum_is_passed_over),
		cmocka_unit_test(lines_may_come_in_pieces),
		cmocka_unit_test(a_long_line_in_pieces_is_answered_once),
		cmocka_unit_test(a_stream_that_fails_is_a_fault),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
