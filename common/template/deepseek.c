#include "common/template/deepseek.h"

#include "common/template/chat_content.h"
#include "common/template/from_json.h"
#include "common/template/json_text.h"

enum status deepseek_wrong(const struct deepseek *d, const char *what)
{
	return error_set(d->err, ERR_INVALID, "messages: %s", what);
}

bool deepseek_is_role(struct value message, const char *role)
{
	struct value *v = chat_member(message, "role");
	return v && value_is(*v, role);
}

int64_t deepseek_last_user(const struct value *message, size_t n)
{
	int64_t i = (int64_t)n - 1;
	while (i >= 0 && !deepseek_is_role(message[i], "user") &&
	       !deepseek_is_role(message[i], "developer"))
		i--;
	return i;
}

struct slice deepseek_text(struct value message, const char *name)
{
	struct value *v = chat_member(message, name);
	return v && v->type == VALUE_STRING ? value_slice(*v)
					    : (struct slice){"", 0};
}

const struct value *deepseek_list(struct value message, const char *name)
{
	struct value *v = chat_member(message, name);
	return v && v->type == VALUE_LIST && v->n > 0 ? v : NULL;
}

struct value deepseek_without_thought(struct value message, struct arena *arena)
{
	struct value d = value_dict(arena);
	for (uint32_t i = 0; i < message.dict->n; i++) {
		struct dict_entry *e = &message.dict->entry[i];
		if (!value_is(e->key, "reasoning") &&
		    !value_is(e->key, "reasoning_content"))
			dict_set(d.dict, e->key, e->value);
	}
	return d;
}

void deepseek_put_schemas(struct buf *to, struct value tools)
{
	for (uint32_t i = 0; i < tools.n; i++) {
		struct value *f = chat_member(tools.item[i], "function");
		if (i > 0)
			buf_putc(to, '\n');
		json_text_value(to, f ? *f : value_none(), &json_style_python);
	}
}

static void put_argument(struct buf *to, const struct dict_entry *e)
{
	bool string = e->value.type == VALUE_STRING;
	buf_puts(to, "<" DEEPSEEK_DSML "parameter name=\"");
	buf_append(to, value_slice(e->key));
	buf_puts(to, string ? "\" string=\"true\">" : "\" string=\"false\">");
	if (string)
		buf_append(to, value_slice(e->value));
	else
		json_text_value(to, e->value, &json_style_python);
	buf_puts(to, "</" DEEPSEEK_DSML "parameter>");
}

static enum status put_call(struct buf *to, struct value call,
			    const struct deepseek *d)
{
	struct value *function = chat_member(call, "function");
	struct value *given = function ? chat_member(*function, "arguments")
				       : NULL;
	struct value arguments = given ? *given : value_none();
	if (arguments.type == VALUE_STRING &&
	    value_from_json(value_slice(arguments), CHAT_MAX_DEPTH, d->arena,
			    &arguments) != OK)
		return deepseek_wrong(d, "arguments of a call are not JSON");
	if (arguments.type != VALUE_DICT)
		return deepseek_wrong(d, "arguments of a call are no object");
	buf_puts(to, "<" DEEPSEEK_DSML "invoke name=\"");
	buf_append(to, deepseek_text(*function, "name"));
	buf_puts(to, "\">\n");
	for (uint32_t i = 0; i < arguments.dict->n; i++) {
		if (i > 0)
			buf_putc(to, '\n');
		put_argument(to, &arguments.dict->entry[i]);
	}
	buf_puts(to, "\n</" DEEPSEEK_DSML "invoke>");
	return OK;
}

enum status deepseek_put_calls(struct buf *to, struct value calls,
			       const char *block, const struct deepseek *d)
{
	buf_printf(to, "\n\n<" DEEPSEEK_DSML "%s>\n", block);
	for (uint32_t i = 0; i < calls.n; i++) {
		if (i > 0)
			buf_putc(to, '\n');
		enum status status = put_call(to, calls.item[i], d);
		if (status != OK)
			return status;
	}
	buf_printf(to, "\n</" DEEPSEEK_DSML "%s>", block);
	return OK;
}
