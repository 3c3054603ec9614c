#include "router/probe/parity_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct worker *w;
static struct conf_model model;
static struct parity_told told;
static struct parity_view view;
static struct parity_found found;

static int begin(void **state)
{
	struct conf_worker c = {
		.name = (char *)"w",
		.events = (char *)"tcp://h:7001",
		.replay = (char *)"tcp://h:7002",
	};

	(void)state;
	w = worker_create(&c, 0, -1);
	model = (struct conf_model){
		.name = (char *)"m",
		.seed = (char *)"0",
		.algorithm = HASH_SHA256,
	};
	memset(&told, 0, sizeof(told));
	view = (struct parity_view){w, &model, &told, 16};
	return 0;
}

static void forget(void)
{
	buf_fini(&found.says);
	buf_fini(&found.mend);
}

static int end(void **state)
{
	(void)state;
	forget();
	worker_unref(&w);
	return 0;
}

static const char *text(const struct buf *b)
{
	return buf_len(b) > 0 ? buf_slice(b).p : "";
}

/* Each of the parts must be in what is said of it. */
static void is(enum parity_check c, enum parity_state s, const char *says,
	       const char *mend)
{
	forget();
	parity_watch(&view, c, &found);
	if (found.state != s || !strstr(text(&found.says), says) ||
	    !strstr(text(&found.mend), mend))
		fail_msg("%s: \"%s\"; \"%s\"", parity_state_name(found.state),
			 text(&found.says), text(&found.mend));
	/* Where there is nothing wrong there is nothing to mend. */
	if (s != PARITY_DIFFERS)
		assert_int_equal(buf_len(&found.mend), 0);
}

static void caching_is_what_metrics_say(void **state)
{
	(void)state;
	is(PARITY_CACHING, PARITY_UNKNOWN, "do not tell", "");
	told.caching_known = true;
	is(PARITY_CACHING, PARITY_DIFFERS, "off", "--enable-prefix-caching");
	told.caching = true;
	is(PARITY_CACHING, PARITY_HOLDS, "", "");
}

static void a_block_size_is_learned_where_none_is_configured(void **state)
{
	(void)state;
	is(PARITY_BLOCK_SIZE, PARITY_UNKNOWN, "neither", "");
	w->metrics_block_size = 16;
	is(PARITY_BLOCK_SIZE, PARITY_HOLDS, "16 tokens", "");
	/* Events count for more: of hybrid models /metrics say another. */
	w->block_size = 32;
	view.block_size = 32;
	is(PARITY_BLOCK_SIZE, PARITY_HOLDS, "32 tokens", "");
}

static void another_block_size_names_its_flag(void **state)
{
	(void)state;
	w->metrics_block_size = 32;
	is(PARITY_BLOCK_SIZE, PARITY_DIFFERS, "other workers 16",
	   "--block-size 16");
	model.block_size = 16;
	is(PARITY_BLOCK_SIZE, PARITY_DIFFERS,
	   "32 tokens, but block_size: says "
	   "16",
	   "remove block_size: to learn it, or start vLLM with --block-size "
	   "16");
}

static void hashes_are_unknown_until_a_block_shows_them(void **state)
{
	(void)state;
	is(PARITY_HASH, PARITY_UNKNOWN, "no block", "");
	strcpy(told.algorithm, "sha256");
	is(PARITY_HASH, PARITY_UNKNOWN, "no block", "");
	w->proof = WORKER_PROVED;
	is(PARITY_HASH, PARITY_HOLDS, "sha256", "");
}

static void names_that_are_not_used_cannot_differ(void **state)
{
	(void)state;
	strcpy(told.algorithm, "xxhash");
	model.key_mode = CONF_KEY_TOKENS;
	is(PARITY_HASH, PARITY_HOLDS, "not keyed", "");
	model.key_mode = CONF_KEY_AUTO;
	model.seed = NULL;
	is(PARITY_HASH, PARITY_HOLDS, "not keyed", "");
}

static void metrics_may_tell_of_another_algorithm_before_any_block(void **state)
{
	(void)state;
	strcpy(told.algorithm, "xxhash_cbor");
	is(PARITY_HASH, PARITY_DIFFERS, "/metrics say xxhash_cbor",
	   "--prefix-caching-hash-algo sha256, or set hash.algorithm: "
	   "xxhash_cbor");
	/* What a block shows is stronger than what is said. */
	w->proof = WORKER_PROVED;
	is(PARITY_HASH, PARITY_HOLDS, "", "");
}

static void a_disproof_names_what_the_worker_runs_with(void **state)
{
	static const struct worker_guess algorithm = {HASH_XXHASH, NULL},
					 seed = {HASH_SHA256, "42"};

	(void)state;
	w->proof = WORKER_DISPROVED;
	is(PARITY_HASH, PARITY_DIFFERS, "another PYTHONHASHSEED, or none",
	   "PYTHONHASHSEED=0 and --prefix-caching-hash-algo sha256");
	strcpy(told.algorithm, "sha256_cbor");
	w->guess = &algorithm;
	is(PARITY_HASH, PARITY_DIFFERS,
	   "named by xxhash, but hash says sha256 and its /metrics say "
	   "sha256_cbor",
	   "or set hash.algorithm: xxhash");
	told.algorithm[0] = '\0';
	w->guess = &seed;
	is(PARITY_HASH, PARITY_DIFFERS,
	   "named by sha256 with PYTHONHASHSEED=42, but hash says sha256 with "
	   "seed 0",
	   "and hash.seed: \"42\"");
}

