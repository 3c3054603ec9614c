/* Shapes of published models. */
#include "router/policy/kv_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct kv_shape shape_of(const char *config)
{
	struct kv_shape s;
	struct error err;

	if (kv_shape_parse(slice_of(config), &s, &err) != OK)
		fail_msg("%s", err.text);
	return s;
}

static void bytes_are_those_of_published_models(void **unused)
{
	static const struct {
		const char *name, *config;
		unsigned value_bytes;
		double bytes;
	} model[] = {
		{"Llama 2 7B, all heads",
		 "{\"num_hidden_layers\":32,\"num_attention_heads\":32,"
		 "\"num_key_value_heads\":32,\"hidden_size\":4096,"
		 "\"torch_dtype\":\"float16\"}",
		 0, 524288},
		{"Llama 3.1 8B, groups",
		 "{\"num_hidden_layers\":32,\"num_attention_heads\":32,"
		 "\"num_key_value_heads\":8,\"hidden_size\":4096,"
		 "\"torch_dtype\":\"bfloat16\"}",
		 0, 131072},
		{"Qwen3 32B, its own head_dim",
		 "{\"num_hidden_layers\":64,\"num_attention_heads\":64,"
		 "\"num_key_value_heads\":8,\"head_dim\":128,"
		 "\"hidden_size\":5120,\"sliding_window\":null,"
		 "\"use_sliding_window\":false}",
		 0, 262144},
		{"Qwen3 4B with an fp8 cache",
		 "{\"num_hidden_layers\":36,\"num_attention_heads\":32,"
		 "\"num_key_value_heads\":8,\"head_dim\":128,"
		 "\"hidden_size\":2560}",
		 1, 73728},
		{"Qwen2.5 7B, a window that is not used",
		 "{\"num_hidden_layers\":28,\"num_attention_heads\":28,"
		 "\"num_key_value_heads\":4,\"hidden_size\":3584,"
		 "\"sliding_window\":131072,\"use_sliding_window\":false}",
		 0, 57344},
		{"Falcon 7B, one head for all",
		 "{\"num_hidden_layers\":32,\"num_attention_heads\":71,"
		 "\"hidden_size\":4544,\"multi_query\":true,"
		 "\"new_decoder_architecture\":false}",
		 0, 8192},
		{"DeepSeek V3, latent",
		 "{\"num_hidden_layers\":61,\"num_attention_heads\":128,"
		 "\"num_key_value_heads\":128,\"hidden_size\":7168,"
		 "\"kv_lora_rank\":512,\"qk_rope_head_dim\":64}",
		 0, 70272},
		{"Qwen3-Next 80B, one layer of four",
		 "{\"num_hidden_layers\":48,\"num_attention_heads\":16,"
		 "\"num_key_value_heads\":2,\"head_dim\":256,"
		 "\"hidden_size\":2048,\"full_attention_interval\":4}",
		 0, 24576},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(model); i++) {
		struct kv_shape s = shape_of(model[i].config);

		if (kv_bytes_per_token(&s, model[i].value_bytes) !=
		    model[i].bytes)
			fail_msg("%s: %.0f, not %.0f", model[i].name,
				 kv_bytes_per_token(&s, model[i].value_bytes),
				 model[i].bytes);
	}
}

static void layers_with_a_window_keep_no_more_than_it(void **unused)
{
	/* Gemma 3 27B: its text model is a member, one layer of six is full. */
	struct kv_shape s = shape_of(
		"{\"model_type\":\"gemma3\",\"text_config\":{"
		"\"num_hidden_layers\":62,\"num_attention_heads\":32,"
		"\"num_key_value_heads\":16,\"head_dim\":128,"
		"\"hidden_size\":5376,\"sliding_window\":1024,"
		"\"sliding_window_pattern\":6},\"vision_config\":{"
		"\"num_hidden_layers\":27,\"hidden_size\":1152},"
		"\"torch_dtype\":\"bfloat16\"}");

	(void)unused;
	assert_int_equal(s.full_layers, 10);
	assert_int_equal(s.window_layers, 52);
	assert_true(kv_bytes_per_token(&s, 0) == 10 * 8192);
	assert_true(kv_bytes_of(&s, 500, 0) == 62 * 8192.0 * 500);
	assert_true(kv_bytes_of(&s, 5000, 0) ==
		    8192.0 * (10 * 5000 + 52 * 1024));
}

