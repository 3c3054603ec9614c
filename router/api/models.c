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

/* One entry, with the comma before it where one is due. */
static void add(const char *name, const char *root, const char *parent,
		int64_t created, bool *some, struct buf *out)
{
	if (*some)
		buf_putc(out, ',');
	*some = true;
	write_model(slice_of(name), slice_of(root), parent, created, out);
}

void models_write(const struct fleet *f, int64_t created, struct buf *out)
{
	bool some = false;
	buf_puts(out, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < f->n_models; i++) {
		const struct conf_model *m = f->model[i].conf;
		add(m->name, m->name, NULL, created, &some, out);
		for (size_t j = 0; j < m->n_aliases; j++)
			add(m->alias[j], m->name, NULL, created, &some, out);
		for (size_t j = 0; j < m->n_loras; j++)
			add(m->lora[j], m->lora[j], m->name, created, &some,
			    out);
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