static void events_hold_once_one_has_come(void **state)
{
	(void)state;
	is(PARITY_EVENTS, PARITY_UNKNOWN, "none has come", "");
	w->event_batches = 1;
	is(PARITY_EVENTS, PARITY_HOLDS, "", "");
	/* Other names of blocks are no fault of the events. */
	w->doubt = WORKER_OTHER_HASHES;
	is(PARITY_EVENTS, PARITY_HOLDS, "", "");
}

static void each_doubt_in_the_events_is_told_with_their_flag(void **state)
{
	static const struct {
		enum worker_doubt doubt;
		const char *says;
	} row[] = {
		{WORKER_NO_ENDPOINT, "no events: is configured"},
		{WORKER_BAD_ENDPOINT, "no endpoint"},
		{WORKER_UNREACHABLE, "nobody publishes events at tcp://h:7001"},
		{WORKER_UNHEARD, "no events at tcp://h:7001"},
		{WORKER_CONTRADICTED, "cached_tokens"},
	};

	(void)state;
	w->event_batches = 1;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		w->doubt = row[i].doubt;
		is(PARITY_EVENTS, PARITY_DIFFERS, row[i].says,
		   "--kv-events-config '{\"enable_kv_cache_events\": true, "
		   "\"publisher\": \"zmq\", \"endpoint\": \"tcp://*:7001\", "
		   "\"replay_endpoint\": \"tcp://*:7002\"}'");
	}
}

static void replay_holds_once_it_was_answered(void **state)
{
	(void)state;
	is(PARITY_REPLAY, PARITY_UNKNOWN, "nobody was asked", "");
	w->replays = WORKER_REPLAYS;
	is(PARITY_REPLAY, PARITY_HOLDS, "", "");
	w->replays = WORKER_SILENT;
	is(PARITY_REPLAY, PARITY_DIFFERS, "nobody answers at tcp://h:7002",
	   "replay_endpoint");
}

static void a_worker_without_replay_is_told_of_the_flag(void **state)
{
	struct conf_worker c = {
		.name = (char *)"w",
		.events = (char *)"tcp://h:5557",
	};

	(void)state;
	worker_unref(&w);
	w = worker_create(&c, 0, -1);
	view.worker = w;
	is(PARITY_REPLAY, PARITY_DIFFERS, "no replay: is configured",
	   "\"replay_endpoint\": \"tcp://*:6557\"}' and set replay:");
}

static void without_events_nothing_is_asked_of_hash_and_replay(void **state)
{
	struct conf_worker c = {.name = (char *)"w"};

	(void)state;
	worker_unref(&w);
	w = worker_create(&c, 0, -1);
	view.worker = w;
	strcpy(told.algorithm, "xxhash");
	is(PARITY_HASH, PARITY_HOLDS, "not keyed", "");
	is(PARITY_REPLAY, PARITY_UNKNOWN, "", "");
	w->doubt = WORKER_NO_ENDPOINT;
	is(PARITY_EVENTS, PARITY_DIFFERS, "", "tcp://*:5557");
}

static void a_rank_names_the_ports_of_the_first(void **state)
{
	struct conf_worker c = {
		.name = (char *)"w",
		.events = (char *)"tcp://h:5557",
		.replay = (char *)"tcp://h:6557",
	};
	struct buf flag = {0};

	(void)state;
	worker_unref(&w);
	w = worker_create(&c, 0, 3);
	view.worker = w;
	parity_events_flag(w, &flag);
	buf_putc(&flag, '\0');
	assert_non_null(strstr(buf_slice(&flag).p, "tcp://*:5557"));
	assert_non_null(strstr(buf_slice(&flag).p, "tcp://*:6557"));
	buf_fini(&flag);
}

static void answers_show_whether_cached_tokens_are_told(void **state)
{
	(void)state;
	is(PARITY_USAGE, PARITY_UNKNOWN, "no answer", "");
	w->usage = WORKER_TELLS;
	is(PARITY_USAGE, PARITY_HOLDS, "", "");
	w->usage = WORKER_TELLS_NOT;
	is(PARITY_USAGE, PARITY_DIFFERS, "cached_tokens",
	   "--enable-prompt-tokens-details");
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(caching_is_what_metrics_say),
		T(a_block_size_is_learned_where_none_is_configured),
		T(another_block_size_names_its_flag),
		T(hashes_are_unknown_until_a_block_shows_them),
		T(names_that_are_not_used_cannot_differ),
		T(metrics_may_tell_of_another_algorithm_before_any_block),
		T(a_disproof_names_what_the_worker_runs_with),
		T(events_hold_once_one_has_come),
		T(each_doubt_in_the_events_is_told_with_their_flag),
		T(replay_holds_once_it_was_answered),
		T(a_worker_without_replay_is_told_of_the_flag),
		T(without_events_nothing_is_asked_of_hash_and_replay),
		T(a_rank_names_the_ports_of_the_first),
		T(answers_show_whether_cached_tokens_are_told),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
