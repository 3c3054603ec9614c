#include "router/command_explain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "router/admin_client.h"
#include "router/command_options.h"

#define MAX_BODY_BYTES ((size_t)1 << 30)
#define READ_BYTES     ((size_t)64 << 10)

static const char help[] =
	"usage: warmpath explain [--admin URL] [ID | FILE | -]\n"
	"\n"
	"Asks a running gateway why a request went where it went: all\n"
	"workers, what each would have cost, who was excluded and why, what\n"
	"was expected and what came of it.\n"
	"\n"
	"  ID            a request of the last minutes, by the id in its "
	"access\n"
	"                line, or by the X-Request-Id of its client\n"
	"  FILE or -     a request's body: where it would go now; - is "
	"standard\n"
	"                input. Nothing is sent to a worker to be served.\n"
	"  neither       the last decisions, a line each\n"
	"\n"
	"  --admin URL   its admin address; default " ADMIN_CLIENT_URL "\n"
	"  --ca FILE     whom to trust if that is https\n"
	"  --path PATH   of a body; default /v1/chat/completions\n"
	"  --tenant NAME where this tenant asks\n"
	"  --json        for programs\n"
	"  --help        this text\n"
	"\n"
	"Exit status: 0, 1 if the gateway refused, 2 for wrong usage or if no\n"
	"gateway answers.\n";

struct options {
	const char *admin, *ca, *path, *tenant, *what;
	bool json, help;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	(void)err;
	switch (letter) {
	case 'a': o->admin = value; return OK;
	case 'c': o->ca = value; return OK;
	case 'p': o->path = value; return OK;
	case 't': o->tenant = value; return OK;
	case 'j': o->json = true; return OK;
	case 'h': o->help = true; return OK;
	}
	return ERR_INVALID;
}

static enum status take_argument(void *of, const char *value, struct error *err)
{
	struct options *o = of;

	if (*value == '\0')
		return command_usage(err, "''", NULL, "no id and no file");
	if (o->what != NULL)
		return command_usage(err, value, NULL,
				     "one request at a time; try --help");
	o->what = value;
	return OK;
}

static const struct option known[] = {
	{"admin", required_argument, NULL, 'a'},
	{"ca", required_argument, NULL, 'c'},
	{"path", required_argument, NULL, 'p'},
	{"tenant", required_argument, NULL, 't'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {
	.known = known,
	.take = take_option,
	.take_argument = take_argument,
};

static enum status read_input(struct buf *out, struct error *err)
{
	ssize_t n;

	do {
		n = read(STDIN_FILENO, buf_reserve(out, READ_BYTES),
			 READ_BYTES);
		if (n > 0)
			buf_commit(out, (size_t)n);
		if (buf_len(out) > MAX_BODY_BYTES)
			return error_set(err, ERR_LIMIT, "-: too large a body");
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return error_set(err, ERR_IO, "-: %s", strerror(errno));
	return OK;
}

static bool is_body(const char *what)
{
	return what != NULL && (strcmp(what, "-") == 0 || file_exists(what));
}

static enum status read_body(const struct options *o, struct buf *out,
			     struct error *err)
{
	if (strcmp(o->what, "-") == 0)
		return read_input(out, err);
	return file_read(o->what, MAX_BODY_BYTES, out, err);
}

static void put_value(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, "&%s=", key);
	admin_client_escape(out, value);
}

/* Terminated. */
static struct buf path_of(const struct options *o)
{
	struct buf path = {0};

	if (is_body(o->what)) {
		buf_puts(&path, "/explain");
	} else if (o->what != NULL) {
		buf_puts(&path, "/explain/");
		admin_client_escape(&path, o->what);
	} else {
		buf_puts(&path, "/decisions");
	}
	buf_puts(&path, o->json ? "?format=json" : "?format=text");
	put_value(&path, "path", o->path);
	put_value(&path, "tenant", o->tenant);
	buf_putc(&path, '\0');
	return path;
}

/* The gateway's refusals are told where errors are. */
static int print(unsigned http_status, struct slice answer)
{
	FILE *to = http_status == 200 ? stdout : stderr;
	bool ok = fwrite(answer.n > 0 ? answer.p : "", 1, answer.n, to) ==
			  answer.n &&
		  fflush(to) == 0;

	if (answer.n > 0 && answer.p[answer.n - 1] != '\n')
		fputc('\n', to);
	return ok && http_status == 200 ? COMMAND_FINE : COMMAND_BAD_LINE;
}

static enum status ask(const struct options *o, struct admin_client *c,
		       unsigned *http_status, struct buf *answer,
		       struct error *err)
{
	struct buf path = path_of(o), body = {0};
	struct slice sent;
	enum status st = OK;

	if (is_body(o->what))
		st = read_body(o, &body, err);
	sent = buf_slice(&body);
	if (st == OK)
		st = admin_client_ask(c, path.p,
				      is_body(o->what) ? &sent : NULL,
				      http_status, answer, err);
	buf_fini(&path);
	buf_fini(&body);
	return st;
}

static int explain(const struct options *o, struct error *err)
{
	struct buf answer = {0};
	struct admin_client c;
	unsigned http_status = 0;
	int status = COMMAND_USAGE;

	if (admin_client_init(&c, o->admin, o->ca, err) != OK)
		return COMMAND_USAGE;
	if (ask(o, &c, &http_status, &answer, err) == OK)
		status = print(http_status, buf_slice(&answer));
	buf_fini(&answer);
	admin_client_fini(&c);
	return status;
}

int command_explain(int argc, char **argv)
{
	struct options o = {.admin = ADMIN_CLIENT_URL};
	struct error err = {0};
	int status = COMMAND_USAGE;

	if (command_options_parse(&command, &o, argc, argv, &err) == OK) {
		if (o.help) {
			fputs(help, stdout);
			return COMMAND_FINE;
		}
		signal(SIGPIPE, SIG_IGN);
		status = explain(&o, &err);
	}
	if (err.text[0] != '\0')
		fprintf(stderr, "warmpath explain: %s\n", err.text);
	return status;
}
