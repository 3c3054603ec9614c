#include "tools/sim/conf.h"

#include "common/base/assert.h"
#include "tools/sim/option.h"

#include <libfyaml.h>

#include <string.h>

/* Options of the process, not of a worker. */
struct reading {
	struct arena *arena;
	struct worker_conf base; /* what entries start from */
	const char *file, *announce;
	uint64_t workers; /* 0: not told */
	struct fy_document *doc;
	struct fy_node *list; /* the file's `workers`, if it is a list */
	bool help;
};

static const struct option workers_option = {
	"workers", OPTION_COUNT, 0, 1, CONF_MAX_WORKERS, "1", "",
};

static struct slice node_text(struct fy_node *node)
{
	size_t n = 0;
	const char *p = node ? fy_node_get_scalar(node, &n) : NULL;

	return (struct slice){p, p ? n : 0};
}

static enum status set_named(struct worker_conf *w, struct slice name,
			     struct slice text, struct arena *arena,
			     struct error *err)
{
	const struct option *o = option_find(name);

	if (!o)
		return error_set(err, ERR_INVALID,
				 "%.*s: no such option; see --help",
				 SLICE_ARG(name));
	return option_set(w, o, text, arena, err);
}

static enum status set_workers(struct reading *rd, struct slice text,
			       struct error *err)
{
	struct worker_conf holder;

	/* The row's offset is 0: it writes to the holder's first bytes. */
	memset(&holder, 0, sizeof(holder));
	if (option_set(&holder, &workers_option, text, rd->arena, err) != OK)
		return err->status;
	memcpy(&rd->workers, &holder, sizeof(rd->workers));
	return OK;
}

static enum status top_key(struct reading *rd, struct fy_node_pair *pair,
			   struct error *err)
{
	struct slice key = node_text(fy_node_pair_key(pair));
	struct fy_node *value = fy_node_pair_value(pair);

	if (slice_equal(key, SLICE("announce"))) {
		rd->announce = arena_copy(rd->arena, node_text(value)).p;
		return OK;
	}
	if (!slice_equal(key, SLICE("workers")))
		return set_named(&rd->base, key, node_text(value), rd->arena,
				 err);
	if (value && fy_node_is_sequence(value)) {
		rd->list = value;
		return OK;
	}
	return set_workers(rd, node_text(value), err);
}

static enum status read_file(struct reading *rd, struct error *err)
{
	struct fy_parse_cfg cfg = {.flags = FYPCF_DEFAULT_DOC | FYPCF_QUIET};
	struct fy_node_pair *pair;
	struct fy_node *root;
	void *at = NULL;

	rd->doc = fy_document_build_from_file(&cfg, rd->file);
	root = rd->doc ? fy_document_root(rd->doc) : NULL;
	if (!root || !fy_node_is_mapping(root))
		return error_set(err, ERR_INVALID,
				 "%s: cannot be read as a YAML mapping",
				 rd->file);
	while ((pair = fy_node_mapping_iterate(root, &at)))
		if (top_key(rd, pair, err) != OK)
			return err->status;
	return OK;
}

/* "--name value" and "--name=value"; `*i` moves over what was used. */
static enum status read_flag(struct reading *rd, int argc, char **argv, int *i,
			     struct error *err)
{
	struct slice text = slice_of(argv[*i]), name;

	if (!slice_starts(text, SLICE("--")))
		return error_set(err, ERR_INVALID,
				 "%s: not an option; see --help", argv[*i]);
	text = slice_from(text, 2);
	name = slice_split(&text, '=');
	if (slice_equal(name, SLICE("help"))) {
		rd->help = true;
		return OK;
	}
	if (!strchr(argv[*i], '=')) {
		if (*i + 1 == argc)
			return error_set(err, ERR_INVALID,
					 "%s: a value must follow", argv[*i]);
		text = slice_of(argv[++*i]);
	}
	if (slice_equal(name, SLICE("config")))
		return OK; /* read before all flags */
	if (slice_equal(name, SLICE("announce"))) {
		rd->announce = arena_copy(rd->arena, text).p;
		return OK;
	}
	if (slice_equal(name, SLICE("workers")))
		return set_workers(rd, text, err);
	return set_named(&rd->base, name, text, rd->arena, err);
}

