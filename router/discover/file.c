/* Workers in a file that another program writes. It is looked at every
 * discover.interval, which finds what was renamed over it, links that were
 * turned (Kubernetes' ConfigMaps) and files that came later alike. */
#include "common/base/file.h"
#include "common/base/mem.h"
#include "router/conf/stamp.h"
#include "router/conf/yaml.h"
#include "router/discover/kinds.h"

struct file {
	struct finder *finder;
	struct timer timer;
	struct conf_stamp seen; /* of what was read */
};

static void read_file(struct file *f)
{
	struct error err = {0};
	struct buf text = {0};

	if (file_read(finder_conf(f->finder)->file, YAML_MAX_BYTES, &text,
		      &err) == OK)
		finder_take(f->finder, buf_slice(&text));
	else
		finder_fail(f->finder, "%s", err.text);
	buf_fini(&text);
}

static void look(void *arg)
{
	struct file *f = arg;
	const struct conf_discover *d = finder_conf(f->finder);
	/* First: what changes while it is read is read again. */
	struct conf_stamp now = conf_stamp_of(d->file);
	struct conf_stamp none = {0};

	timer_set(&f->timer, d->interval_ms);
	if (conf_stamp_equal(&now, &f->seen) &&
	    !conf_stamp_equal(&now, &none)) {
		finder_confirm(f->finder);
		return;
	}
	f->seen = now;
	read_file(f);
}

static void *start(struct finder *s)
{
	struct file *f = mem_zalloc(sizeof(*f));

	f->finder = s;
	timer_init(&f->timer, finder_loop(s), look, f);
	timer_set(&f->timer, 0);
	return f;
}

static void stop(void *own)
{
	struct file *f = own;

	timer_fini(&f->timer);
	mem_free(f);
}

const struct finder_type kinds_file = {
	.name = "file",
	.start = start,
	.stop = stop,
};
