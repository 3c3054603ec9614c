/* warmpath-sim: simulated vLLM workers, for tests and demonstrations. */
#include "common/base/log.h"
#include "tools/sim/sim.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>

#ifdef __SANITIZE_THREAD__
/* Debian's libzmq is built without the sanitizer, so the hand-over between
 * its threads is invisible and looks like a race. All code of ours runs on
 * one thread. The sanitizer calls this by name. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:libzmq.so\n"
	       "called_from_lib:libzmq.so\n";
}
#endif

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	sim_stop(arg);
}

static int give_up(const struct error *err)
{
	fprintf(stderr, "warmpath-sim: %s\n", err->text);
	return 2;
}

static void print_help(void)
{
	struct buf b;

	buf_init(&b);
	conf_help(&b);
	printf("%.*s", SLICE_ARG(buf_slice(&b)));
	buf_fini(&b);
}

static void run(struct sim *s)
{
	struct event *term, *interrupt;

	term = evsignal_new(loop_base(&s->loop), SIGTERM, on_signal, s);
	interrupt = evsignal_new(loop_base(&s->loop), SIGINT, on_signal, s);
	event_add(term, NULL);
	event_add(interrupt, NULL);
	for (size_t i = 0; i < s->n; i++)
		log_info("%s: http://%s:%llu", s->worker[i].conf.name,
			 s->worker[i].conf.host,
			 (unsigned long long)s->worker[i].conf.port);
	sim_run(s);
	event_free(term);
	event_free(interrupt);
}

static int serve(const struct conf *conf)
{
	struct error err;
	struct sim *s = sim_create(conf, &err);
	int status = 0;

	if (!s)
		return give_up(&err);
	if (conf->announce && sim_announce(s, conf->announce, &err) != OK)
		status = give_up(&err);
	else
		run(s);
	sim_destroy(&s);
	return status;
}

int main(int argc, char **argv)
{
	struct error err;
	struct conf conf;
	int status = 0;

	signal(SIGPIPE, SIG_IGN);
	if (conf_load(argc, argv, &conf, &err) != OK)
		return give_up(&err);
	if (conf.help)
		print_help();
	else
		status = serve(&conf);
	conf_fini(&conf);
	return status;
}
