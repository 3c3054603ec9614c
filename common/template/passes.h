/* What the passes of a template's loops over the messages did, so that the
 * next rendering of a conversation runs only those that could now do
 * something else.
 *
 * A pass puts out text and sets attributes of namespaces; nothing else of
 * it outlives it. It is recorded what it looked at besides its own message:
 * variables, attributes of namespaces, other messages, whether it is the
 * last. Where all of that is as it was, its text and what it set are taken
 * over. What cannot be told apart counts as changed.
 *
 * The text of passes taken over is not even copied, as long as all text so
 * far is what it was: `same` counts it. */
#ifndef COMMON_TEMPLATE_PASSES_H
#define COMMON_TEMPLATE_PASSES_H

#include "common/base/buf.h"
#include "common/template/mark.h"
#include "common/template/node.h"

#define PASSES_LOOPS  3
#define PASSES_NAMES  128 /* of a template; with more nothing is recorded */
#define PASSES_SLOTS  32
#define PASSES_GUARDS 4
#define PASSES_SETS   3
#define PASSES_BLOCK  16 /* passes that are looked at as one */

struct eval;
struct loop_state;

/* `slot` was compared with numbers; with any int from `low` to `high` the
 * same would have come of it. */
struct pass_guard {
	uint8_t slot;
	int64_t low, high;
};

struct pass_set {
	uint8_t slot;
	struct value value; /* a string's text stands in `text` */
	char text[24];
};

struct pass {
	size_t end;                        /* of its text in the prompt */
	uint64_t names[PASSES_NAMES / 64]; /* of root variables, read */
	uint32_t slots;                    /* read */
	uint32_t furthest; /* messages looked at by number: up to here */
	bool asked_last;   /* and it was not */
	bool opaque;       /* it looked at what always changes */
	bool silent;       /* it put out nothing */
	uint8_t n_guards, n_sets;
	struct pass_guard guard[PASSES_GUARDS];
	struct pass_set set[PASSES_SETS];
};

/* An attribute of a namespace that is a root variable. */
struct slot {
	uint32_t name;
	char attr[28];
};

/* Passes are numbered by their messages. A loop over the messages in
 * reverse runs them from the last one on; only silent ones of it are taken
 * over. */
struct passes_loop {
	const struct node *node; /* NULL: none */
	size_t first;            /* message of pass 0 */
	size_t start;            /* of its text in the prompt */
	struct pass *pass;       /* [low, n) are known */
	struct pass *block;      /* what those of each whole block come to */
	size_t low, n, room;
	uint64_t rendering; /* which it was run in last */
	struct mark name[PASSES_NAMES], slot[PASSES_SLOTS]; /* at its start */
};

/* What is kept between renderings. Zero before first use. Valid for one
 * template with the same variables, but for the messages. */
struct passes {
	struct passes_loop loop[PASSES_LOOPS];
	struct slot slot[PASSES_SLOTS];
	size_t n_slots;

	uint64_t rendering; /* counted */
	uint64_t secret;    /* of the marks; set once by whoever makes it */

	/* Of one rendering: given ... */
	struct slice old;            /* the last one's prompt */
	const struct value *message; /* what `messages` points to */
	size_t n_messages, kept;     /* of them, as they were */
	/* ... told ... */
	size_t same; /* bytes of `old` that the new prompt begins with */
	/* ... and its own. */
	bool apart;       /* the new text is all in the output */
	bool broken;      /* passes from here on cannot be recorded */
	struct pass *now; /* being recorded, or NULL */
	const struct loop_state *watched;
	bool backwards; /* the watched one */
	/* The messages behind `reversed_from`, in reverse, if asked for. */
	const struct value *reversed;
	size_t reversed_from;
	/* Numbers made of the pass's place are no matter until a local name
	 * that has one is read. */
	bool deferring, deferred;
	uint64_t places[PASSES_NAMES / 64]; /* local names with one */
	struct dict *ns[PASSES_LOOPS];
	uint32_t ns_name[PASSES_LOOPS];
	size_t n_ns;
};

void passes_fini(struct passes *p);
size_t passes_bytes(const struct passes *p); /* memory held */
/* Before a rendering, and after one: what is recorded is good only if it
 * succeeded. */
void passes_begin(struct passes *p, struct slice old,
		  const struct value *message, size_t n_messages, size_t kept);
void passes_forget(struct passes *p);

/* Whether a loop of the root's over these items is one to record. */
bool passes_concern(const struct eval *e, const struct node *node,
		    const struct value *item, size_t n);
/* These are the messages `of`, in reverse. */
void passes_know_reversed(struct passes *p, struct value of,
			  const struct value *item);
/* Runs it. */
void passes_run(struct eval *e, const struct node *node,
		struct loop_state *loop);

/* What a pass looks at; called only where e->passes has a `now`. */
void passes_note_name(struct eval *e, uint32_t name);
void passes_note_local(struct eval *e, uint32_t name);
void passes_note_attr(struct eval *e, const struct dict *ns, struct slice attr);
void passes_note_item(struct eval *e, const struct node *list, struct value of,
		      struct value key);
void passes_note_loop(struct eval *e, const struct loop_state *loop,
		      struct slice attr);
void passes_note_opaque(struct eval *e);
/* Of `set name = node` with a local name: evaluates it. */
struct value passes_note_assignment(struct eval *e, const struct node *target,
				    const struct node *node);
void passes_note_set(struct eval *e, const struct dict *ns, struct slice attr,
		     struct value v);
/* If the comparison is of an attribute with a number: its outcome, noted as
 * such; else false, with nothing done. */
bool passes_note_compare(struct eval *e, const struct node *node,
			 struct value *out);

#endif
