#include "router/command_top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "router/admin_client.h"
#include "router/command_options.h"
#include "router/top.h"

#define MAX_INTERVAL_S 3600
#define WIDE           1000 /* columns, where there is no terminal */

/* Another screen, without a cursor, and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME  "\033[H"
#define REST  "\033[J" /* what is below is blank */
#define CLEAR "\033[K" /* what is to the right is blank */

static const char help[] =
	"usage: warmpath top [--admin URL] [--interval SECONDS]\n"
	"\n"
	"Shows a running gateway, its workers and its last decisions, anew\n"
	"every second, until q or Ctrl-C. Where standard output is no\n"
	"terminal it prints once, after the first interval.\n"
	"\n"
	"  --admin URL         its admin address; default " ADMIN_CLIENT_URL
	"\n"
	"  --ca FILE           whom to trust if that is https\n"
	"  --interval SECONDS  1 to 3600; default 1\n"
	"  --help              this text\n"
	"\n"
	"Exit status: 0, 2 for wrong usage or if no gateway answers.\n";

struct options {
	const char *admin, *ca;
	uint64_t interval_s;
	bool help;
};

/* What was answered last, and how it stood before. */
struct view {
	const struct options *o;
	struct admin_client client;
	struct top_counts was, is;
	bool has_was, has_is;
	struct buf workers, decisions;
};

static volatile sig_atomic_t stopped;

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;
	uint64_t n;

	switch (letter) {
	case 'a': o->admin = value; return OK;
	case 'c': o->ca = value; return OK;
	case 'h': o->help = true; return OK;
	case 'i':
		if (slice_to_u64(slice_of(value), MAX_INTERVAL_S, &n) != OK ||
		    n == 0)
			return command_usage(err, "--interval", value,
					     "not a number from 1 to 3600");
		o->interval_s = n;
		return OK;
	}
	return ERR_INVALID;
}

static const struct option known[] = {
	{"admin", required_argument, NULL, 'a'},
	{"ca", required_argument, NULL, 'c'},
	{"interval", required_argument, NULL, 'i'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, NULL, take_option};

/* --- what is asked -------------------------------------------------------- */

static enum status fetch(struct view *v, const char *path, struct buf *out,
			 struct error *err)
{
	unsigned http_status;
	enum status st;

	buf_reset(out, 0);
	st = admin_client_ask(&v->client, path, NULL, &http_status, out, err);
	if (st == OK && http_status != 200)
		return error_set(err, ERR_INVALID, "%s%s: status %u",
				 v->o->admin, path, http_status);
	return st;
}

static enum status look(struct view *v, struct error *err)
{
	struct buf metrics = {0};
	enum status st = fetch(v, "/metrics", &metrics, err);

	if (st == OK)
		st = fetch(v, "/workers", &v->workers, err);
	if (st == OK)
		st = fetch(v, "/decisions?n=12&format=text", &v->decisions,
			   err);
	if (st == OK) {
		if (v->has_was)
			top_counts_fini(&v->was);
		v->was = v->is;
		v->has_was = v->has_is;
		top_counts_read(&v->is, buf_slice(&metrics),
				(double)clock_ms() / 1e3);
		v->has_is = true;
	}
	buf_fini(&metrics);
	return st;
}

static enum status draw(const struct view *v, size_t rows, size_t columns,
			struct buf *out, struct error *err)
{
	const struct top t = {
		.url = v->o->admin,
		.was = v->has_was ? &v->was : NULL,
		.is = &v->is,
		.workers = buf_slice(&v->workers),
		.decisions = buf_slice(&v->decisions),
		.rows = rows,
		.columns = columns,
	};

	return top_draw(&t, out, err);
}

static void view_fini(struct view *v)
{
	if (v->has_was)
		top_counts_fini(&v->was);
	if (v->has_is)
		top_counts_fini(&v->is);
	buf_fini(&v->workers);
	buf_fini(&v->decisions);
	admin_client_fini(&v->client);
}

/* --- the terminal --------------------------------------------------------- */

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static bool print(struct slice s)
{
	return fwrite(s.n > 0 ? s.p : "", 1, s.n, stdout) == s.n &&
	       fflush(stdout) == 0;
}

/* Over what stands there, without a flicker. */
static bool show(struct slice screen)
{
	struct buf out = {0};
	bool fine;

	buf_puts(&out, HOME);
	while (screen.n > 0) {
		buf_append(&out, slice_split(&screen, '\n'));
		buf_puts(&out, screen.n > 0 ? CLEAR "\r\n" : CLEAR);
	}
	buf_puts(&out, REST);
	fine = print(buf_slice(&out));
	buf_fini(&out);
	return fine;
}

/* True: somebody wants no more. */
static bool wait_or_quit(uint64_t ms)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t end_ms = clock_ms() + ms, now_ms;
	char key;

	while (!stopped && (now_ms = clock_ms()) < end_ms) {
		if (poll(&in, 1, (int)(end_ms - now_ms)) <= 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) != 1)
			in.fd = -1; /* nobody is there to press a key */
		else if (key == 'q' || key == 'Q' || key == 3)
			return true;
	}
	return stopped;
}

/* Some terminals do not know. */
static struct winsize size_of_terminal(void)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (size.ws_row == 0)
		size.ws_row = 24;
	if (size.ws_col == 0)
		size.ws_col = 80;
	return size;
}

static enum status run_screen(struct view *v, struct error *err)
{
	enum status st = OK;

	while (st == OK) {
		struct winsize size = size_of_terminal();
		struct buf screen = {0};

		st = look(v, err);
		if (st == OK)
			st = draw(v, size.ws_row, size.ws_col, &screen, err);
		if (st == OK && !show(buf_slice(&screen)))
			st = error_set(err, ERR_IO, "%s", strerror(errno));
		buf_fini(&screen);
		if (st == OK && wait_or_quit(v->o->interval_s * 1000))
			return OK;
	}
	return st;
}

static enum status run_terminal(struct view *v, struct error *err)
{
	struct termios was, raw;
	bool keys = tcgetattr(STDIN_FILENO, &was) == 0;
	enum status st;

	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (keys) {
		raw = was;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	print(SLICE(ENTER));
	st = run_screen(v, err);
	print(SLICE(LEAVE));
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &was);
	return st;
}

static enum status run_once(struct view *v, struct error *err)
{
	struct buf out = {0};
	enum status st = look(v, err);

	if (st == OK) {
		sleep((unsigned)v->o->interval_s);
		st = look(v, err);
	}
	if (st == OK)
		st = draw(v, 0, WIDE, &out, err);
	if (st == OK && !print(buf_slice(&out)))
		st = error_set(err, ERR_IO, "%s", strerror(errno));
	buf_fini(&out);
	return st;
}

static enum status run(const struct options *o, struct error *err)
{
	struct view v = {.o = o};
	enum status st = admin_client_init(&v.client, o->admin, o->ca, err);

	if (st != OK)
		return st;
	st = isatty(STDOUT_FILENO) ? run_terminal(&v, err) : run_once(&v, err);
	view_fini(&v);
	return st;
}

int command_top(int argc, char **argv)
{
	struct options o = {.admin = ADMIN_CLIENT_URL, .interval_s = 1};
	struct error err = {0};

	signal(SIGPIPE, SIG_IGN);
	if (command_options_parse(&command, &o, argc, argv, &err) == OK) {
		if (o.help) {
			fputs(help, stdout);
			return COMMAND_FINE;
		}
		if (run(&o, &err) == OK)
			return COMMAND_FINE;
	}
	fprintf(stderr, "warmpath top: %s\n", err.text);
	return COMMAND_USAGE;
}
