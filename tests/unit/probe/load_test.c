#include "router/probe/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct load load_of(const char *text, int rank)
{
	struct load l;

	load_parse(slice_of(text), rank, &l);
	return l;
}

static const char two_ranks[] =
	"# TYPE vllm:num_requests_running gauge\n"
	"vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3.0\n"
	"vllm:num_requests_running{engine=\"1\",model_name=\"m\"} 4.0\n"
	"vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 1.0\n"
	"vllm:num_requests_waiting{engine=\"1\",model_name=\"m\"} 0.0\n"
	"vllm:num_requests_waiting_by_reason{engine=\"1\","
	"reason=\"capacity\"} 9.0\n"
	"vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"m\"} 0.25\n"
	"vllm:kv_cache_usage_perc{engine=\"1\",model_name=\"m\"} 0.75\n"
	"vllm:cache_config_info{block_size=\"16\",engine=\"0\","
	"enable_prefix_caching=\"True\",num_gpu_blocks=\"7000\","
	"prefix_caching_hash_algo=\"sha256_cbor\"} 1.0\n"
	"vllm:cache_config_info{block_size=\"16\",engine=\"1\","
	"num_gpu_blocks=\"7100\"} 1.0\n";

static void a_rank_sees_its_own_series(void **unused)
{
	struct load l = load_of(two_ranks, 1);

	(void)unused;
	assert_true(l.has[LOAD_RUNNING] && l.number[LOAD_RUNNING] == 4);
	assert_true(l.has[LOAD_WAITING] && l.number[LOAD_WAITING] == 0);
	assert_true(l.number[LOAD_KV_USAGE] == 0.75);
	assert_int_equal(l.block_size, 16);
	assert_int_equal(l.kv_blocks, 7100);
}

static void a_single_worker_is_all_its_engines_together(void **unused)
{
	struct load l = load_of(two_ranks, -1);

	(void)unused;
	assert_true(l.number[LOAD_RUNNING] == 7);
	assert_true(l.number[LOAD_WAITING] == 1);
	assert_true(l.number[LOAD_KV_USAGE] == 0.5);
	assert_int_equal(l.kv_blocks, 7000);
	assert_true(slice_equal(l.algorithm, SLICE("sha256_cbor")));
	assert_true(slice_equal(l.prefix_caching, SLICE("True")));
}

static void adapters_are_those_that_were_told_last(void **unused)
{
	struct load l = load_of("vllm:lora_requests_info{max_lora=\"4\","
				"running_lora_adapters=\"sql,law\","
				"waiting_lora_adapters=\"med\"} 1.7e9\n"
				"vllm:lora_requests_info{max_lora=\"4\","
				"running_lora_adapters=\"old\","
				"waiting_lora_adapters=\"older\"} 1.6e9\n",
				-1);

	(void)unused;
	assert_int_equal(l.max_adapters, 4);
	assert_true(slice_equal(l.running_adapters, SLICE("sql,law")));
	assert_true(slice_equal(l.waiting_adapters, SLICE("med")));
	l = load_of("vllm:lora_requests_info{max_lora=\"-1\","
		    "running_lora_adapters=\"\"} NaN\n",
		    -1);
	assert_int_equal(l.max_adapters, 0);
	assert_int_equal(l.running_adapters.n, 0);
	l = load_of("vllm:lora_requests_info{max_lora=\"99999999999\"} 1\n",
		    -1);
	assert_int_equal(l.max_adapters, 0);
}

static void a_rank_nobody_names_sees_all(void **unused)
{
	struct load l = load_of("vllm:num_requests_running 5\n", 3);

	(void)unused;
	assert_true(l.number[LOAD_RUNNING] == 5);
}

static void the_new_name_wins_over_the_old_one(void **unused)
{
	struct load l = load_of("vllm:gpu_cache_usage_perc 0.9\n"
				"vllm:kv_cache_usage_perc 0.1\n",
				-1);

	(void)unused;
	assert_true(l.number[LOAD_KV_USAGE] == 0.1);
	l = load_of("vllm:gpu_cache_usage_perc 0.9\n", -1);
	assert_true(l.number[LOAD_KV_USAGE] == 0.9);
}

static void sglang_and_tgi_have_names_of_their_own(void **unused)
{
	struct load l = load_of("sglang:num_running_reqs{dp_rank=\"1\"} 2\n"
				"sglang:num_queue_reqs{dp_rank=\"1\"} 3\n"
				"sglang:token_usage{dp_rank=\"1\"} 0.5\n"
				"sglang:page_size 64\nsglang:num_pages 900\n",
				1);

	(void)unused;
	assert_true(l.number[LOAD_RUNNING] == 2);
	assert_true(l.number[LOAD_WAITING] == 3);
	assert_int_equal(l.block_size, 64);
	assert_int_equal(l.kv_blocks, 900);
	l = load_of("tgi_queue_size 4\ntgi_batch_current_size 5\n", -1);
	assert_true(l.number[LOAD_WAITING] == 4);
	assert_true(l.number[LOAD_RUNNING] == 5);
}

static void nothing_told_is_not_zero(void **unused)
{
	struct load l = load_of("other 1\n", -1);

	(void)unused;
	for (size_t i = 0; i < LOAD_NUMBERS; i++)
		assert_false(l.has[i]);
	assert_int_equal(l.block_size, 0);
	assert_int_equal(l.algorithm.n, 0);
}

static void impossible_numbers_are_not_believed(void **unused)
{
	struct load l = load_of("vllm:num_requests_running NaN\n"
				"vllm:num_requests_waiting -3\n"
				"vllm:kv_cache_usage_perc 1e300\n"
				"vllm:cache_config_info{block_size=\"None\","
				"num_gpu_blocks=\"99999999999999999999\"} 1\n"
				"sglang:page_size NaN\n",
				-1);

	(void)unused;
	for (size_t i = 0; i < LOAD_NUMBERS; i++)
		assert_false(l.has[i]);
	assert_int_equal(l.block_size, 0);
	assert_int_equal(l.kv_blocks, 0);
}

static void usage_never_passes_one(void **unused)
{
	struct load l = load_of("vllm:kv_cache_usage_perc 1.7\n", -1);

	(void)unused;
	assert_true(l.number[LOAD_KV_USAGE] == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rank_sees_its_own_series),
		cmocka_unit_test(a_single_worker_is_all_its_engines_together),
		cmocka_unit_test(adapters_are_those_that_were_told_last),
		cmocka_unit_test(a_rank_nobody_names_sees_all),
		cmocka_unit_test(the_new_name_wins_over_the_old_one),
		cmocka_unit_test(sglang_and_tgi_have_names_of_their_own),
		cmocka_unit_test(nothing_told_is_not_zero),
		cmocka_unit_test(impossible_numbers_are_not_believed),
		cmocka_unit_test(usage_never_passes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
