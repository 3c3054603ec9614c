#include "common/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/thread.h"
#include "tests/unit/abort.h"

/* A pipe stands for where the lines go. */
static int from, to;
static char text[1 << 16];

static void open_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	from = ends[0];
	to = ends[1];
}

static void start(enum log_level level, enum log_format format)
{
	const struct log_options o = {level, format, to};

	log_start(&o);
}

/* All that was written, once the log has stopped. */
static char *stop_and_read(void)
{
	size_t n = 0;
	ssize_t got;

	log_stop();
	close(to);
	while ((got = read(from, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	close(from);
	text[n] = '\0';
	return text;
}

static void a_line_has_time_level_and_text(void **unused)
{
	char *out;

	(void)unused;
	open_pipe();
	start(LOG_INFO, LOG_TEXT);
	log_warn("upstream: %s: %d", "w-3", 7);
	out = stop_and_read();
	assert_int_equal(out[4], '-');
	assert_int_equal(out[10], 'T');
	assert_int_equal(out[26], 'Z');
	assert_string_equal(out + 27, " warn upstream: w-3: 7\n");
}

static void a_json_line_is_one_object(void **unused)
{
	char *out;

	(void)unused;
	open_pipe();
	start(LOG_INFO, LOG_JSON);
	log_error("a \"b\"\n%c", 27);
	out = stop_and_read();
	assert_memory_equal(out, "{\"ts\":\"", 7);
	assert_string_equal(strstr(out, "\",\"level\""),
			    "\",\"level\":\"error\",\"message\":"
			    "\"a \\\"b\\\"\\n\\u001b\"}\n");
}

static void a_peer_cannot_forge_a_line(void **unused)
{
	char *out;

	(void)unused;
	open_pipe();
	start(LOG_INFO, LOG_TEXT);
	log_info("name %s", "x\n2026 error forged\r\x1b[2J\x7f");
	out = stop_and_read();
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	assert_null(strchr(out, 27));
	assert_non_null(strstr(out, "x\\x0a2026 error forged\\x0d\\x1b[2J"
				    "\\x7f\n"));
}

static void levels_below_the_chosen_one_are_silent(void **unused)
{
	char *out;

	(void)unused;
	open_pipe();
	start(LOG_WARN, LOG_TEXT);
	log_info("not this");
	log_debug("nor this");
	log_warn("this");
	log_set_level(LOG_DEBUG);
	log_debug("then this");
	log_set_level(LOG_ERROR);
	log_warn("no more");
	log_error("but this");
	out = stop_and_read();
	assert_null(strstr(out, "nor"));
	assert_null(strstr(out, "not"));
	assert_null(strstr(out, "no more"));
	assert_non_null(strstr(out, "warn this\n"));
	assert_non_null(strstr(out, "debug then this\n"));
	assert_non_null(strstr(out, "error but this\n"));
}

static void a_text_too_long_is_cut(void **unused)
{
	char *out;

	(void)unused;
	open_pipe();
	start(LOG_INFO, LOG_TEXT);
	log_info("%0*d", 20000, 1);
	out = stop_and_read();
	assert_in_range(strlen(out), 4000, 4200);
	assert_int_equal(out[strlen(out) - 1], '\n');
}

static void a_finished_line_passes_as_it_is(void **unused)
{
	(void)unused;
	open_pipe();
	start(LOG_ERROR, LOG_JSON);
	log_line(SLICE("{\"access\":1}"));
	log_line(SLICE(""));
	assert_string_equal(stop_and_read(), "{\"access\":1}\n\n");
}

static void it_can_be_started_and_stopped_again(void **unused)
{
	(void)unused;
	log_stop();
	for (int i = 0; i < 3; i++) {
		open_pipe();
		start(LOG_INFO, i == 1 ? LOG_JSON : LOG_TEXT);
		log_line(SLICE("once"));
		assert_string_equal(stop_and_read(), "once\n");
		log_stop();
	}
}

static void write_before_start(void *arg)
{
	(void)arg;
	dup2(to, 2);
	log_error("early");
	log_line(SLICE("line"));
}

static void before_the_start_lines_go_to_standard_error(void **unused)
{
	char *out;

	(void)unused;
	open_pipe();
	assert_false(aborts(write_before_start, NULL));
	out = stop_and_read();
	assert_non_null(strstr(out, " error early\nline\n"));
}

static size_t count_lines(int fd)
{
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++)
			n += text[i] == '\n';
	return n;
}

/* The reader of the pipe has stopped, as a stuck collector does. */
static void a_full_pipe_holds_up_nobody_and_drops_are_counted(void **unused)
{
	static char line[1000];
	uint64_t before = log_dropped(), start_ms;
	size_t lines = 12000;

	(void)unused;
	memset(line, 'x', sizeof(line));
	open_pipe();
	start(LOG_INFO, LOG_TEXT);
	start_ms = clock_ms();
	for (size_t i = 0; i < lines; i++)
		log_line((struct slice){line, sizeof(line)});
	assert_true(clock_ms() - start_ms < 5000);
	assert_true(log_dropped() > before);
	log_stop();
	assert_true(clock_ms() - start_ms < 15000);
	close(to);
	assert_int_equal(count_lines(from) + (log_dropped() - before), lines);
	close(from);
}

static void a_file_holds_all_lines(void **unused)
{
	char name[] = "/tmp/warmpath-log-XXXXXX";
	uint64_t before = log_dropped();

	(void)unused;
	to = mkstemp(name);
	assert_true(to >= 0);
	from = open(name, O_RDONLY);
	unlink(name);
	start(LOG_INFO, LOG_TEXT);
	for (unsigned i = 0; i < 1000; i++)
		log_info("line %03u", i);
	char *out = stop_and_read();

	for (unsigned i = 0; i < 1000; i++) {
		char line[32];

		snprintf(line, sizeof(line), " info line %03u\n", i);
		out = strstr(out, line);
		assert_non_null(out);
	}
	assert_int_equal(log_dropped(), before);
}

static void what_was_dropped_is_told_once_lines_flow_again(void **unused)
{
	static char line[1000];
	uint64_t before = log_dropped();
	char *told = NULL;
	size_t n = 0;

	(void)unused;
	memset(line, 'x', sizeof(line));
	open_pipe();
	fcntl(from, F_SETFL, O_NONBLOCK);
	start(LOG_INFO, LOG_TEXT);
	/* More than pipe, writer and queue take. */
	for (int i = 0; i < 12000; i++)
		log_line((struct slice){line, sizeof(line)});
	while (told == NULL) {
		size_t kept = n < 100 ? n : 100; /* it may come in two parts */
		ssize_t got;

		log_line(SLICE("again"));
		memmove(text, text + n - kept, kept);
		got = read(from, text + kept, sizeof(text) - 1 - kept);
		n = kept + (got > 0 ? (size_t)got : 0);
		text[n] = '\0';
		told = strstr(text, "warn log: ");
		told = told && strchr(told, '\n') ? told : NULL;
	}
	assert_in_range(strtoul(told + 10, NULL, 10), 1,
			log_dropped() - before);
	assert_non_null(strstr(told, "lines were dropped: nobody took them"));
	log_stop();
	close(from);
	close(to);
}

static void lines_behind_a_torn_one_are_whole(void **unused)
{
	static char line[1000];
	size_t n = 0;
	ssize_t got;
	char *last;

	(void)unused;
	memset(line, 'x', sizeof(line));
	open_pipe();
	start(LOG_INFO, LOG_TEXT);
	/* More than the pipe takes: a line is torn. */
	for (int i = 0; i < 100; i++)
		log_line((struct slice){line, sizeof(line)});
	log_stop();
	fcntl(from, F_SETFL, O_NONBLOCK);
	while (read(from, text, sizeof(text)) > 0)
		;
	start(LOG_INFO, LOG_TEXT);
	log_line(SLICE("whole"));
	log_stop();
	while ((got = read(from, text + n, 100)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	last = strstr(text, "whole\n");
	assert_non_null(last);
	assert_true(last == text || last[-1] == '\n');
	close(from);
	close(to);
}

static void a_closed_descriptor_loses_lines_and_nothing_else(void **unused)
{
	uint64_t before = log_dropped();

	(void)unused;
	open_pipe();
	start(LOG_INFO, LOG_TEXT);
	close(from);
	log_line(SLICE("a"));
	log_line(SLICE("b"));
	log_stop();
	assert_int_equal(log_dropped() - before, 2);
	close(to);
}

#define WRITERS 4
#define LINES   3000

static void write_many(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_write(i % 2 ? LOG_INFO : LOG_DEBUG, "%d-%d", *(int *)arg,
			  i);
}

static void count_them(void *arg)
{
	*(size_t *)arg = count_lines(from);
}

static void threads_lines_are_all_there(void **unused)
{
	struct thread t[WRITERS], reader;
	uint64_t before = log_dropped();
	int number[WRITERS];
	size_t n = 0;

	(void)unused;
	open_pipe();
	start(LOG_DEBUG, LOG_TEXT);
	thread_start(&reader, "reader", count_them, &n);
	for (int i = 0; i < WRITERS; i++) {
		number[i] = i;
		thread_start(&t[i], "writer", write_many, &number[i]);
	}
	for (int i = 0; i < WRITERS; i++)
		thread_join(&t[i]);
	log_stop();
	close(to);
	thread_join(&reader);
	close(from);
	assert_int_equal(n + (log_dropped() - before), WRITERS * LINES);
	assert_true(log_dropped() == before);
}

/* A stop between their lines loses none of them. */
static void threads_may_write_while_it_stops_and_starts(void **unused)
{
	struct thread t[WRITERS], reader;
	uint64_t before = log_dropped();
	int number[WRITERS];
	size_t n = 0;

	(void)unused;
	open_pipe();
	start(LOG_DEBUG, LOG_TEXT);
	thread_start(&reader, "reader", count_them, &n);
	for (int i = 0; i < WRITERS; i++) {
		number[i] = i;
		thread_start(&t[i], "writer", write_many, &number[i]);
	}
	for (int i = 0; i < 20; i++) {
		log_stop();
		start(LOG_DEBUG, i % 2 ? LOG_JSON : LOG_TEXT);
	}
	for (int i = 0; i < WRITERS; i++)
		thread_join(&t[i]);
	log_stop();
	close(to);
	thread_join(&reader);
	close(from);
	assert_int_equal(n + (log_dropped() - before), WRITERS * LINES);
}

static void only_four_words_are_levels(void **unused)
{
	enum log_level level = LOG_DEBUG;

	(void)unused;
	assert_false(log_level_parse("", &level));
	assert_false(log_level_parse("INFO", &level));
	assert_false(log_level_parse("warning", &level));
	assert_int_equal(level, LOG_DEBUG);
	assert_true(log_level_parse("warn", &level));
	assert_int_equal(level, LOG_WARN);
	assert_true(log_level_parse("error", &level));
	assert_int_equal(level, LOG_ERROR);
}

static void start_again(void *arg)
{
	(void)arg;
	start(LOG_INFO, LOG_TEXT);
	start(LOG_INFO, LOG_TEXT);
}

static void starting_twice_aborts(void **unused)
{
	(void)unused;
	assert_true(aborts(start_again, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_start_lines_go_to_standard_error),
		cmocka_unit_test(a_line_has_time_level_and_text),
		cmocka_unit_test(a_json_line_is_one_object),
		cmocka_unit_test(a_peer_cannot_forge_a_line),
		cmocka_unit_test(levels_below_the_chosen_one_are_silent),
		cmocka_unit_test(a_text_too_long_is_cut),
		cmocka_unit_test(a_finished_line_passes_as_it_is),
		cmocka_unit_test(it_can_be_started_and_stopped_again),
		cmocka_unit_test(
			a_full_pipe_holds_up_nobody_and_drops_are_counted),
		cmocka_unit_test(a_file_holds_all_lines),
		cmocka_unit_test(
			what_was_dropped_is_told_once_lines_flow_again),
		cmocka_unit_test(lines_behind_a_torn_one_are_whole),
		cmocka_unit_test(
			a_closed_descriptor_loses_lines_and_nothing_else),
		cmocka_unit_test(threads_lines_are_all_there),
		cmocka_unit_test(threads_may_write_while_it_stops_and_starts),
		cmocka_unit_test(only_four_words_are_levels),
		cmocka_unit_test(starting_twice_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
