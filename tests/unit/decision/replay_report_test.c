#include "router/decision/replay_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/json/scan.h"
#include "tests/unit/decision/recorded.h"

static void has(const struct buf *b, const char *text)
{
	if (strstr(b->p, text) == NULL)
		fail_msg("%s is not in\n%s", text, b->p);
}

static struct buf report(struct replay *r, bool json)
{
	struct json_value v;
	struct buf out = {0};

	if (json) {
		replay_report_json(r, &out);
		assert_int_equal(json_check(buf_slice(&out), 8, &v), OK);
	} else {
		replay_report_text(r, &out);
	}
	buf_putc(&out, '\0');
	return out;
}

static void both_sides_stand_beside_each_other(void **unused)
{
	const struct conf_model m = model_of("kv_aware");
	const struct decision_line l = line_of("a", 0), e = end_of("a");
	struct replay r;
	struct buf b;

	(void)unused;
	replay_init(&r, &m);
	replay_decision(&r, &l);
	replay_ended(&r, &e);
	b = report(&r, false);
	has(&b, "model m: 1 decisions of cost, made again by kv_aware");
	has(&b, "1 of them (100.0 %) would go elsewhere");
	has(&b, "first token expected");
	has(&b, "worker-1");
	has(&b, "would go elsewhere: 1, first byte after 40.0 ms");
	has(&b, "96.0 % of the prompts' tokens cached");
	assert_null(strstr(b.p, "would stay"));
	buf_fini(&b);
	b = report(&r, true);
	has(&b, "\"elsewhere\":1");
	has(&b, "\"recorded\":{\"held_tokens\":0,");
	has(&b, "\"again\":{\"held_tokens\":992,");
	has(&b, "\"workers\":{\"worker-0\":1,\"worker-1\":0}");
	has(&b, "\"stays\":{\"requests\":0,");
	has(&b, "\"ttfb_ms\":null");
	buf_fini(&b);
	replay_fini(&r);
}

static void pairs_are_told_apart(void **unused)
{
	const struct conf_model m = model_of("cost");
	const struct decision_line l = pair_line_of("a", 1, 2);
	struct replay r;
	struct buf b;

	(void)unused;
	pair_candidate[0].held_blocks = 400;
	replay_init(&r, &m);
	replay_decision(&r, &l);
	b = report(&r, false);
	has(&b, "1 could be split between two workers: 1 were, 1 would be");
	has(&b, "another prefill worker");
	assert_null(strstr(b.p, "another decode worker"));
	buf_fini(&b);
	b = report(&r, true);
	has(&b, "\"pairs\":{\"decisions\":1,\"recorded\":1,\"again\":1,"
		"\"changes\":{\"same\":0,\"other\":0,\"prefill\":1,");
	has(&b, "\"workers\":{\"p1\":1,\"d0\":1,\"p0\":0}");
	buf_fini(&b);
	replay_fini(&r);
}

static void nothing_is_reported_as_nothing(void **unused)
{
	const struct conf_model m = model_of("cost");
	struct replay r;
	struct buf b;

	(void)unused;
	replay_init(&r, &m);
	b = report(&r, false);
	has(&b, "0 decisions of no policy");
	buf_fini(&b);
	b = report(&r, true);
	has(&b, "\"decisions\":0");
	has(&b, "\"cost\":null");
	buf_fini(&b);
	replay_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_stand_beside_each_other),
		cmocka_unit_test(pairs_are_told_apart),
		cmocka_unit_test(nothing_is_reported_as_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
