/* Changes to one JSON object, made on its raw bytes.
 *
 * The members are noted as they are scanned; removals, replacements and
 * insertions are then only marks, and the result is a list of slices of
 * the old bytes and the new: nothing is copied or written anew. A struct
 * splice may be copied by splice_copy() to be changed in two ways (the two
 * legs of one request). One thread; everything lives in the arena, the
 * source or with the caller. */
#ifndef COMMON_JSON_SPLICE_H
#define COMMON_JSON_SPLICE_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/json/scan.h"

#define SPLICE_MAX_INSERTS 8

struct splice_member {
	struct slice key, value; /* raw, in the source */
	struct slice with;       /* p not NULL: stands for the value */
	bool removed;
};

struct splice_insert {
	struct slice key; /* plain, unquoted */
	struct slice value;
};

struct splice {
	struct arena *arena;
	struct slice text; /* the source, with what stands round the object */
	size_t open;       /* offset just behind '{' */
	struct splice_member *member;
	size_t n, room;
	struct splice_insert *insert; /* NULL while there is none */
	size_t n_inserts;
	bool changed; /* the result is not the source */
};

/* `open`: just behind the object's brace; json_offset() after a
 * successful json_enter_object(). */
void splice_begin(struct splice *sp, struct arena *arena, struct slice text,
		  size_t open);
/* The next member in order. Returns its position. */
size_t splice_add(struct splice *sp, struct slice key, struct slice value);
/* Scans `text`, one object, and notes all members. ERR_LIMIT past
 * max_members or max_depth, ERR_INVALID. */
MUST_USE enum status splice_parse(struct splice *sp, struct arena *arena,
				  struct slice text, unsigned max_depth,
				  size_t max_members);
void splice_copy(struct splice *to, const struct splice *from);

/* First member of this name that is not removed, from position `from`
 * on; sp->n if there is none. */
size_t splice_find(const struct splice *sp, const char *name, size_t from);

void splice_remove(struct splice *sp, size_t at);
/* Every member of this name; returns how many. */
size_t splice_remove_all(struct splice *sp, const char *name);
/* `json` is a whole JSON value. */
void splice_replace(struct splice *sp, size_t at, struct slice json);
/* Puts a member in front. `name` needs no escaping (ASSERTed); `json` is
 * a whole value. Up to SPLICE_MAX_INSERTS. */
void splice_insert(struct splice *sp, struct slice name, struct slice json);
/* Removes all of that name, then inserts. */
void splice_set(struct splice *sp, const char *name, struct slice json);

bool splice_changed(const struct splice *sp);
/* The result as consecutive slices, in the arena; `n` of them, never 0. */
struct slice *splice_pieces(const struct splice *sp, size_t *n,
			    size_t *total_bytes);
void splice_append(const struct splice *sp, struct buf *out);

#endif
