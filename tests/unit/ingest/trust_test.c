#include "router/ingest/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct worker worker;

/* A source that is connected and misses nothing. */
static struct source whole(void)
{
	struct source s = {.worker = &worker, .open = true};

	worker.events = (char *)"tcp://h:5557";
	sequence_init(&s.sequence, true);
	s.sequence.state = SEQUENCE_LIVE;
	s.sequence.whole = true;
	return s;
}

static void is(const struct source *s, uint64_t now, enum worker_trust level,
	       const char *word)
{
	struct trust t = trust_of(s, now);

	assert_int_equal(t.level, level);
	assert_non_null(strstr(t.reason, word));
}

static void a_whole_sequence_is_exact(void **unused)
{
	struct source s = whole();

	(void)unused;
	is(&s, 0, WORKER_EXACT, "all events");
	s.sequence.whole = false;
	is(&s, 0, WORKER_EXACT, "buffer_steps");
	s.apply.keys_reason = "keys by token ids";
	is(&s, 0, WORKER_EXACT, "keys by token ids");
}

static void a_gap_degrades(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.sequence.state = SEQUENCE_REPLAY;
	is(&s, 0, WORKER_DEGRADED, "replayed");
	s.sequence.state = SEQUENCE_WAIT;
	is(&s, 0, WORKER_DEGRADED, "replayed");
}

static void no_connection_degrades_and_then_falls_back(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.sequence.state = SEQUENCE_DOWN;
	s.down_since = 1000;
	is(&s, 10999, WORKER_DEGRADED, "connecting");
	is(&s, 11000, WORKER_FALLBACK, "--kv-events-config");
}

static void no_endpoint_falls_back_and_names_the_flag(void **unused)
{
	struct source s = whole();

	(void)unused;
	worker.events = NULL;
	is(&s, 0, WORKER_FALLBACK, "--kv-events-config");
	worker.events = (char *)"x";
	s.open = false;
	is(&s, 0, WORKER_FALLBACK, "tcp://host:port");
}

static void contradicted_events_fall_back(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.distrusted_until = 5;
	is(&s, 0, WORKER_FALLBACK, "cached_tokens");
	s.distrusted_until = 0;
	s.apply.block_size_differs = true;
	is(&s, 0, WORKER_FALLBACK, "block_size");
	s.apply.block_size_differs = false;
	s.apply.disproved = true;
	s.apply.keys_reason = "hash: engine is demanded";
	is(&s, 0, WORKER_FALLBACK, "demanded");
}

static void every_doubt_has_a_name_and_a_reason(void **unused)
{
	struct source s = whole();

	(void)unused;
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_NO_DOUBT);
	s.unheard = 3;
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_UNHEARD);
	s.down_since = 1;
	assert_int_equal(trust_of(&s, 20000).doubt, WORKER_UNREACHABLE);
	s.apply.block_size_differs = true;
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_OTHER_BLOCK_SIZE);
	s.apply.disproved = true;
	s.apply.keys_reason = "other keys";
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_OTHER_HASHES);
	assert_string_equal(trust_of(&s, 0).reason, "other keys");
	s.distrusted_until = 1;
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_CONTRADICTED);
	s.open = false;
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_BAD_ENDPOINT);
	worker.events = NULL;
	assert_int_equal(trust_of(&s, 0).doubt, WORKER_NO_ENDPOINT);
}

static void silence_alone_proves_nothing(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.heard_at = 1000;
	is(&s, 3600000, WORKER_EXACT, "all events");
	/* Prompts soon after an event prove nothing either. */
	for (size_t i = 0; i < 100; i++)
		source_expect(&s, 60000);
	is(&s, 60000, WORKER_EXACT, "all events");
}

static void new_prompts_that_bring_no_events_fall_back(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.heard_at = 1000;
	source_expect(&s, 61000);
	source_expect(&s, 61001);
	is(&s, 61001, WORKER_EXACT, "all events");
	source_expect(&s, 61002);
	is(&s, 61002, WORKER_FALLBACK, "prefix caching");
}

static void what_does_not_decode_degrades(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.undecoded_until = 5;
	is(&s, 0, WORKER_DEGRADED, "decode");
}

static void without_replay_the_first_event_makes_it_exact(void **unused)
{
	struct source s = whole();

	(void)unused;
	s.sequence.can_replay = false;
	s.sequence.whole = false;
	is(&s, 0, WORKER_DEGRADED, "no event seen yet");
	s.sequence.has_next = true;
	is(&s, 0, WORKER_EXACT, "replay_endpoint");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_sequence_is_exact),
		cmocka_unit_test(a_gap_degrades),
		cmocka_unit_test(no_connection_degrades_and_then_falls_back),
		cmocka_unit_test(no_endpoint_falls_back_and_names_the_flag),
		cmocka_unit_test(contradicted_events_fall_back),
		cmocka_unit_test(every_doubt_has_a_name_and_a_reason),
		cmocka_unit_test(silence_alone_proves_nothing),
		cmocka_unit_test(new_prompts_that_bring_no_events_fall_back),
		cmocka_unit_test(what_does_not_decode_degrades),
		cmocka_unit_test(without_replay_the_first_event_makes_it_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
