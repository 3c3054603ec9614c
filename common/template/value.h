/* Values of the template language, with Python's meaning of each.
 *
 * A value is 16 bytes and is copied; what it points to lives in an arena
 * (a template's for constants, a rendering's for the rest) or in the
 * request's own bytes. Nothing is changed once it is built, but for
 * dicts while they are filled, namespaces, and the place of a generator.
 * One thread per arena. */
#ifndef COMMON_TEMPLATE_VALUE_H
#define COMMON_TEMPLATE_VALUE_H

#include "common/base/arena.h"

enum value_type {
	VALUE_UNDEFINED,
	VALUE_NONE,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_BIG, /* an int beyond 64 bits: its digits, canonical */
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_TUPLE,
	VALUE_DICT,
	VALUE_SEQ, /* a generator, a dict's view, a range */
	VALUE_NAMESPACE,
	VALUE_MACRO,
	VALUE_FUNCTION, /* a global: index into the table of globals */
	VALUE_METHOD,
	VALUE_LOOP,
};

/* Why something is undefined, for the sentence when it is used. */
struct undefined {
	struct slice name;  /* of a variable, attribute or element */
	const char *type;   /* of the object asked; NULL: a variable */
	bool element;       /* `name` is the repr of a key */
	bool unsafe;        /* forbidden by the sandbox */
	const char *reason; /* stands for the usual sentence */
};

enum seq_kind {
	SEQ_GENERATOR,
	SEQ_ITEMS,
	SEQ_KEYS,
	SEQ_VALUES,
	SEQ_RANGE,
};

struct seq {
	enum seq_kind kind;
	uint32_t at;               /* of a generator: how many were taken */
	int64_t start, stop, step; /* of a range */
	const char *type;
};

struct value;
struct dict;
struct macro;
struct method;
struct loop_state;
struct dict_entry;

struct value {
	uint8_t type;
	bool markup;   /* of a string: what is added to it gets escaped */
	uint16_t told; /* see outline.h; else 0 */
	uint32_t n;    /* bytes, or items */
	union {
		bool truth;
		int64_t i;
		double f;
		const char *s;
		const struct value *item;
		struct dict *dict; /* of a namespace too */
		struct seq *seq;   /* items follow it in memory */
		const struct undefined *why;
		const struct macro *macro;
		const struct method *method;
		const struct loop_state *loop;
	};
};

/* Hashed under a secret of the process, so that no peer can choose keys that
 * collide. Ordered; a repeated key keeps its first place and its last value. */
struct dict {
	struct dict_entry *entry;
	uint32_t n, room;
	uint32_t *index; /* of 1 + entry by hash; NULL while small */
	uint32_t index_size;
	struct arena *arena;
};

struct dict_entry {
	struct value key, value;
};

#define VALUE_NIL ((struct value){.type = VALUE_UNDEFINED})

struct value value_none(void);
struct value value_bool(bool truth);
struct value value_int(int64_t i);
struct value value_float(double f);
/* Lengths are below 4 GiB by the arena's bound. */
struct value value_string(struct slice s);
struct value value_text(const char *text); /* static text */
struct value value_items(enum value_type type, const struct value *item,
			 size_t n);
struct value value_dict(struct arena *arena);
/* `item` is copied. */
struct value value_seq(struct arena *arena, enum seq_kind kind,
		       const struct value *item, size_t n);
/* Without its items, which follow. */
struct value value_seq_of(struct arena *arena, enum seq_kind kind, size_t n);
struct value *seq_items(const struct value *v);

struct slice value_slice(struct value v);        /* of a string or VALUE_BIG */
bool value_is(struct value v, const char *text); /* a string of this text */
/* bool, int or float as a number. */
bool value_number(struct value v, double *out);
bool value_integer(struct value v, int64_t *out); /* bool or int */
bool value_true(struct value v);
/* As Python's `==`; past `depth` levels false. `*steps` is lowered by the
 * work done and stops at 0 (the answer is then worthless). */
bool value_equal(struct value a, struct value b, unsigned depth,
		 uint64_t *steps);
/* Python's name of the type: "str", "NoneType", ... */
const char *value_type_name(struct value v);
/* For a key of a dict: hashable in Python. */
bool value_hashable(struct value v);

/* NULL if there is none. The key is hashable. */
struct value *dict_find(const struct dict *d, struct value key);
struct value *dict_find_text(const struct dict *d, struct slice key);
void dict_set(struct dict *d, struct value key, struct value value);
/* Bytes that it takes when it grows next. */
size_t dict_growth(const struct dict *d);
void dict_set_text(struct dict *d, const char *key, struct value value);

#endif
