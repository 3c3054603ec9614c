#include "tools/sim/sim.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#include <zmq.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool start(struct sim *s, const struct conf *conf, struct error *err)
{
	s->worker = mem_array(conf->n, sizeof(*s->worker));
	for (size_t i = 0; i < conf->n; i++) {
		struct worker *w = &s->worker[i];
		bool ok = worker_init(w, s, &conf->worker[i], err);

		s->n = i + 1;
		if (!ok || !worker_open(w, err))
			return false;
	}
	return true;
}

struct sim *sim_create(const struct conf *conf, struct error *err)
{
	struct sim *s = mem_zalloc(sizeof(*s));

	loop_init(&s->loop);
	s->machine.loop = &s->loop;
	s->machine.start_ns = clock_ns();
	s->machine.zmq = zmq_ctx_new();
	ASSERT(s->machine.zmq != NULL);
	zmq_ctx_set(s->machine.zmq, ZMQ_MAX_SOCKETS, 65535);
	if (!start(s, conf, err))
		sim_destroy(&s);
	return s;
}

void sim_destroy(struct sim **sp)
{
	struct sim *s = *sp;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		worker_fini(&s->worker[i]);
	mem_free(s->worker);
	zmq_ctx_term(s->machine.zmq);
	loop_fini(&s->loop);
	mem_free(s);
	*sp = NULL;
}

/* Where a listener at `host` is reached. */
static void put_authority(struct buf *b, const char *host, uint64_t port)
{
	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	buf_printf(b, strchr(host, ':') != NULL ? "[%s]:%llu" : "%s:%llu", host,
		   (unsigned long long)port);
}

static void put_url(struct buf *b, const char *key, const char *host,
		    uint64_t port)
{
	buf_printf(b, ",\"%s\":", key);
	if (!port) {
		buf_puts(b, "null");
		return;
	}
	buf_puts(b, "\"tcp://");
	put_authority(b, host, port);
	buf_putc(b, '"');
}

/* As the gateway's configuration has it. */
static void put_peer(struct buf *b, const char *host, uint64_t port)
{
	if (!port) {
		buf_puts(b, ",\"peer\":null");
		return;
	}
	buf_puts(b, ",\"peer\":\"");
	put_authority(b, host, port);
	buf_putc(b, '"');
}

static void put_ranks(const struct worker *w, struct buf *b)
{
	buf_puts(b, ",\"ranks\":[");
	for (size_t i = 0; i < w->n_ranks; i++) {
		buf_printf(b, "%s{\"rank\":%zu", i ? "," : "", i);
		put_url(b, "events", w->conf.host, w->event_port[i]);
		put_url(b, "replay", w->conf.host, w->replay_port[i]);
		put_url(b, "transfer", w->conf.host, w->transfer_port[i]);
		put_peer(b, w->conf.host, w->peer_port[i]);
		put_url(b, "alloc", w->conf.host, w->alloc_port[i]);
		buf_puts(b, ",\"engine_id\":");
		buf_json_string(b, slice_of(w->transfer[i].engine_id));
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void put_bootstrap(const struct worker *w, struct buf *b)
{
	if (!w->bootstrap) {
		buf_puts(b, ",\"bootstrap\":null");
		return;
	}
	buf_puts(b, ",\"bootstrap\":\"http://");
	put_authority(b, w->conf.host, w->bootstrap_port);
	buf_putc(b, '"');
}

static void put_worker(const struct worker *w, struct buf *b)
{
	buf_puts(b, "{\"name\":");
	buf_json_string(b, slice_of(w->conf.name));
	buf_printf(b, ",\"url\":\"http%s://", w->tls != NULL ? "s" : "");
	put_authority(b, w->conf.host, w->conf.port);
	buf_putc(b, '"');
	put_url(b, "events", w->conf.host, w->event_port[0]);
	put_url(b, "replay", w->conf.host, w->replay_port[0]);
	put_peer(b, w->conf.host, w->peer_port[0]);
	buf_puts(b, ",\"model\":");
	buf_json_string(b, slice_of(w->conf.model));
	buf_puts(b, ",\"tokenizer\":");
	buf_json_string(b, slice_of(w->conf.tokenizer));
	buf_puts(b, ",\"topic\":");
	buf_json_string(b, slice_of(w->conf.topic));
	buf_puts(b, ",\"hash\":");
	buf_json_string(b, slice_of(w->conf.hash));
	buf_puts(b, ",\"role\":");
	buf_json_string(b, slice_of(w->conf.role));
	buf_puts(b, ",\"connector\":");
	buf_json_string(b, slice_of(w->conf.connector));
	put_bootstrap(w, b);
	buf_puts(b, ",\"seed\":");
	buf_json_string(b, slice_of(w->conf.seed));
	buf_printf(b,
		   ",\"block_size\":%llu,\"num_gpu_blocks\":%llu,"
		   "\"max_model_len\":%zu",
		   (unsigned long long)w->conf.block_size,
		   (unsigned long long)w->conf.num_gpu_blocks,
		   w->limits.max_model_len);
	put_ranks(w, b);
	buf_putc(b, '}');
}

static bool write_file(const char *path, struct slice s)
{
	FILE *f = fopen(path, "w");
	bool ok;

	if (!f)
		return false;
	ok = fwrite(s.p, 1, s.n, f) == s.n;
	return fclose(f) == 0 && ok;
}

enum status sim_announce(const struct sim *s, const char *path,
			 struct error *err)
{
	char temp[4096];
	struct buf b;
	bool ok;

	buf_init(&b);
	buf_putc(&b, '[');
	for (size_t i = 0; i < s->n; i++) {
		buf_puts(&b, i ? ",\n" : "");
		put_worker(&s->worker[i], &b);
	}
	buf_puts(&b, "]\n");
	ok = snprintf(temp, sizeof(temp), "%s.new", path) < (int)sizeof(temp);
	ok = ok && write_file(temp, buf_slice(&b)) && rename(temp, path) == 0;
	buf_fini(&b);
	if (ok)
		return OK;
	return error_set(err, ERR_IO, "announce: %s: %s", path,
			 strerror(errno));
}

void sim_run(struct sim *s)
{
	loop_run(&s->loop);
}

void sim_stop(struct sim *s)
{
	loop_stop(&s->loop);
}
