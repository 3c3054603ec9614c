/* Values that came from JSON, as JSON again: what Python's json.dumps()
 * and Rust's serde_json write. */
#ifndef COMMON_TEMPLATE_JSON_TEXT_H
#define COMMON_TEMPLATE_JSON_TEXT_H

#include "common/base/buf.h"
#include "common/template/value.h"

struct json_style {
	const char *item, *key; /* separators: ", " and ": " */
	bool ascii;             /* \uXXXX for all else */
	bool rust;              /* how floats are spelt */
};

/* json.dumps(v, ensure_ascii=False), and Display of serde_json's Value. */
extern const struct json_style json_style_python, json_style_rust;

/* `v` is of null, booleans, numbers, strings, lists and dicts of string
 * keys, nested no deeper than CHAT_MAX_DEPTH. */
void json_text_value(struct buf *to, struct value v,
		     const struct json_style *style);
/* With its quotes. */
/* Without the quotes. */
void json_text_inside(struct buf *to, struct slice s, bool ascii);
void json_text_string(struct buf *to, struct slice s, bool ascii);

#endif
