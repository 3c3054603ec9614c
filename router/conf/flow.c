#include "router/conf/flow.h"

static void print_children(const struct yaml *node,
			   bool (*hides)(struct slice key), struct buf *out)
{
	for (const struct yaml_child *c = node->child; c != NULL; c = c->next) {
		if (c != node->child)
			buf_puts(out, ", ");
		if (node->kind == YAML_MAP) {
			buf_json_string(out, c->key);
			buf_puts(out, ": ");
		}
		if (node->kind == YAML_MAP && hides != NULL && hides(c->key))
			buf_puts(out, "\"***\"");
		else
			flow_print(c->value, hides, out);
	}
}

void flow_print(const struct yaml *node, bool (*hides)(struct slice key),
		struct buf *out)
{
	switch (node->kind) {
	case YAML_NULL: buf_puts(out, "null"); break;
	case YAML_SCALAR: buf_json_string(out, node->text); break;
	case YAML_LIST:
		buf_putc(out, '[');
		print_children(node, hides, out);
		buf_putc(out, ']');
		break;
	case YAML_MAP:
		buf_putc(out, '{');
		print_children(node, hides, out);
		buf_putc(out, '}');
		break;
	}
}
