#include "common/template/frozen.h"

#include <stdalign.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/ref.h"

#define ALIGNMENT 16

struct frozen {
	struct ref ref;
	size_t bytes;
	struct value value;
	alignas(ALIGNMENT) char block[];
};

static size_t aligned(size_t n)
{
	return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static size_t index_bytes(const struct dict *d)
{
	return d->index ? d->index_size * sizeof(*d->index) : 0;
}

static bool has_items(struct value v)
{
	return v.type == VALUE_LIST || v.type == VALUE_TUPLE;
}

/* Bytes of all that the value points to. */
static size_t room_of(struct value v)
{
	size_t n = 0;
	if (v.type == VALUE_STRING || v.type == VALUE_BIG)
		return aligned(v.n);
	if (has_items(v)) {
		for (uint32_t i = 0; i < v.n; i++)
			n += room_of(v.item[i]);
		return n + aligned(v.n * sizeof(struct value));
	}
	if (v.type != VALUE_DICT)
		return 0;
	for (uint32_t i = 0; i < v.dict->n; i++)
		n += room_of(v.dict->entry[i].key) +
		     room_of(v.dict->entry[i].value);
	return n + aligned(sizeof(struct dict)) +
	       aligned(v.dict->n * sizeof(struct dict_entry)) +
	       aligned(index_bytes(v.dict));
}

static void *place(char **at, const void *from, size_t n)
{
	void *to = *at;
	if (n > 0)
		memcpy(to, from, n);
	*at += aligned(n);
	return to;
}

static struct value copy(char **at, struct value v);

static struct value copy_items(char **at, struct value v)
{
	struct value *item = place(at, v.item, v.n * sizeof(*item));
	for (uint32_t i = 0; i < v.n; i++)
		item[i] = copy(at, item[i]);
	v.item = item;
	return v;
}

static struct value copy_dict(char **at, struct value v)
{
	struct dict *d = place(at, v.dict, sizeof(*d));
	d->entry = place(at, d->entry, d->n * sizeof(*d->entry));
	d->room = d->n;
	d->arena = NULL;
	if (d->index)
		d->index = place(at, d->index, index_bytes(d));
	for (uint32_t i = 0; i < d->n; i++) {
		d->entry[i].key = copy(at, d->entry[i].key);
		d->entry[i].value = copy(at, d->entry[i].value);
	}
	v.dict = d;
	return v;
}

static struct value copy(char **at, struct value v)
{
	switch ((enum value_type)v.type) {
	case VALUE_STRING:
	case VALUE_BIG: v.s = place(at, v.s, v.n); return v;
	case VALUE_LIST:
	case VALUE_TUPLE: return copy_items(at, v);
	case VALUE_DICT: return copy_dict(at, v);
	case VALUE_NONE:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FLOAT: return v;
	default: ASSERT(!"a value that JSON does not have"); return v;
	}
}

struct frozen *frozen_create(struct value v)
{
	size_t room = room_of(v);
	struct frozen *f = mem_alloc(sizeof(*f) + room);
	char *at = f->block;
	ref_init(&f->ref);
	f->bytes = sizeof(*f) + room;
	f->value = copy(&at, v);
	ASSERT(at == f->block + room);
	return f;
}

static struct value place_text(char **at, struct slice text)
{
	return value_string((struct slice){place(at, text.p, text.n), text.n});
}

#define PAIR_BYTES (2 * sizeof(struct dict_entry) + sizeof(struct dict))
_Static_assert(sizeof(struct dict_entry) % ALIGNMENT == 0, "no gaps");

/* A dict of two entries, of which the first is a text. The names are
 * static. */
static struct value place_pair(char **at, const char *name, struct value first,
			       const char *other, struct value second)
{
	const struct dict_entry entry[2] = {{value_text(name), first},
					    {value_text(other), second}};
	struct dict d = {.n = 2, .room = 2};
	d.entry = place(at, entry, sizeof(entry));
	return (struct value){.type = VALUE_DICT,
			      .dict = place(at, &d, sizeof(d))};
}

struct frozen *frozen_plain(const struct chat_plain *p, struct slice *text)
{
	size_t pair = aligned(PAIR_BYTES);
	size_t room = aligned(p->role.n) + aligned(p->text.n) + pair +
		      (p->in_part ? pair + sizeof(struct value) : 0);
	struct frozen *f = mem_alloc(sizeof(*f) + room);
	char *at = f->block;
	struct value role = place_text(&at, p->role);
	struct value content = place_text(&at, p->text);
	*text = value_slice(content);
	if (p->in_part) {
		struct value one = place_pair(&at, "type", value_text("text"),
					      "text", content);
		content = value_items(VALUE_LIST, place(&at, &one, sizeof(one)),
				      1);
	}
	ref_init(&f->ref);
	f->bytes = sizeof(*f) + room;
	f->value = place_pair(&at, "role", role, "content", content);
	ASSERT(at == f->block + room);
	return f;
}

struct frozen *frozen_ref(struct frozen *f)
{
	ref_hold(&f->ref);
	return f;
}

void frozen_unref(struct frozen **f)
{
	struct frozen *old = *f;
	*f = NULL;
	if (old && ref_drop(&old->ref))
		mem_free(old);
}

struct value frozen_value(const struct frozen *f)
{
	return f->value;
}

size_t frozen_bytes(const struct frozen *f)
{
	return f->bytes;
}
