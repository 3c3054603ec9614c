/* The encoders of DeepSeek, on what they were published with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/deepseek.h"
#include "common/template/json_text.h"
#include "tests/unit/template/data.h"

static struct value member(struct value v, const char *name)
{
	struct value *found = v.type == VALUE_DICT
				      ? dict_find_text(v.dict, slice_of(name))
				      : NULL;
	return found ? *found : value_none();
}

/* Either a list of messages, or an object with tools besides. */
/* `with`: the encoder. */
static void check_file(enum status (*with)(const struct deepseek *, size_t,
					   struct buf *),
		       bool thinking, bool drop, const char *input,
		       const char *output)
{
	struct value v = data_json(input);
	struct error err = {0};
	struct deepseek d = {
		.messages = v.type == VALUE_LIST ? v : member(v, "messages"),
		.tools = member(v, "tools"),
		.thinking = thinking,
		.drop_thinking = drop,
		.arena = &data,
		.err = &err,
	};
	struct buf out;
	buf_init(&out);
	enum status status = with(&d, 16u << 20, &out);
	if (status != OK)
		print_message("%s: %s\n", input, err.text);
	assert_int_equal(status, OK);
	check_text(buf_slice(&out), data_text(output));
	buf_fini(&out);
}

#define V32 "vectors/vllm-deepseek_v32/test_"
#define V4  "vectors/vllm-deepseek_v4/test_"

static void what_v32_was_published_with(void **state)
{
	(void)state;
	check_file(deepseek_v32_render, true, false, V32 "input.json",
		   V32 "output_vllm_parity.txt");
	check_file(deepseek_v32_render, true, true,
		   V32 "input_search_wo_date.json",
		   V32 "output_search_wo_date.txt");
	check_file(deepseek_v32_render, true, true,
		   V32 "input_search_w_date.json",
		   V32 "output_search_w_date.txt");
}

static void what_v4_was_published_with(void **state)
{
	(void)state;
	for (int i = 1; i <= 4; i++)
		check_file(deepseek_v4_render, i < 4, true,
			   arena_printf(&data, V4 "input_%d.json", i),
			   arena_printf(&data, V4 "output_%d.txt", i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_v32_was_published_with),
		cmocka_unit_test(what_v4_was_published_with),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
