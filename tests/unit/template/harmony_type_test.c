/* Schemas as types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/harmony.h"
#include "tests/unit/template/data.h"

static void check(const char *schema, const char *want)
{
	struct buf b;
	buf_init(&b);
	harmony_put_type(&b, json_of(slice_of(schema)), 0, &data);
	check_text(buf_slice(&b), slice_of(want));
	buf_fini(&b);
}

static void plain_types(void **state)
{
	(void)state;
	check("{\"type\":\"string\"}", "string");
	check("{\"type\":\"integer\"}", "number");
	check("{\"type\":\"boolean\"}", "boolean");
	check("{\"type\":\"array\"}", "Array<any>");
	check("{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}",
	      "number[]");
	check("{\"type\":[\"string\",\"integer\",\"null\"]}",
	      "string | number | null");
	check("{\"type\":\"string\",\"enum\":[\"a\",1,\"b\"]}",
	      "\"a\" | \"b\"");
	check("{\"type\":\"string\",\"enum\":[]}", "string");
	check("{\"oneOf\":[{\"type\":\"string\",\"description\":\"d\"},{"
	      "\"nullable\":true}]}",
	      "\n | string // d\n | any | null");
}

static void objects_nest_with_indents(void **state)
{
	(void)state;
	check("{\"type\":\"object\"}", "{\n}");
	check("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\""
	      ",\"properties\":{\"b\":{\"type\":\"string\",\"default\":null}}}"
	      "},\"required\":[\"a\",7]}",
	      "{\na: {\n    b?: string, // default: null\n    },\n}");
}

static void defaults_of_an_enumeration_have_no_quotes(void **state)
{
	(void)state;
	check("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\""
	      ",\"enum\":[\"x\"],\"default\":\"x\"},\"b\":{\"default\":\"y\"}"
	      "}}",
	      "{\na?: \"x\", // default: x\nb?: any, // default: \"y\"\n}");
	check("{\"oneOf\":[{\"enum\":[\"x\"],\"default\":\"x\"}]}",
	      "\n | any // default: \"x\"");
}

static void what_is_no_schema_is_any(void **state)
{
	(void)state;
	check("{}", "any");
	check("7", "any");
	check("null", "any");
	check("[]", "any");
	check("{\"type\":\"date\"}", "any");
	check("{\"type\":null}", "any");
	check("{\"type\":[]}", "any");
	check("{\"type\":\"object\",\"properties\":[1],\"required\":7}",
	      "{\n}");
	check("{\"type\":\"array\",\"items\":7}", "any[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_types),
		cmocka_unit_test(objects_nest_with_indents),
		cmocka_unit_test(defaults_of_an_enumeration_have_no_quotes),
		cmocka_unit_test(what_is_no_schema_is_any),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
