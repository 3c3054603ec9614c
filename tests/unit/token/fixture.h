/* What the tests of this folder share: cmocka, and the demo tokenizer with
 * changes. */
#ifndef TESTS_UNIT_TOKEN_FIXTURE_H
#define TESTS_UNIT_TOKEN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/token/tokenizer.h"

#define DEMO "models/demo"

/* The demo's tokenizer.json as a tree that a test may change. */
static inline json_t *demo_json(void)
{
	json_t *root = json_load_file(DEMO "/tokenizer.json", 0, NULL);

	assert_non_null(root);
	return root;
}

/* Parses and frees the tree. */
static inline struct tokenizer *demo_parse(json_t *root, struct error *err)
{
	char *text = json_dumps(root, JSON_COMPACT);
	struct tokenizer *t = tokenizer_parse(slice_of(text), err);

	free(text);
	json_decref(root);
	return t;
}

static inline json_t *json_of(const char *text)
{
	json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(v);
	return v;
}

/* The demo with root[key] = `value`. */
static inline struct tokenizer *demo_with(const char *key, const char *value,
					  struct error *err)
{
	json_t *root = demo_json();

	json_object_set_new(root, key, json_of(value));
	return demo_parse(root, err);
}

/* The demo with root[key][member] = `value`. */
static inline struct tokenizer *demo_with_member(const char *key,
						 const char *member,
						 const char *value,
						 struct error *err)
{
	json_t *root = demo_json();

	json_object_set_new(json_object_get(root, key), member, json_of(value));
	return demo_parse(root, err);
}

/* Expects a refusal whose sentence has `part` in it. */
static inline void assert_refused(struct tokenizer *t, const struct error *err,
				  enum status status, const char *part)
{
	if (t != NULL)
		fail_msg("accepted, but: %s", part);
	if (strstr(err->text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err->text, part);
	assert_int_equal(err->status, status);
}

/* The texts of the ids, with | between them. */
static inline const char *shown(const struct tokenizer *t, const char *text)
{
	static char out[4096];
	struct token_list l;
	struct buf b;

	token_list_init(&l);
	buf_init(&b);
	assert_int_equal(
		tokenizer_encode(t, slice_of(text), false, SIZE_MAX, &l), OK);
	for (size_t i = 0; i < l.n; i++) {
		if (i > 0)
			buf_putc(&b, '|');
		tokenizer_decode(t, &l.id[i], 1, &b);
	}
	assert_true(buf_len(&b) < sizeof(out));
	memcpy(out, buf_slice(&b).p ? buf_slice(&b).p : "", buf_len(&b));
	out[buf_len(&b)] = '\0';
	token_list_fini(&l);
	buf_fini(&b);
	return out;
}

#endif
