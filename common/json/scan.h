/* A strict JSON scanner (RFC 8259) over bytes that somebody else owns.
 *
 * A cursor that is pulled: no tree, no allocation, one pass. It yields
 * spans of the text; every byte that it passes is checked (grammar, UTF-8,
 * escapes, surrogates in pairs), so a span may be trusted. Numbers are
 * checked as grammar only. Names of members may repeat: that is the
 * caller's to judge, with json_string_equal().
 *
 *	json_begin(&s, text, 64);
 *	if (json_enter_object(&s))
 *		while (json_member(&s, &key))
 *			json_value(&s, &value);
 *	return json_end(&s);
 *
 * The first fault sticks: everything afterwards returns false, and
 * json_end() says what it was. Any thread. */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include "common/base/slice.h"

#define JSON_MAX_DEPTH 1024 /* the most that max_depth may be */

enum json_type {
	JSON_TYPE_NULL,
	JSON_TYPE_FALSE,
	JSON_TYPE_TRUE,
	JSON_TYPE_NUMBER,
	JSON_TYPE_STRING,
	JSON_TYPE_ARRAY,
	JSON_TYPE_OBJECT,
};

struct json_value {
	enum json_type type;
	struct slice raw; /* first to last byte; strings with their quotes */
};

struct json_scan {
	const char *start, *p, *end;
	unsigned depth, max_depth;
	size_t max_number_bytes; /* 0, as it begins: no bound */
	bool first;              /* just inside a container */
	enum status status;
	const char *why; /* of a fault: a static sentence; else NULL */
};

void json_begin(struct json_scan *s, struct slice text, unsigned max_depth);

/* Type of the value that comes next, from its first byte. */
bool json_peek(struct json_scan *s, enum json_type *out);
/* Takes the next value whole. */
bool json_value(struct json_scan *s, struct json_value *out);

/* Steps into an object; false (a fault) if the next value is none. */
bool json_enter_object(struct json_scan *s);
/* The next member's name, raw with its quotes; the cursor then stands
 * before its value, which must be taken or entered. False behind the
 * object's end, or at a fault. */
bool json_member(struct json_scan *s, struct slice *key);

bool json_enter_array(struct json_scan *s);
/* True if an element comes: take or enter it. False behind the end. */
bool json_element(struct json_scan *s);

/* Just inside an array: passes `n` bytes, which the caller knows to be
 * whole elements with commas between them; n > 0. */
void json_skip_elements(struct json_scan *s, size_t n);

/* OK if the text was one value and nothing follows it. ERR_INVALID: not
 * JSON; ERR_LIMIT: nested deeper than max_depth, or a longer number than
 * max_number_bytes, which the caller may have set. */
MUST_USE enum status json_end(struct json_scan *s);
/* Offset of the cursor, where a fault was seen. */
size_t json_offset(const struct json_scan *s);
/* Records the caller's own fault, so that loops end. Returns false. */
bool json_fail(struct json_scan *s, enum status status, const char *why);

/* The text is one value of at most this depth, no more. */
MUST_USE enum status json_check(struct slice text, unsigned max_depth,
				struct json_value *out);
/* Walks `object` (a checked value or any text) for the first member of
 * this name. ERR_NOT_FOUND; ERR_INVALID also if it is not an object. */
MUST_USE enum status json_find(struct slice object, const char *name,
			       struct json_value *out);

#endif