static const char *config_of(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--config=", 9) == 0)
			return argv[i] + 9;
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* Workers of one process count up from the base's name and ports. */
static void number(struct worker_conf *w, const struct reading *rd, size_t i)
{
	uint64_t ranks = w->data_parallel;

	w->name = arena_printf(rd->arena, "%s-%zu", w->name, i);
	w->port += w->port ? i : 0;
	w->event_port += w->event_port ? i * ranks : 0;
	w->replay_port += w->replay_port ? i * ranks : 0;
	w->peer_port += w->peer_port ? i * ranks : 0;
	w->transfer_port += w->transfer_port ? i * ranks : 0;
	w->alloc_port += w->alloc_port ? i * ranks : 0;
	w->bootstrap_port += w->bootstrap_port ? i : 0;
}

static enum status read_entry(struct reading *rd, struct fy_node *node,
			      struct worker_conf *w, struct error *err)
{
	struct fy_node_pair *pair;
	void *at = NULL;

	if (!fy_node_is_mapping(node))
		return error_set(err, ERR_INVALID,
				 "%s: workers: an entry is not a mapping",
				 rd->file);
	while ((pair = fy_node_mapping_iterate(node, &at))) {
		struct slice key = node_text(fy_node_pair_key(pair));
		struct slice value = node_text(fy_node_pair_value(pair));

		if (set_named(w, key, value, rd->arena, err) != OK)
			return err->status;
	}
	return OK;
}

static enum status build(struct reading *rd, struct conf *out,
			 struct error *err)
{
	size_t n = rd->list ? (size_t)fy_node_sequence_item_count(rd->list)
			    : rd->workers;

	n = n ? n : 1;
	if (n > CONF_MAX_WORKERS)
		return error_set(err, ERR_LIMIT,
				 "workers: %zu are above the maximum, %d", n,
				 CONF_MAX_WORKERS);
	out->worker = arena_array(rd->arena, n, sizeof(*out->worker));
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		struct worker_conf *w = &out->worker[i];

		*w = rd->base;
		if (n > 1)
			number(w, rd, i);
		if (rd->list &&
		    read_entry(rd,
			       fy_node_sequence_get_by_index(rd->list, (int)i),
			       w, err) != OK)
			return err->status;
	}
	return OK;
}

static enum status read_all(struct reading *rd, int argc, char **argv,
			    struct conf *out, struct error *err)
{
	rd->file = config_of(argc, argv);
	option_defaults(&rd->base, rd->arena);
	if (rd->file && read_file(rd, err) != OK)
		return err->status;
	for (int i = 1; i < argc; i++)
		if (read_flag(rd, argc, argv, &i, err) != OK)
			return err->status;
	return build(rd, out, err);
}

enum status conf_load(int argc, char **argv, struct conf *out,
		      struct error *err)
{
	struct conf c = {0};
	struct error own;
	struct reading rd = {.arena = &c.arena};
	enum status status;

	arena_init(&c.arena);
	status = read_all(&rd, argc, argv, &c, err ? err : &own);
	fy_document_destroy(rd.doc);
	if (status != OK) {
		arena_fini(&c.arena);
		return status;
	}
	c.announce = rd.announce;
	c.help = rd.help;
	*out = c;
	return OK;
}

void conf_fini(struct conf *c)
{
	arena_fini(&c->arena);
	*c = (struct conf){0};
}

void conf_help(struct buf *out)
{
	buf_puts(out,
		 "usage: warmpath-sim [--config FILE] [--workers N] "
		 "[--announce FILE] [OPTION VALUE]...\n\n"
		 "Plays vLLM workers: their HTTP API, their prefix cache, "
		 "their KV events and\ntheir timing. It computes no model: "
		 "answers are canned text, and a formula\nstands in for the "
		 "GPU.\n\n"
		 "  --config FILE        YAML with these options as keys, and "
		 "a list `workers`\n"
		 "  --workers N          that many alike (default 1)\n"
		 "  --announce FILE      JSON with all real addresses, once "
		 "ready\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];

		buf_printf(out, "  --%-18s %s [%s]\n", o->name, o->help,
			   o->initial);
	}
}