static void layer_types_go_before_what_they_repeat(void **unused)
{
	/* As gpt-oss says it, here with four layers. */
	struct kv_shape s = shape_of(
		"{\"num_hidden_layers\":4,\"num_attention_heads\":64,"
		"\"num_key_value_heads\":8,\"head_dim\":64,"
		"\"sliding_window\":128,\"layer_types\":["
		"\"sliding_attention\",\"full_attention\","
		"\"sliding_attention\",\"full_attention\"]}");

	(void)unused;
	assert_int_equal(s.full_layers, 2);
	assert_int_equal(s.window_layers, 2);
	assert_true(kv_bytes_per_token(&s, 0) == 2 * 2048);
	s = shape_of("{\"num_hidden_layers\":3,\"num_attention_heads\":4,"
		     "\"head_dim\":64,\"layer_types\":[\"linear_attention\","
		     "\"linear_attention\",\"full_attention\"]}");
	assert_int_equal(s.full_layers, 1);
	assert_int_equal(s.window_layers, 0);
}

static void a_window_without_a_pattern_is_of_all_layers(void **unused)
{
	/* Mistral 7B, the first one. */
	struct kv_shape s = shape_of(
		"{\"num_hidden_layers\":32,\"num_attention_heads\":32,"
		"\"num_key_value_heads\":8,\"hidden_size\":4096,"
		"\"sliding_window\":4096}");

	(void)unused;
	assert_int_equal(s.window_layers, 32);
	assert_true(kv_bytes_per_token(&s, 0) == 0);
	assert_true(kv_bytes_of(&s, 1e6, 0) == 131072.0 * 4096);
}

static void a_usual_prompt_tells_of_the_windows_too(void **unused)
{
	struct kv_shape plain = shape_of(
		"{\"num_hidden_layers\":32,\"num_attention_heads\":32,"
		"\"num_key_value_heads\":8,\"hidden_size\":4096}");
	struct kv_shape windows = plain;

	(void)unused;
	windows.window_layers = windows.full_layers;
	windows.full_layers = 0;
	windows.window = 4096;
	assert_true(kv_bytes_usual(&plain) == 131072);
	assert_true(kv_bytes_usual(&windows) == 65536);
}

static void what_gives_no_size_is_refused(void **unused)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{}",
		"{\"num_hidden_layers\":0}",
		"{\"num_hidden_layers\":32}",
		"{\"num_hidden_layers\":32,\"num_attention_heads\":0,"
		"\"hidden_size\":4096}",
		"{\"num_hidden_layers\":\"32\",\"num_attention_heads\":32,"
		"\"hidden_size\":4096}",
		"{\"num_hidden_layers\":-1,\"num_attention_heads\":32,"
		"\"hidden_size\":4096}",
		"{\"num_hidden_layers\":99999999999999999999,"
		"\"num_attention_heads\":32,\"hidden_size\":4096}",
		"{\"num_hidden_layers\":20000,\"num_attention_heads\":32,"
		"\"hidden_size\":4096}",
		"{\"num_hidden_layers\":2,\"num_key_value_heads\":9999999,"
		"\"head_dim\":9999999}",
		"{\"num_hidden_layers\":2,\"text_config\":7}",
	};
	struct kv_shape s = {.window = 77};
	struct error err;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (kv_shape_parse(slice_of(bad[i]), &s, &err) == OK)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(s.window, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_those_of_published_models),
		cmocka_unit_test(layers_with_a_window_keep_no_more_than_it),
		cmocka_unit_test(layer_types_go_before_what_they_repeat),
		cmocka_unit_test(a_window_without_a_pattern_is_of_all_layers),
		cmocka_unit_test(a_usual_prompt_tells_of_the_windows_too),
		cmocka_unit_test(what_gives_no_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
