/* The scanner against jansson: what one takes the other takes.
 *
 * Three differences are meant. Numbers are only grammar to us, while
 * jansson refuses what does not fit its types; a name may hold an escaped
 * NUL; and our bound of nesting is lower.
 * What is taken is then unescaped and spliced, and must still be JSON. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/base/assert.h"
#include "common/json/splice.h"
#include "common/json/string.h"

#define DEPTH 1024

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool jansson_takes(struct slice text, bool *too_strict)
{
	json_error_t e;
	json_t *j = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL,
			       &e);
	bool taken = j != NULL;
	enum json_error_code code = json_error_code(&e);
	*too_strict = !taken && (code == json_error_numeric_overflow ||
				 code == json_error_null_byte_in_key);
	json_decref(j);
	return taken;
}

/* Our text of every member's name equals jansson's. */
static void compare_names(struct slice text)
{
	json_t *j = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
	struct arena a;
	struct splice sp;
	arena_init(&a);
	if (json_is_object(j) &&
	    splice_parse(&sp, &a, text, DEPTH, SIZE_MAX) == OK) {
		for (size_t i = 0; i < sp.n; i++) {
			struct slice name;
			enum status st = json_text(sp.member[i].key, &a, &name);
			ASSERT(st == OK);
			ASSERT(json_string_equal(sp.member[i].key, name));
			ASSERT(json_object_getn(j, name.p, name.n));
		}
	}
	json_decref(j);
	arena_fini(&a);
}

/* Any set of removals and an insertion leave an object. */
static void splice(struct slice text, size_t seed)
{
	struct arena a;
	struct buf b;
	struct splice sp, again;
	arena_init(&a);
	buf_init(&b);
	if (splice_parse(&sp, &a, text, DEPTH, SIZE_MAX) == OK) {
		size_t kept = 0;
		for (size_t i = 0; i < sp.n; i++) {
			if (seed >> i % 13 & 1)
				splice_remove(&sp, i);
			else if (seed >> i % 7 & 1)
				splice_replace(&sp, i, SLICE("[0]"));
			kept += !sp.member[i].removed;
		}
		if (seed & 1)
			splice_insert(&sp, SLICE("new"), SLICE("{}"));
		splice_append(&sp, &b);
		enum status st = splice_parse(&again, &a, buf_slice(&b), DEPTH,
					      SIZE_MAX);
		ASSERT(st == OK);
		ASSERT(again.n == kept + (seed & 1));
	}
	buf_fini(&b);
	arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice text = {(const char *)bytes, n};
	struct json_value v;
	bool too_strict;
	enum status st = json_check(text, DEPTH, &v);
	bool theirs = jansson_takes(text, &too_strict);
	if (st == ERR_LIMIT)
		return 0;
	/* A NUL stands nowhere in JSON; jansson overlooks it behind a
	 * number. */
	if (slice_find(text, '\0') < n) {
		ASSERT(st == ERR_INVALID);
		return 0;
	}
	/* jansson stops there and has not seen what follows. */
	if (!too_strict)
		ASSERT(theirs == (st == OK));
	if (st != OK)
		return 0;
	compare_names(text);
	for (size_t seed = 0; seed < 4; seed++)
		splice(text, n * 2654435761u + seed * 40503u);
	return 0;
}
