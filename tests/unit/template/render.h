/* Rendering one source with one context, for tests of the engine. Needs
 * cmocka's headers before it. */
#ifndef TESTS_UNIT_TEMPLATE_RENDER_H
#define TESTS_UNIT_TEMPLATE_RENDER_H

#include <string.h>

#include "common/template/from_json.h"
#include "common/template/template.h"

struct render_case {
	const char *source, *want;
};

/* What the cases see as variables. */
#define RENDER_CONTEXT                                                         \
	"{\"s\": \"Hello <b> World\", \"u\": \"\\u00dcber\\u017ftra"           \
	"\\u00dfe\\u0130\\u03a3 \\u65e5\\u672c\", \"n\": 7, \"f\": "           \
	"2.5, \"z\": null, \"t\": true, \"l\": [3, 1, 2], \"d\": {"            \
	"\"b\": 1, \"a\": \"x\", \"items\": \"key\"}, \"e\": [], \""           \
	"ws\": \"\\u001c\\u00a0 a \\u2003b\\t\\n\", \"lines\": \"a"            \
	"\\n\\nb\\r\\nc\", \"big\": 123456789012345678901234567890,"           \
	" \"fl\": [0.1, 1e+16, 1e-05, 123456.789, 1e+22, -0.0, 5e-3"           \
	"24, 1.7976931348623157e+308, 100.0, 0.0001], \"m\": [{\"ro"           \
	"le\": \"user\", \"content\": \"hi\", \"k\": {\"v\": 2}}, {"           \
	"\"role\": \"tool\", \"content\": null, \"k\": {\"v\": 1}},"           \
	" {\"role\": \"user\", \"content\": \"bye\"}], \"esc\": \""            \
	"\\u0000\\u001f\\u007f\\u00ad\\u200b\\ue000\\\"\\\\'\\ud83d"           \
	"\\ude42/\"}"

static inline enum status render(const char *source, const char *context,
				 const struct template_limits *limits,
				 struct buf *out, struct error *err)
{
	struct template_limits usual = template_default_limits();
	/* Thursday, 10 July 2025, 12:00. */
	struct tm now = {.tm_year = 125,
			 .tm_mon = 6,
			 .tm_mday = 10,
			 .tm_hour = 12,
			 .tm_wday = 4};
	struct template *t;
	struct value d;
	struct arena arena;
	enum status status = template_load(slice_of(source), &t, err);
	if (status != OK)
		return status;
	arena_init(&arena);
	assert_int_equal(value_from_json(slice_of(context), 64, &arena, &d),
			 OK);
	status = template_render(t, d.dict, &now, limits ? limits : &usual,
				 NULL, NULL, &arena, out, err);
	arena_fini(&arena);
	template_unref(&t);
	return status;
}

#endif
