#include "router/api/models.h"

static void write_model(struct slice name, struct slice root,
			const char *parent, int64_t created, struct buf *out)
{
	buf_puts(out, "{\"id\":");
	buf_json_string(out, name);
	buf_printf(out, ",\"object\":\"model\",\"created\":%lld",
		   (long long)created);
	buf_puts(out, ",\"owned_by\":\"warmpath\",\"root\":");
	buf_json_string(out, root);
	buf_puts(out, ",\"parent\":");
	if (parent)
		buf_json_string(out, slice_of(parent));
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
}

struct list_of {
	struct models_filter filter;
	int64_t created;
	bool some; /* an entry has been written */
	struct buf *out;
};

/* One entry, with the comma before it where one is due. */
static void add(struct list_of *l, const char *name, const char *root,
		const char *parent)
{
	const struct models_filter *f = &l->filter;
	if (f->shows != NULL && !f->shows(f->arg, slice_of(name)))
		return;
	if (l->some)
		buf_putc(l->out, ',');
	l->some = true;
	write_model(slice_of(name), slice_of(root), parent, l->created, l->out);
}

void models_write(const struct fleet *f, struct models_filter filter,
		  int64_t created, struct buf *out)
{
	struct list_of l = {filter, created, false, out};
	buf_puts(out, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < f->n_models; i++) {
		const struct conf_model *m = f->model[i].conf;
		add(&l, m->name, m->name, NULL);
		for (size_t j = 0; j < m->n_aliases; j++)
			add(&l, m->alias[j], m->name, NULL);
		for (size_t j = 0; j < m->n_loras; j++)
			add(&l, m->lora[j], m->lora[j], m->name);
	}
	buf_puts(out, "]}");
}

bool models_write_one(const struct fleet *f, struct slice name, int64_t created,
		      struct buf *out)
{
	const struct fleet_name *found = fleet_find(f, name);
	if (!found)
		return false;
	const char *base = found->model->conf->name;
	bool lora = found->lora.n > 0;
	write_model(name, lora ? found->lora : slice_of(base),
		    lora ? base : NULL, created, out);
	return true;
}
